import * as HashMap from "effect/HashMap"
import type { AgentId } from "../AgentId.js"
import type { Command } from "../Command.js"
import type { EndReason } from "../EndReason.js"
import * as ManagedRun from "../ManagedRun.js"
import type { Policy } from "../Policy.js"
import type { RunId } from "../RunId.js"
import type { RunState } from "../RunState.js"
import type { SchedulerState } from "../SchedulerState.js"
import * as SweepState from "../SweepState.js"

/** Why FLUSH_RUNS: what happens once the runs have ended follows from it (RD6, RD36). */
export type Flush = "RunCap" | "Paused" | "Exhausted" | "Finished"

/** How a scheduler came to its end. */
export interface End {
  readonly reason: EndReason
  readonly at: number
  readonly detail: string | undefined
  readonly signal: "SIGINT" | "SIGTERM" | "Interruption" | undefined
}

/** What is kept of a run that ended. */
export interface PastRun {
  readonly attempts: number
  /** How many of them failed or crashed and were followed by another one. */
  readonly retried: number
  readonly state: RunState
}

/** Something that is tried again. */
export interface Retrying {
  readonly failures: number
  readonly notBefore: number
}

/** Everything that a scheduler knows: a fold over its events. */
export interface SchedulerModel {
  readonly state: SchedulerState
  readonly policy: Policy
  /** As last read. */
  readonly sweep: SweepState.SweepState | undefined
  readonly flush: Flush | undefined
  readonly end: End | undefined
  /** The end is done: the scheduler has left. */
  readonly left: boolean
  readonly executable: string | undefined
  /** By worker index; `undefined` until the worker is registered. */
  readonly agents: ReadonlyArray<AgentId | undefined>
  /** In order of suggestion. */
  readonly runs: ReadonlyMap<RunId, ManagedRun.ManagedRun>
  readonly past: HashMap.HashMap<RunId, PastRun>
  /** How many runs ended in each state. */
  readonly counts: Readonly<Record<RunState, number>>
  /** How many of the killed ones were stopped because they had gone silent. */
  readonly timedOut: number
  /** Distinct runs that count against run_cap (B12, B25). */
  readonly launched: number
  /** The time on GPUs that ended attempts took, in milliseconds. */
  readonly spent: number
  readonly inFlight: ReadonlyMap<string, Command>
  readonly asks: number
  readonly asking: Retrying
  /** How many preempted runs waited when the strategy said that it has no more. */
  readonly passedOver: number
  /** Why it has no more, in its own words. */
  readonly noMore: string | undefined
  /** Pushes that were refused in a row. */
  readonly refusals: number
  /** How often in a row the backend said that the sweep, or the own run, isn't there. */
  readonly sweepGone: number
  readonly ownGone: number
  readonly stateSet: boolean
  readonly settingState: Retrying
  /** The sweep was read again after its last run had ended (RD36). */
  readonly drained: boolean
  /** What the next pass should do: look at everything, ask for runs, let busy workers be heard. */
  readonly look: boolean
  readonly ask: boolean
  readonly heartbeat: boolean
  /** A look was asked for because the last run had ended. */
  readonly drainLook: boolean
}

const noCounts: Readonly<Record<RunState, number>> = {
  pending: 0,
  running: 0,
  preempting: 0,
  unknown: 0,
  finished: 0,
  failed: 0,
  crashed: 0,
  killed: 0,
  preempted: 0
}

const fresh: Retrying = { failures: 0, notBefore: 0 }

