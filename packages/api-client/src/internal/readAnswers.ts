import { CommError } from "@sweepline/core/CommError"
import { QueueItemState } from "@sweepline/core/QueueItemState"
import * as RunState from "@sweepline/core/RunState"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as SweepState from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as Schema from "effect/Schema"
import type { RunQueueItem } from "../operations/GetRunQueueItem.js"
import * as WireFailure from "../WireFailure.js"
import type { Chunk, ReadItem, ReadRun, ReadSweep } from "./readRequests.js"

/** What was found: null, where the server said that it isn't there; Left, where it could not be asked. */
export type Found<A> = Either.Either<A | null, WireFailure.WireFailure>

/** Something with a state. */
export type Stated = { readonly state: string | null }

/** Answers the read of a run: a run, or its project, that isn't there is not found (B45–B47). */
export const answerRun = (read: ReadRun, found: Found<Stated>): Effect.Effect<void> =>
  Request.complete(
    read,
    Either.match(found, {
      onLeft: (failure) => Exit.fail(WireFailure.toCommError(`read the state of run ${read.run}`)(failure)),
      onRight: (run) => {
        if (run === null) return Exit.fail(new SweepNotFoundError({ kind: "run", id: read.run }))
        const text = run.state ?? "null"
        return Exit.succeed(Either.fromOption(RunState.decodeOption(text), () => text))
      }
    })
  )

/** Answers the read of a sweep: one that isn't there is not found (RD33), an unknown state is none (B32). */
export const answerSweep = (read: ReadSweep, found: Found<Stated>): Effect.Effect<void> =>
  Request.complete(
    read,
    Either.match(found, {
      onLeft: (failure) => Exit.fail(WireFailure.toCommError(`read the state of sweep ${read.sweep}`)(failure)),
      onRight: (sweep) =>
        sweep === null
          ? Exit.fail(new SweepNotFoundError({ kind: "sweep", id: read.sweep }))
          : Exit.succeed(Option.flatMap(Option.fromNullable(sweep.state), SweepState.fromText))
    })
  )

/** Answers the read of an item; its state is compared in lower case (B.5.3). */
export const answerItem = (read: ReadItem, found: Found<RunQueueItem>): Effect.Effect<void> =>
  Request.complete(
    read,
    Either.match(found, {
      onLeft: (failure) => Exit.fail(WireFailure.toCommError(itemReading(read))(failure)),
      onRight: (item) => {
        if (item === null) return Exit.succeed(Option.none())
        const state = decodeItemState(item.state.toLowerCase())
        return Option.isSome(state) ? Exit.succeed(state) : Exit.fail(badItemState(read, item.state))
      }
    })
  )

/** Answers all reads of a chunk alike: the server could not be asked. */
export const answerAll = (chunk: Chunk, failure: WireFailure.WireFailure): Effect.Effect<void> => {
  const failed = Either.left(failure)
  return Effect.all(
    [
      ...chunk.runs.map((read) => answerRun(read, failed)),
      ...chunk.sweeps.map((read) => answerSweep(read, failed)),
      ...chunk.items.map((read) => answerItem(read, failed))
    ],
    { discard: true }
  )
}

const itemReading = ({ item, queue }: ReadItem): string => `read the state of item ${item} of queue ${queue}`

const decodeItemState = Schema.decodeUnknownOption(QueueItemState)

const badItemState = (read: ReadItem, state: string): CommError =>
  new CommError({
    reason: "Decode",
    operation: itemReading(read),
    detail: `"${state}" is no state of an item`,
    retryable: false
  })
