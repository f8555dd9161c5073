import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Creates or changes a run, a bucket in the server's words (D.2); what isn't given stays as it is. */
export const UpsertBucket = GraphQl.operation({
  document: `mutation UpsertBucket($name: String, $project: String, $entity: String, $displayName: String, $config: JSONString, $host: String, $jobType: String, $state: String, $sweep: String) {
  upsertBucket(input: {name: $name, modelName: $project, entityName: $entity, displayName: $displayName, config: $config, host: $host, jobType: $jobType, state: $state, sweep: $sweep}) {
    bucket {
      id
      name
      displayName
      project {
        id
        name
        entity {
          id
          name
        }
      }
      historyLineCount
    }
    inserted
  }
}`,
  variables: Schema.Struct({
    name: Schema.String,
    project: Schema.String,
    entity: Schema.String,
    displayName: Schema.optional(Schema.String),
    /** JSON text: `{name: {value: v}}`. */
    config: Schema.optional(Schema.String),
    host: Schema.optional(Schema.String),
    jobType: Schema.optional(Schema.String),
    state: Schema.optional(Schema.String),
    sweep: Schema.optional(Schema.String)
  }),
  answer: Schema.Struct({
    upsertBucket: Schema.Struct({
      bucket: Schema.Struct({
        id: Schema.String,
        name: Schema.NonEmptyTrimmedString,
        project: Schema.Struct({ name: Schema.String, entity: Schema.Struct({ name: Schema.String }) })
      })
    })
  })
})
