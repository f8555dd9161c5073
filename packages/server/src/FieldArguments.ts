/**
 * The arguments that fields take. Each is made once: making a schema takes longer than resolving most fields, and
 * objects such as runs are made again for each request.
 */
import * as Schema from "effect/Schema"
import { optional } from "./GraphValue.js"

const Page = { after: optional(Schema.String), first: optional(Schema.Int) }

export const none = Schema.Struct({})
export const name = Schema.Struct({ name: Schema.String })
export const nameOrNothing = Schema.Struct({ name: Schema.String, missingOk: optional(Schema.Boolean) })
export const id = Schema.Struct({ id: Schema.String })
export const aliasName = Schema.Struct({ aliasName: Schema.String })
export const agentName = Schema.Struct({ agentName: Schema.String })
export const sweepName = Schema.Struct({ sweepName: Schema.String })
export const samples = Schema.Struct({ samples: optional(Schema.Number) })
export const specs = Schema.Struct({ specs: Schema.Array(Schema.String) })
export const keys = Schema.Struct({ keys: Schema.Array(Schema.String) })
export const filters = Schema.Struct({ filters: optional(Schema.String) })
export const upload = Schema.Struct({ upload: optional(Schema.Boolean) })
export const lines = Schema.Struct({ ...Page, last: optional(Schema.Int) })
export const artifactFiles = Schema.Struct({ ...Page, names: optional(Schema.Array(Schema.String)) })
export const runFiles = Schema.Struct({
  ...Page,
  names: optional(Schema.Array(Schema.NullOr(Schema.String))),
  pattern: optional(Schema.String)
})
