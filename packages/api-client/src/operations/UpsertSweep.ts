import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

const Variables = Schema.Struct({
  /** Of the sweep to change; null creates one. */
  id: Schema.NullOr(Schema.String),
  /** YAML text. */
  config: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  entityName: Schema.NullOr(Schema.String),
  projectName: Schema.NullOr(Schema.String),
  displayName: Schema.NullOr(Schema.String),
  state: Schema.optional(Schema.String),
  /** JSON texts, as all below. */
  controller: Schema.NullOr(Schema.String),
  scheduler: Schema.NullOr(Schema.String),
  launchScheduler: Schema.NullOr(Schema.String),
  templateVariableValues: Schema.String,
  priorRunsFilters: Schema.NullOr(Schema.String)
})

const Answer = Schema.Struct({
  upsertSweep: Schema.Struct({
    sweep: Schema.Struct({
      name: Schema.String,
      project: Schema.optionalWith(
        Schema.Struct({ name: Schema.String, entity: Schema.Struct({ name: Schema.String }) }),
        { nullable: true }
      )
    }),
    configValidationWarnings: Schema.optionalWith(Schema.Array(Schema.String), { nullable: true })
  })
})

interface Form {
  readonly launches: boolean
  readonly templates: boolean
  readonly warns: boolean
  readonly located: boolean
}

const documentOf = ({ launches, located, templates, warns }: Form): string => {
  const inputs = [
    ["id", "ID"],
    ["config", "String"],
    ["description", "String"],
    ["entityName", "String"],
    ["projectName", "String"],
    ["controller", "JSONString"],
    ["scheduler", "JSONString"],
    ["state", "String"],
    ["priorRunsFilters", "JSONString"],
    ["displayName", "String"],
    ...(launches ? [["launchScheduler", "JSONString"]] : []),
    ...(templates ? [["templateVariableValues", "JSONString"]] : [])
  ]
  return `mutation UpsertSweep(${inputs.map(([name, type]) => `$${name}: ${type}`).join(", ")}) {
  upsertSweep(input: {${inputs.map(([name]) => `${name}: $${name}`).join(", ")}}) {
    sweep {
      name${located ? "\n      project { id name entity { id name } }" : ""}
    }${warns ? "\n    configValidationWarnings" : ""}
  }
}`
}

const form = (form: Form) => GraphQl.operation({ document: documentOf(form), variables: Variables, answer: Answer })

/** The mutation as servers that start launch schedulers take it, newest first (B.4.2). */
export const launching = [
  form({ launches: true, templates: true, warns: true, located: true }),
  form({ launches: true, templates: false, warns: true, located: true })
] as const

/** The mutation as older servers take it, for sweeps without a launch scheduler (B.4.2). */
export const older = [
  form({ launches: false, templates: false, warns: true, located: true }),
  form({ launches: false, templates: false, warns: false, located: true }),
  form({ launches: false, templates: false, warns: false, located: false })
] as const
