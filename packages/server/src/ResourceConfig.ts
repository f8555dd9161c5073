/** What a queue prescribes for the jobs that say nothing themselves: their engine, and its arguments (F.6). */
import { Documents, type Reader } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as PythonText from "@sweepline/core/PythonText"
import { isDict, isList, isTruthy, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Buffer } from "node:buffer"
import * as Collection from "./Collection.js"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import * as WireText from "./WireText.js"
import { badRequest } from "./WireError.js"

/** A resource config. Texts are JSON, as they were sent. */
export const ResourceConfig = Schema.Struct({
  id: Schema.String,
  resource: Schema.String,
  config: Schema.String,
  templateVariables: Schema.optional(Schema.String)
})
export type ResourceConfig = typeof ResourceConfig.Type

const configs = Collection.make<[id: string]>()("resource-config", ResourceConfig)

/** The mutation that makes one, before the queue that it is for. */
export const mutations: Readonly<Record<string, Value>> = {
  createDefaultResourceConfig: mutation(
    Schema.Struct({
      resource: Schema.String,
      config: Schema.String,
      templateVariables: optional(Schema.String)
    }),
    (input) => Effect.map(create(input), (id) => node({ defaultResourceConfigID: id, success: true }))
  )
}

/** Keeps a resource config; answers its id. Refuses what is no JSON of an object. */
export const create = Effect.fnUntraced(function* (
  options: Omit<ResourceConfig, "id" | "templateVariables"> & { readonly templateVariables?: string | undefined }
) {
  const { config, resource, templateVariables } = options
  for (const [name, text] of Object.entries({ config, templateVariables })) {
    if (text !== undefined && WireText.dict(text) === undefined) {
      return yield* badRequest(`${name} must be JSON text of an object`)
    }
  }
  const documents = yield* Documents
  return yield* documents.write((writer) => {
    const id = Buffer.from(`ResourceConfig:${Collection.next(writer, "resource-config")}`).toString("base64")
    configs.set(writer, { id, resource, config, ...(templateVariables === undefined ? {} : { templateVariables }) }, id)
    return id
  })
})

/** A resource config by its id, if there is one. */
export const get = (reader: Reader, id: string): ResourceConfig | undefined => configs.get(reader, id)

/**
 * The spec of a job as its queue hands it out: its own engine and arguments, or the queue's, in which `{{name}}` is the
 * value of a template variable, or else that variable's default.
 */
export const applied = (self: ResourceConfig, runSpec: string, templateVariableValues: string | undefined): string => {
  const spec = WireText.dict(runSpec)
  if (spec === undefined) return runSpec
  const merged = new Map(spec)
  if (!isTruthy(spec.get("resource") ?? null)) merged.set("resource", self.resource)
  const args = WireText.dict(self.config)?.get("resource_args")
  const isOwn = merged.get("resource") === self.resource
  if (isOwn && !isTruthy(spec.get("resource_args") ?? null) && isDict(args)) {
    merged.set("resource_args", filled(args, valuesOf(self, templateVariableValues)))
  }
  return PythonJson.stringify(merged)
}

// internal

const valuesOf = ({ templateVariables = "{}" }: ResourceConfig, given = "{}"): PythonDict => {
  const defaults = [...(WireText.dict(templateVariables) ?? [])].flatMap(([name, variable]) => {
    const schema = isDict(variable) ? (variable.get("schema") ?? variable) : null
    const value = isDict(schema) ? schema.get("default") : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
  return new Map([...defaults, ...(WireText.dict(given) ?? [])])
}

const filled = (value: PythonValue, values: PythonDict): PythonValue => {
  if (isDict(value)) return new Map([...value].map(([name, inner]) => [name, filled(inner, values)]))
  if (isList(value)) return value.map((inner) => filled(inner, values))
  if (typeof value !== "string") return value
  const whole = /^\{\{\s*([^{}\s]+)\s*\}\}$/.exec(value)?.[1]
  if (whole !== undefined && values.has(whole)) return values.get(whole) ?? null
  return value.replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (macro, name: string) => {
    const found = values.get(name)
    return found === undefined ? macro : PythonText.str(found)
  })
}
