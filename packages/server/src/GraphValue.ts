/** What fields of the GraphQL schema are resolved from. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Documents } from "@sweepline/core/Documents"
import type { CommError } from "@sweepline/core/CommError"
import type { RunLog } from "@sweepline/core/RunLog"
import type { SchedulerError } from "@sweepline/core/SchedulerError"
import type { SweepAdmin } from "@sweepline/core/SweepAdmin"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import type { FileStore } from "./FileStore.js"
import type { RequestOrigin } from "./RequestOrigin.js"
import type { RunSelections } from "./RunSelections.js"
import type { ServerConfig } from "./ServerConfig.js"
import { badRequest, type WireError } from "./WireError.js"

/** The ports that a server stands on. */
export type Ports = SweepApi | SweepAdmin | RunLog | Documents | FileStore | ServerConfig

/** What a field may use: the ports, what is known of the request, and what is kept of those before. */
export type Services = Ports | RequestOrigin | RunSelections

/** Why a field can't be told. */
export type Failure = WireError | CommError | SchedulerError | SweepNotFoundError

/** The value of a field. */
export type Value = string | number | boolean | null | undefined | RawJson | Node | Lazy | Field | ReadonlyArray<Value>

/** An object: each field's value. */
export class Node {
  constructor(readonly fields: Readonly<Record<string, Value>>) {}
}

/** A value that is worked out when it is asked for. */
export class Lazy {
  constructor(readonly effect: Effect.Effect<Value, Failure, Services>) {}
}

/** A field with arguments. */
export class Field {
  constructor(readonly resolve: (args: unknown) => Effect.Effect<Value, Failure, Services>) {}
}

/** A JSON text that stands in the answer as the value that it is, so that no number loses its form. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** An object. */
export const node = (fields: Readonly<Record<string, Value>>): Node => new Node(fields)

/** A value that is worked out when it is asked for. */
export const lazy = (effect: Effect.Effect<Value, Failure, Services>): Lazy => new Lazy(effect)

/** A field with arguments. What reads them is made when a field is first resolved: Effect keeps it with the schema. */
export const field = <A, I>(
  args: Schema.Schema<A, I>,
  resolve: (args: A) => Effect.Effect<Value, Failure, Services>
): Field =>
  new Field((input) =>
    Effect.flatMap(
      Effect.mapError(Schema.decodeUnknown(args)(input), ({ message }) => badRequest(message)),
      resolve
    )
  )

/** A mutation: its arguments are an `input` object. */
export const mutation = <A, I>(
  input: Schema.Schema<A, I>,
  resolve: (input: A) => Effect.Effect<Value, Failure, Services>
): Field => field(Schema.Struct({ input }), ({ input }) => resolve(input))

/** An argument that may be missing or null. */
export const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

/** A page of a connection: GraphQL's edges around nodes, all on one page unless `next` says where the next begins. */
export const connection = (
  nodes: ReadonlyArray<{ readonly cursor: string; readonly node: Node; readonly [more: string]: Value }>,
  next: string | undefined = undefined,
  more: Readonly<Record<string, Value>> = {}
): Node =>
  node({
    ...more,
    edges: nodes.map((edge) => node({ ...edge })),
    pageInfo: node({ endCursor: next ?? nodes[nodes.length - 1]?.cursor ?? null, hasNextPage: next !== undefined })
  })