/** Before anything happened. */
export const initial: SchedulerModel = {
  state: "PENDING",
  policy: {
    workers: 0,
    runCap: null,
    retries: 0,
    backoff: 2000,
    onPaused: "exit",
    onInterrupt: "cancel",
    awaitStops: 0,
    resumesPreempted: false,
    adoptsPending: false,
    runTimeout: null,
    deadline: null,
    budget: null,
    gpusPerRun: 1
  },
  sweep: undefined,
  flush: undefined,
  end: undefined,
  left: false,
  executable: undefined,
  agents: [],
  runs: new Map(),
  past: HashMap.empty(),
  counts: noCounts,
  timedOut: 0,
  launched: 0,
  spent: 0,
  inFlight: new Map(),
  asks: 0,
  asking: fresh,
  passedOver: 0,
  noMore: undefined,
  refusals: 0,
  sweepGone: 0,
  ownGone: 0,
  stateSet: false,
  settingState: fresh,
  drained: false,
  look: false,
  ask: false,
  heartbeat: false,
  drainLook: false
}

/** What a scheduler's life leaves behind when the next one begins: runs, past and counts stay. */
export const reborn = (self: SchedulerModel): SchedulerModel => ({
  ...initial,
  runs: self.runs,
  past: self.past,
  counts: self.counts,
  timedOut: self.timedOut,
  launched: self.launched,
  spent: self.spent
})

/** Runs that were preempted and that the backend will hand out again. */
export const resumable = (self: SchedulerModel): number => (self.policy.resumesPreempted ? self.counts.preempted : 0)

/** How many more runs may be asked for under run_cap. */
export const demand = (self: SchedulerModel): number =>
  self.policy.runCap === null || self.policy.runCap === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(0, self.policy.runCap - self.launched) + resumable(self)

/** Whether run_cap is reached (B25: 0 and missing are no cap). */
export const isAtCap = (self: SchedulerModel): boolean =>
  self.policy.runCap !== null && self.policy.runCap !== 0 && self.launched >= self.policy.runCap

/** Whether somebody has stopped the sweep, as far as is known; it may be drained for another reason. */
export const isStopped = (self: SchedulerModel): boolean => self.flush === "Finished" || self.sweep === "FINISHED"

/**
 * Whether every run that ended failed, crashed, or fell silent. One that was stopped for another reason, such as a
 * better one, shows that the script can work.
 */
export const isFruitless = ({ counts, timedOut }: SchedulerModel): boolean =>
  counts.finished === 0 && counts.killed === timedOut && counts.failed + counts.crashed + timedOut > 0

/** Whether an interrupt leaves runs and sweep for later; one that has ended has no later. */
export const pausesWhenInterrupted = (self: SchedulerModel): boolean =>
  self.policy.onInterrupt === "pause" && (self.sweep === undefined || !SweepState.isTerminal(self.sweep))

/** Whether any run is on its way to the queue or past it. */
export const hasActiveRuns = (self: SchedulerModel): boolean => {
  for (const run of self.runs.values()) if (ManagedRun.isActive(run)) return true
  return false
}

/** The time on GPUs that a run's attempt has taken by a time, in milliseconds. */
export const gpuTime = (self: SchedulerModel, { since, until }: ManagedRun.ManagedRun, at: number): number =>
  since === undefined ? 0 : Math.max(0, Math.min(until ?? at, at) - since) * self.policy.gpusPerRun

/** Indices of the workers that have a run. */
export const busyWorkers = (self: SchedulerModel): ReadonlySet<number> => {
  const busy = new Set<number>()
  for (const run of self.runs.values()) busy.add(run.worker)
  return busy
}

/** Whether any registered worker has no run. */
export const hasIdleWorkers = (self: SchedulerModel): boolean => {
  const busy = busyWorkers(self)
  return self.agents.some((agent, worker) => agent !== undefined && !busy.has(worker))
}

/** The longest wait after a failure, in milliseconds. */
export const longestBackoff = 75_000

/** The time of the n-th try after a failure, in whole milliseconds: doubling from `base`, at most a minute, plus up to a quarter. */
export const backoff = (options: {
  readonly at: number
  readonly base: number
  readonly failures: number
  readonly jitter: number
}): number => {
  const wait = Math.min(60_000, options.base * 2 ** Math.min(30, options.failures - 1))
  return Math.ceil(options.at + wait * (1 + options.jitter / 4))
}
