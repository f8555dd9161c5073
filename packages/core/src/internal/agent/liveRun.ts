import * as Deferred from "effect/Deferred"
import * as FiberId from "effect/FiberId"
import type { JobHandle } from "../../Executor.js"
import type { QueueItem } from "../../LaunchQueue.js"
import type { OutputTail } from "../../OutputTail.js"
import type { RunKey } from "../../RunKey.js"
import type { Slot } from "../../Slots.js"
import type { StopReason } from "../../StopReason.js"
import type { EndedStatus } from "./runOutcome.js"

/**
 * A run that the agent has leased and not yet settled. Its own fiber writes it, except where noted; every
 * write is one synchronous step.
 */
export interface LiveRun {
  readonly key: RunKey
  readonly item: QueueItem
  /** Whether an earlier agent had leased it. */
  readonly adopted: boolean
  /** `undefined` for a run that takes no slot of this agent. */
  slot: Slot | undefined
  /** Whether the engine may know it. Until then its item can go back as if nothing had happened. */
  submitted: boolean
  handle: JobHandle | undefined
  tail: OutputTail | undefined
  /** When its job was submitted by this agent, as timers count (`Moment.awake`). */
  startedAt: number | undefined
  /** Why it should stop; also written by whoever looks for stop requests. */
  stop: StopReason | undefined
  /** Whether its job was told to end. */
  signalled: boolean
  /** It may have ended since the engine was last asked; also written by whoever watches. */
  noticed: boolean
  /** Its job has ended; written by whoever watches. */
  over: boolean
  readonly ended: Deferred.Deferred<EndedStatus>
}

/** Every run that an agent has, by key. */
export type LiveRuns = ReadonlyMap<RunKey, LiveRun>

/** A run that was just leased, or (`adopted`) that an earlier agent had. */
export const make = (item: QueueItem, adopted: boolean): LiveRun => ({
  key: item.request.key,
  item,
  adopted,
  slot: undefined,
  submitted: adopted,
  handle: undefined,
  tail: undefined,
  startedAt: undefined,
  stop: undefined,
  signalled: false,
  noticed: adopted,
  over: false,
  ended: Deferred.unsafeMake(FiberId.none)
})

/** What spans say about a run. */
export const attributes = ({ adopted, item: { request }, slot }: LiveRun): Record<string, unknown> => ({
  sweepId: request.sweep,
  runId: request.run,
  attempt: request.attempt,
  slot: slot?.name,
  adopted
})
