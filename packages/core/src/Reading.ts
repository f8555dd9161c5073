import * as Schema from "effect/Schema"
import { QueueItemState } from "./QueueItemState.js"
import { RunId } from "./RunId.js"
import { RunState } from "./RunState.js"
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
