/**
 * Where a server listens, and its key. Both stay. A sweep whose runs this machine watches has a server of its own:
 * they outlive their scheduler, and their clients look for the server where it was (D.4.2).
 */
import type { CommError } from "@sweepline/core/CommError"
import { Documents, type Reader, type Writer } from "@sweepline/core/Documents"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ApiKey from "./ApiKey.js"
import * as Collection from "./Collection.js"

/** Where a server listens, once it has. */
export interface Endpoint {
  /** `undefined` before the first start, which takes one that is free. */
  readonly port: number | undefined
  readonly apiKey: Redacted.Redacted
}

/** Whose endpoint it is: a sweep's, or that of the server of everything. */
export type Owner = SweepId | typeof everything

/** The owner of the server that isn't one of a sweep's own. */
export const everything = "everything"

const endpoints = Collection.make<[owner: string]>()(
  "endpoint",
  // Before keys followed from a secret, they were kept here.
  Schema.Struct({ port: Schema.optional(Schema.Int), apiKey: Schema.optional(Schema.String) })
)

/** The endpoint of an owner. Its key follows from the secret; the same owner has the same again. */
export const obtain = Effect.fnUntraced(function* (
  owner: Owner,
  secret: Redacted.Redacted
): Effect.fn.Return<Endpoint, CommError, Documents> {
  const documents = yield* Documents
  const { apiKey, port } = yield* documents.write((writer) => {
    const known = endpoints.get(writer, owner)
    if (known === undefined) endpoints.set(writer, {}, owner)
    return known ?? {}
  })
  return { port, apiKey: apiKey === undefined ? ApiKey.derive(secret, owner) : Redacted.make(apiKey) }
})

/** Keeps on which port an owner's server listens. */
export const keepPort = Effect.fnUntraced(function* (
  owner: Owner,
  port: number
): Effect.fn.Return<void, CommError, Documents> {
  const documents = yield* Documents
  yield* documents.write((writer) => {
    const known = endpoints.get(writer, owner)
    if (known !== undefined) endpoints.set(writer, { ...known, port }, owner)
  })
})

/** Forgets where the server of a sweep that is gone listened. */
export const remove = (writer: Writer, sweep: SweepId): void => endpoints.remove(writer, sweep)

/** Whether a sweep has a server of its own, and so a launch agent that watches its runs. */
export const isKept = (reader: Reader, sweep: SweepId): boolean => endpoints.get(reader, sweep) !== undefined

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
