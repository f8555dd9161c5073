import { QueueItemId } from "@sweepline/core/QueueItemId"
import type { RunId } from "@sweepline/core/RunId"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { RunQueueItem } from "../operations/GetRunQueueItem.js"
import type { QueuePath, RunPath } from "../operations/ReadBatch.js"
import type { Reads } from "../Reads.js"
import type { WandbClient } from "../WandbClient.js"
import { listing } from "./itemLookup.js"

/** What became of a push whose answer was lost. */
export type PushOutcome = Data.TaggedEnum<{
  /** It happened; the item is known only if an agent has claimed it. */
  Pushed: { readonly item: QueueItemId | undefined }
  /** It didn't: the run is still pending, and the queue holds nothing that could be it, or isn't there at all. */
  NotPushed: { readonly queueMissing: boolean }
  /** The queue holds items that could be it, or could not be asked, for as long as was waited. */
  Undecided: {}
}>

/** Constructors and matchers. */
export const PushOutcome = Data.taggedEnum<PushOutcome>()

/** Where to look for a push. */
export interface Sought {
  readonly run: RunPath
  readonly queue: QueuePath
  /** The items that are known to be something else. */
  readonly known: { readonly has: (item: string) => boolean }
  /** Is told of each item that a look shows. */
  readonly saw: (item: string) => void
}

/** One look at queue and run. */
export type Look = "Clean" | "Unclear" | { readonly item: QueueItemId | undefined }

/** What a look says: an item that the run's agent claimed; a run that isn't pending any more; items that may be it. */
const judge = (
  items: ReadonlyArray<RunQueueItem>,
  run: { readonly id: RunId | string; readonly pending: boolean },
  known: Sought["known"]
): Look => {
  const unknown = items.filter(({ id, state }) => !known.has(id) && state.toLowerCase() !== "failed")
  const claimed = unknown.find(({ associatedRunId }) => associatedRunId === run.id)
  if (claimed !== undefined) return { item: QueueItemId.make(claimed.id) }
  if (!run.pending) return { item: undefined }
  return unknown.some(({ associatedRunId }) => associatedRunId === undefined) ? "Unclear" : "Clean"
}

/**
 * Looks again and again what became of a push, for at most `patience`. The listing is read before the run: an item
 * that an agent takes in between is seen in one of them. Only two clean looks in a row say that nothing was pushed,
 * since a push may be on its way after its sender gave up on it.
 */
export const settle = Effect.fnUntraced(function* (
  client: WandbClient["Type"],
  reads: Reads["Type"],
  { known, queue, run, saw }: Sought,
  patience: Duration.Duration
): Effect.fn.Return<PushOutcome> {
  const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(patience)
  let clean = 0
  for (let wait = firstWait; ; wait = Math.min(wait * 2, longestWait)) {
    yield* Effect.sleep(wait)
    const items = yield* Effect.either(listing(client, queue))
    const state = yield* Effect.either(reads.run(run))
    if (Either.isRight(items) && Either.isRight(state)) {
      for (const { id } of items.right ?? []) saw(id)
      const pending = Either.isRight(state.right) && state.right.right === "pending"
      const look = judge(items.right ?? [], { id: run.run, pending }, known)
      if (typeof look === "object") return PushOutcome.Pushed(look)
      clean = look === "Clean" ? clean + 1 : 0
      if (clean >= 2) return PushOutcome.NotPushed({ queueMissing: items.right === null })
    }
    if ((yield* Clock.currentTimeMillis) >= deadline) return PushOutcome.Undecided()
  }
})

const firstWait = 2000
const longestWait = 20_000
