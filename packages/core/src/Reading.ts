import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { CommError } from "./CommError.js"
import * as batching from "./internal/batching.js"
import { QueueItemState } from "./QueueItemState.js"
import { RunId } from "./RunId.js"
import { RunState } from "./RunState.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"
import { SweepState } from "./SweepState.js"

/**
 * A read that gave no state. `gone`: the backend answered, and the thing isn't there; only
 * that can mount up to a verdict (RD4, RD33). Otherwise the backend could not be asked,
 * which says nothing about the thing: an outage ends no run.
 */
export const Missed = Schema.TaggedStruct("Missed", { gone: Schema.Boolean, detail: Schema.String })
export type Missed = typeof Missed.Type

/** A text that is no state; it is logged, and the thing counts as unknown and alive (B46, RD19). */
export const Bad = Schema.TaggedStruct("Bad", { text: Schema.String })
export type Bad = typeof Bad.Type

const Found = <A extends string, I, R>(state: Schema.Schema<A, I, R>) => Schema.TaggedStruct("Found", { state })

/** What a look at the sweep gave. */
export const SweepReading = Schema.Union(Found(SweepState), Bad, Missed)
export type SweepReading = typeof SweepReading.Type

/** What a look at a run gave. */
export const RunStateReading = Schema.Union(Found(RunState), Bad, Missed)
export type RunStateReading = typeof RunStateReading.Type

/** What a look at a queue item gave. */
export const ItemReading = Schema.Union(Found(QueueItemState), Missed)
export type ItemReading = typeof ItemReading.Type

/** What a look at a managed run gave; it counts only for the attempt that it was made for. */
export const RunReading = Schema.Struct({
  run: RunId,
  attempt: Schema.Int,
  state: RunStateReading,
  /** Missing where the run has no item, or it wasn't looked at. */
  item: Schema.optional(ItemReading)
})
export type RunReading = typeof RunReading.Type

/** The reading of a read that failed: only a backend that answered says that a thing is gone. */
export const missed = (error: CommError | SweepNotFoundError): Missed => ({
  _tag: "Missed",
  gone: error._tag === "SweepNotFoundError",
  detail: error.message
})

/** The reading of an item that its queue doesn't have (RD13). */
export const noItem: Missed = { _tag: "Missed", gone: true, detail: "The queue has no such item." }

/** Reads the state of a sweep; it can't fail. */
export const ofSweep = (
  read: Effect.Effect<Option.Option<SweepState>, CommError | SweepNotFoundError>
): Effect.Effect<SweepReading> =>
  Effect.match(read, {
    onFailure: missed,
    onSuccess: Option.match({
      onNone: () => ({ _tag: "Bad", text: "unknown" }) as const,
      onSome: (state) => ({ _tag: "Found", state }) as const
    })
  })

/** Reads the state of a run; it can't fail. */
export const ofRun = (
  read: Effect.Effect<Either.Either<RunState, string>, CommError | SweepNotFoundError>
): Effect.Effect<RunStateReading> =>
  Effect.match(read, {
    onFailure: missed,
    onSuccess: Either.match({
      onLeft: (text) => ({ _tag: "Bad", text }) as const,
      onRight: (state) => ({ _tag: "Found", state }) as const
    })
  })

/** Reads the state of a queue item; it can't fail. */
export const ofItem = (read: Effect.Effect<Option.Option<QueueItemState>, CommError>): Effect.Effect<ItemReading> =>
  Effect.match(read, {
    onFailure: (error): ItemReading => missed(error),
    onSuccess: Option.match({
      onNone: (): ItemReading => noItem,
      onSome: (state): ItemReading => ({ _tag: "Found", state })
    })
  })

/** Many readings in one batch, for adapters whose single reads are requests that one resolver merges. */
export const ofEach = <Id, A>(
  ids: ReadonlyArray<Id>,
  read: (id: Id) => Effect.Effect<A>
): Effect.Effect<ReadonlyArray<A>> => batching.forEach(ids, read)
