import type { CommError } from "@sweepline/core/CommError"
import type { QueueItemState } from "@sweepline/core/QueueItemState"
import type { RunState } from "@sweepline/core/RunState"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import type { SweepState } from "@sweepline/core/SweepState"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import { ReadItem, ReadRun, ReadSweep } from "./internal/readRequests.js"
import * as Resolver from "./internal/readResolver.js"
import type { ItemPath, RunPath, SweepPath } from "./operations/ReadBatch.js"
import { WandbClient } from "./WandbClient.js"

/**
 * The reads that a scheduler makes again and again. Reads that run under one `{ batching: true }` share their requests,
 * whatever they read: 250 runs and their queue items in each, sweep and own run in the first. A part of an answer that
 * fails is the failure of that read only.
 */
export class Reads extends Context.Tag("@sweepline/api-client/Reads")<
  Reads,
  {
    /** Left is a text that is no state (B46). Not found: the server answered, and there is no such run or project. */
    readonly run: (path: RunPath) => Effect.Effect<Either.Either<RunState, string>, CommError | SweepNotFoundError>
    /** The same for the scheduler's own run, which doesn't count among the 250. */
    readonly ownRun: (path: RunPath) => Effect.Effect<Either.Either<RunState, string>, CommError | SweepNotFoundError>
    /** `None`: a state that we don't know, or none at all (B32). */
    readonly sweep: (path: SweepPath) => Effect.Effect<Option.Option<SweepState>, CommError | SweepNotFoundError>
    /** `None`: the queue has no such item (RD13). */
    readonly item: (path: ItemPath) => Effect.Effect<Option.Option<QueueItemState>, CommError>
  }
>() {}

/** The reads over a client: one resolver for all of them. */
export const layer: Layer.Layer<Reads, never, WandbClient> = Layer.effect(
  Reads,
  Effect.map(WandbClient, (client) => {
    const resolver = Resolver.make(client)
    return {
      run: (path) => Effect.request(new ReadRun({ ...path, own: false }), resolver),
      ownRun: (path) => Effect.request(new ReadRun({ ...path, own: true }), resolver),
      sweep: (path) => Effect.request(new ReadSweep(path), resolver),
      item: (path) => Effect.request(new ReadItem(path), resolver)
    }
  })
)
