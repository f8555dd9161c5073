import type { QueueItemId } from "./QueueItemId.js"
import type { RunId } from "./RunId.js"
import type { RunState } from "./RunState.js"
import type { StopReason } from "./StopReason.js"
import type { TrialConfig } from "./TrialConfig.js"

/**
 * Where an attempt stands on its way to the queue:
 * - `Suggested`: to be pushed when its worker is free and its time has come;
 * - `Launching`: a push is in flight;
 * - `Recovering`: a push was in flight when an earlier scheduler went away;
 * - `Managed`: pushed, and watched;
 * - `Refused`: the queue will not have it; the backend is told, then it is dropped.
 */
export type Phase = "Suggested" | "Launching" | "Recovering" | "Managed" | "Refused"

/** A request to stop a run, and how far it got. */
export interface Stop {
  readonly reason: StopReason
  /** Whether the backend has taken it. */
  readonly asked: boolean
  readonly failures: number
  readonly notBefore: number
}

/** A run that the scheduler is responsible for (B3). Times are milliseconds since 1970. */
export interface ManagedRun {
  readonly id: RunId
  /** From 1. */
  readonly attempt: number
  /** How many of the attempts before this one failed or crashed; one that was preempted costs no retry. */
  readonly retried: number
  /** The index of the worker that it occupies. */
  readonly worker: number
  readonly trial: TrialConfig
  readonly phase: Phase
  /** As last read; `running` right after a push (B48). */
  readonly state: RunState
  /** How often in a row the backend said that the run isn't there. */
  readonly gone: number
  readonly item: QueueItemId | undefined
  /** How often in a row the backend said that the item isn't there, while the run was pending. */
  readonly itemGone: number
  readonly launchFailures: number
  readonly notBefore: number
  readonly stop: Stop | undefined
  /** When it was known to be in the queue: from then on it takes time on its GPUs. */
  readonly since: number | undefined
  /** When it ended, where that is known before its end is read. */
  readonly until: number | undefined
  /** When it last showed a sign of life. */
  readonly activeAt: number | undefined
}

/** A run in its first attempt, or in a later one that goes on with it. */
export const make = (options: {
  readonly id: RunId
  readonly attempt: number
  readonly retried: number
  readonly worker: number
  readonly trial: TrialConfig
}): ManagedRun => ({
  ...options,
  phase: "Suggested",
  state: "pending",
  gone: 0,
  item: undefined,
  itemGone: 0,
  launchFailures: 0,
  notBefore: 0,
  stop: undefined,
  since: undefined,
  until: undefined,
  activeAt: undefined
})

const occupies = {
  Suggested: false,
  Launching: true,
  Recovering: true,
  Managed: true,
  Refused: true
} as const satisfies Record<Phase, boolean>

/** Whether the run is on its way to the queue or past it, so that its worker can't launch another. */
export const isActive = (self: ManagedRun): boolean => occupies[self.phase]

/**
 * Whether its push may not have happened: it has no item, and nobody has begun it. It occupies its worker until a look at
 * the queue says which it was.
 */
export const isUncertain = (self: ManagedRun): boolean =>
  self.phase === "Managed" && self.item === undefined && self.state === "pending" && self.stop === undefined

/** The next attempt of a run that failed, not before a time. */
export const again = (self: ManagedRun, notBefore: number): ManagedRun => ({
  ...make({
    id: self.id,
    attempt: self.attempt + 1,
    retried: self.retried + 1,
    worker: self.worker,
    trial: self.trial
  }),
  notBefore
})

/** The same run, with a stop to be asked for; a stop that is already under way stays. */
export const stopping = (self: ManagedRun, reason: StopReason): ManagedRun =>
  self.stop === undefined ? { ...self, stop: { reason, asked: false, failures: 0, notBefore: 0 } } : self
