import type { CommError } from "@sweepline/core/CommError"
import type { QueueItemState } from "@sweepline/core/QueueItemState"
import type { RunState } from "@sweepline/core/RunState"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import type { SweepState } from "@sweepline/core/SweepState"
import type * as Either from "effect/Either"
import type * as Option from "effect/Option"
import * as Request from "effect/Request"
import type { ItemPath, RunPath, SweepPath } from "../operations/ReadBatch.js"

/** Reads the state of a run. The own run is read beside the others and doesn't count as one of them. */
export class ReadRun extends Request.TaggedClass("ReadRun")<
  Either.Either<RunState, string>,
  CommError | SweepNotFoundError,
  RunPath & { readonly own: boolean }
> {}

/** Reads the state of a sweep; `None` is a text that is no state. */
export class ReadSweep extends Request.TaggedClass("ReadSweep")<
  Option.Option<SweepState>,
  CommError | SweepNotFoundError,
  SweepPath
> {}

/** Reads the state of a queue's item; `None` where the queue has no such item. */
export class ReadItem extends Request.TaggedClass("ReadItem")<Option.Option<QueueItemState>, CommError, ItemPath> {}

/** All that one request may read. */
export type Read = ReadRun | ReadSweep | ReadItem

/** What one request reads. */
export interface Chunk {
  readonly runs: ReadonlyArray<ReadRun>
  readonly sweeps: ReadonlyArray<ReadSweep>
  readonly items: ReadonlyArray<ReadItem>
}

/** How many runs, with their items, go into one request. */
export const chunkSize = 250

/**
 * The requests that some reads need: 250 runs and as many items in each; the first also has the sweeps and own runs,
 * and all items, where those are listed anyway.
 */
export const chunksOf = (reads: ReadonlyArray<Read>, listed: boolean): ReadonlyArray<Chunk> => {
  const extras: Array<ReadRun> = []
  const runs: Array<ReadRun> = []
  const sweeps: Array<ReadSweep> = []
  const items: Array<ReadItem> = []
  for (const read of reads) {
    if (read._tag === "ReadSweep") sweeps.push(read)
    else if (read._tag === "ReadItem") items.push(read)
    else (read.own ? extras : runs).push(read)
  }
  const count = Math.max(1, Math.ceil(Math.max(runs.length, listed ? 0 : items.length) / chunkSize))
  return Array.from({ length: count }, (_, n) => {
    const from = n * chunkSize
    const own = runs.slice(from, from + chunkSize)
    return {
      runs: n === 0 ? [...extras, ...own] : own,
      sweeps: n === 0 ? sweeps : [],
      items: listed ? (n === 0 ? items : []) : items.slice(from, from + chunkSize)
    }
  })
}
