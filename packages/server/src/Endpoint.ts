/**
 * Where the server of one sweep listens, and its key. Both are kept with the sweep: runs outlive their scheduler, and
 * their clients look for the server where it was (D.4.2).
 */
import type { CommError } from "@sweepline/core/CommError"
import { Documents } from "@sweepline/core/Documents"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ApiKey from "./ApiKey.js"
import * as Collection from "./Collection.js"

/** Where a server listens, once it has. */
export interface Endpoint {
  /** `undefined` before the first start: any free one will do. */
  readonly port: number | undefined
  readonly apiKey: Redacted.Redacted
}

const endpoints = Collection.make<[sweep: string]>()(
  "endpoint",
  Schema.Struct({ port: Schema.optional(Schema.Int), apiKey: Schema.String })
)

/** The endpoint of a sweep; a new key the first time. */
export const obtain = Effect.fnUntraced(function* (sweep: SweepId): Effect.fn.Return<Endpoint, CommError, Documents> {
  const documents = yield* Documents
  const fresh = Redacted.value(yield* ApiKey.generate)
  const { apiKey, port } = yield* documents.write((writer) => {
    const known = endpoints.get(writer, sweep)
    if (known !== undefined) return known
    const made = { apiKey: fresh }
    endpoints.set(writer, made, sweep)
    return { ...made, port: undefined }
  })
  return { port, apiKey: Redacted.make(apiKey) }
})

/** Keeps on which port a sweep's server listens. */
export const keepPort = Effect.fnUntraced(function* (
  sweep: SweepId,
  port: number
): Effect.fn.Return<void, CommError, Documents> {
  const documents = yield* Documents
  yield* documents.write((writer) => {
    const known = endpoints.get(writer, sweep)
    if (known !== undefined) endpoints.set(writer, { ...known, port }, sweep)
  })
})

/**
 * What the W&B SDK of a run must find in its environment to reach a server on this machine, besides which run it is
 * (`RunEnvironment`).
 */
export const environment = (options: {
  readonly port: number
  readonly apiKey: Redacted.Redacted
  readonly entity: string
  readonly project: string
}): ReadonlyMap<string, string> =>
  new Map([
    ["WANDB_BASE_URL", `http://127.0.0.1:${options.port}`],
    ["WANDB_API_KEY", Redacted.value(options.apiKey)],
    ["WANDB_ENTITY", options.entity],
    ["WANDB_PROJECT", options.project]
  ])
