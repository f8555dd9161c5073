/**
 * What a backend of our own answers and stores: the rules of W&B's server (F.1–F.5), pure.
 * The memory and the SQLite backend call these and keep no rule of their own.
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import { AgentCommand } from "./AgentCommand.js"
import type { PythonDict } from "./PythonValue.js"
import { isDict } from "./PythonValue.js"
import type { RunId } from "./RunId.js"
import * as RunState from "./RunState.js"
import type { MetricDigest, Suggestion } from "./Search.js"
import type { StopReason } from "./StopReason.js"
import type { RunReport } from "./SweepApi.js"
import type { Metric } from "./Metric.js"
import type { SweepConfig } from "./SweepConfig.js"
import * as SweepState from "./SweepState.js"
import type { TrialConfig } from "./TrialConfig.js"

// heartbeats

/** What a heartbeat's answer depends on. */
export interface SweepView {
  /** `None`: a state that we do not know; the sweep goes on (B32). */
  readonly state: Option.Option<SweepState.SweepState>
  /** The most distinct runs that are handed out; `undefined` is no cap. */
  readonly runCap: number | undefined
  /** The distinct runs that the sweep has, in any state. */
  readonly runs: number
  /** Whether a run has reached the metric's target (`reachesTarget`): the sweep drains. */
  readonly targetReached: boolean
  /** Whether the agent said that one of its runs lives (`isBusy`). */
  readonly busy: boolean
  /** Runs of this agent that early stopping condemned, that live, and that nobody has asked to stop yet. */
  readonly condemned: ReadonlyArray<RunId>
  /** A pending run that was given to this agent, which doesn't report it: the answer that told of it was lost. */
  readonly unclaimed: UnclaimedRun | undefined
  /** The oldest preempted run of the sweep, by creation. */
  readonly preempted: PreemptedRun | undefined
}

/** A run that can be handed out again. */
export interface PreemptedRun {
  readonly run: RunId
  readonly trial: TrialConfig
}

/** A run that was handed out, and the attempt that waits to begin. */
export interface UnclaimedRun extends PreemptedRun {
  readonly attempt: number
}

/** The command that tells of a run: `Run` for the first attempt, `Resume` for a later one. */
export const offer = ({ attempt, run, trial }: UnclaimedRun): AgentCommand =>
  attempt > 1 ? AgentCommand.Resume({ run, trial, attempt }) : AgentCommand.Run({ run, trial })

/** What to do for an agent, besides stopping what is condemned. */
export type Next = Data.TaggedEnum<{
  /** Nothing for now. */
  Wait: {}
  /** Nothing ever more. */
  Exit: {}
  /** Answer `offer` once more; nothing is to be stored. */
  Offer: UnclaimedRun
  /** Store `resumed` for this run, give it to this agent, then answer `Resume`. */
  HandOutAgain: PreemptedRun
  /** Ask search, then decide again with `afterSuggestion`. */
  Ask: {}
  /** Create a pending run of this agent, then answer `Run`: it must be stored before it is told (F.4). */
  Create: { readonly trial: TrialConfig }
}>

/** Constructors and matchers. */
export const Next = Data.taggedEnum<Next>()

/** A heartbeat's answer, as far as it can be told without search. */
export interface Decision {
  /** `StopRun` commands: they go first, whatever follows. */
  readonly stops: ReadonlyArray<AgentCommand>
  readonly next: Next
}

/** Whether an agent that reports these runs is busy. */
export const isBusy = (runs: ReadonlyMap<RunId, boolean>): boolean => {
  for (const lives of runs.values()) if (lives) return true
  return false
}

/**
 * Decides what a heartbeat is answered (F.3). The order matters: a sweep that has ended hands
 * out nothing; a preempted run comes before the cap, because it was counted already.
 *
 * Whoever stores the outcome reads the view and writes in one step.
 */
export const answer = (view: SweepView): Decision => {
  const state = Option.getOrUndefined(view.state)
  if (state !== undefined && SweepState.isTerminal(state)) return { stops: [], next: Next.Exit() }
  return { stops: view.condemned.map((run) => AgentCommand.StopRun({ run })), next: nextFor(view, state) }
}

const nextFor = (view: SweepView, state: SweepState.SweepState | undefined): Next => {
  if (state === "PAUSED" || view.busy) return Next.Wait()
  if (view.unclaimed !== undefined) return Next.Offer(view.unclaimed)
  if (view.preempted !== undefined) return Next.HandOutAgain(view.preempted)
  if (view.targetReached || (view.runCap !== undefined && view.runs >= view.runCap)) return Next.Exit()
  return Next.Ask()
}

/**
 * Decides again once search has answered. `view` is read anew, since the sweep may have been
 * paused, ended or filled meanwhile; a suggestion that isn't used then is forgotten, and search,
 * which depends on the history only, makes it again. Never answers `Ask`.
 */
export const afterSuggestion = (view: SweepView, suggestion: Suggestion): Decision => {
  const decision = answer(view)
  if (decision.next._tag !== "Ask") return decision
  return { stops: decision.stops, next: fromSuggestion(suggestion) }
}

const fromSuggestion = (suggestion: Suggestion): Next => {
  switch (suggestion._tag) {
    case "Suggested":
      return Next.Create({ trial: suggestion.trial })
    case "NotNow":
      return Next.Wait()
    case "Exhausted":
      return Next.Exit()
  }
}

// runs

/** What of a run its reports and requests can change. Times are milliseconds since 1970. */
export interface RunFacts {
  readonly state: RunState.RunState
  readonly attempt: number
  readonly exitCode: number | undefined
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  /** Why it was asked to stop, if it was. */
  readonly stop: StopReason | undefined
}

/** A run that was just created. */
export const created: RunFacts = {
  state: "pending",
  attempt: 1,
  exitCode: undefined,
  startedAt: undefined,
  endedAt: undefined,
  stop: undefined
}

/**
 * What `reportRun` makes of a run; `undefined` when the report is ignored altogether, its summary too.
 *
 * - A report of an older attempt is ignored. One of a newer attempt begins that attempt.
 * - A run that is dead stays as it is until its next attempt; `pending` is never reported back.
 * - A run that was asked to stop and then ended without finishing is `preempted` when the reason was
 *   `Interrupted`, else `killed` (F.4). One that finished all the same has finished.
 */
export const reported = (self: RunFacts, report: RunReport, now: number): RunFacts | undefined => {
  if (report.attempt < self.attempt) return undefined
  const current = report.attempt > self.attempt ? { ...created, attempt: report.attempt } : self
  if (!RunState.isAlive(current.state)) return undefined
  const state = report.state === "pending" ? current.state : endState(report.state, current.stop)
  const dead = !RunState.isAlive(state)
  // Clocks of machines differ: a run doesn't end before it starts, nor after its end is known.
  const ended = Math.max(current.startedAt ?? 0, Math.min(report.endedAt ?? now, now))
  const started = current.startedAt ?? (hasStarted[state] ? (dead ? ended : now) : undefined)
  return {
    state,
    attempt: current.attempt,
    exitCode: report.exitCode ?? current.exitCode,
    startedAt: started,
    endedAt: dead ? ended : undefined,
    stop: current.stop
  }
}

/**
 * Whether others wait for what became of a run: another state, attempt or stop request. That a run which was
 * launched now runs is none of it: who launched it knows, and the others look now and then.
 */
export const isNews = (before: RunFacts, facts: RunFacts): boolean =>
  (before.state !== facts.state && !(before.state === "pending" && facts.state === "running")) ||
  before.attempt !== facts.attempt ||
  before.stop !== facts.stop

const endState = (state: RunState.RunState, stop: StopReason | undefined): RunState.RunState =>
  stop === undefined || RunState.isAlive(state) || state === "finished" ? state : stoppedState(stop)

const stoppedState = (stop: StopReason): RunState.RunState => (stop === "Interrupted" ? "preempted" : "killed")

/** States that tell that the run's process was there; the others may be reached without one. */
const hasStarted = {
  pending: false,
  running: true,
  preempting: true,
  unknown: false,
  finished: true,
  failed: true,
  crashed: false,
  killed: false,
  preempted: false
} as const satisfies Record<RunState.RunState, boolean>

/**
 * What `stopRun` makes of a run; `undefined` when it stays as it is. `held` tells whether a launch
 * agent may have submitted the attempt, that is, whether its queue item is leased or claimed, or was until
 * its lease ran out: then the agent, or the next one that leases it, sees the reason and reports the end. Otherwise nobody will, so the run ends here; the caller takes its
 * item out of the queue in the same step.
 *
 * A reason is replaced only when it was `Interrupted`: whoever kills a run means it for good.
 */
export const stopped = (self: RunFacts, reason: StopReason, held: boolean, now: number): RunFacts | undefined => {
  if (!RunState.isAlive(self.state)) return undefined
  const stop = self.stop === undefined || self.stop === "Interrupted" ? reason : self.stop
  if (self.state === "pending" && !held) return { ...self, stop, state: stoppedState(stop), endedAt: now }
  return stop === self.stop ? undefined : { ...self, stop }
}

/**
 * What `requeueRun` makes of a run: pending in its next attempt, with nothing asked of it.
 * `undefined` when that attempt, or a later one, has begun already: a repeated call never
 * brings back what it brought back before.
 */
export const requeued = (self: RunFacts, attempt: number): RunFacts | undefined =>
  attempt > self.attempt ? { ...created, attempt } : undefined

/**
 * What a preempted run becomes when it is handed out again. The attempt is counted here, so that
 * a late report of the one before is told apart; `requeueRun` with the same attempt changes nothing.
 */
export const resumed = (self: RunFacts): RunFacts => ({ ...created, attempt: self.attempt + 1 })

/** Merges a run's summary: each key's newest value, in the order in which the keys were first seen. */
export const mergeSummary = (summary: PythonDict, newer: PythonDict): PythonDict =>
  newer.size === 0 ? summary : new Map([...summary, ...newer])

/**
 * The value of a metric in a row or a summary: under its own name, or else under its name as a path of
 * dots into dicts. `undefined` where there is no number.
 */
export const metricValue = (values: PythonDict, name: string): number | undefined => {
  const direct = values.get(name)
  const dot = name.indexOf(".")
  if (direct === undefined && dot > 0) {
    const inner = values.get(name.slice(0, dot))
    return isDict(inner) ? metricValue(inner, name.slice(dot + 1)) : undefined
  }
  return typeof direct === "bigint" ? Number(direct) : typeof direct === "number" ? direct : undefined
}

/** Adds a value to a metric's digest. Values that aren't finite numbers are not counted. */
export const digested = (digest: MetricDigest | undefined, value: number): MetricDigest | undefined => {
  if (!Number.isFinite(value)) return digest
  if (digest === undefined) return { count: 1, min: value, max: value, last: value }
  return {
    count: digest.count + 1,
    min: Math.min(digest.min, value),
    max: Math.max(digest.max, value),
    last: value
  }
}

/** What a sweep optimises, as far as its end depends on it. */
export type Objectives = Pick<SweepConfig, "metric" | "metrics" | "repeats">

/** Whether a run can reach what ends the sweep. */
export const hasTarget = (self: Objectives): boolean => objectives(self).some(({ target }) => target !== undefined)

/**
 * Whether a run has reached the target that ends the sweep: at or below it where the goal is to minimise, at
 * or above it otherwise; with several metrics, all targets that there are. With `repeats` no single run does:
 * the search ends the sweep by the mean.
 */
export const reachesTarget = (self: Objectives, digests: ReadonlyMap<string, MetricDigest>): boolean =>
  self.repeats === undefined &&
  hasTarget(self) &&
  objectives(self).every(({ goal, name, target }) => {
    if (target === undefined) return true
    const digest = digests.get(name)
    return digest !== undefined && (goal === "minimize" ? digest.min <= target : digest.max >= target)
  })

const objectives = ({ metric, metrics }: Objectives): ReadonlyArray<Metric> =>
  metric === undefined ? metrics : [metric]

// names

/** The name of a sweep's run, by its place in the history, from 0. */
export const runName = (index: number): string => `run-${index + 1}`

const idLength = 8
const idSpace = 36n ** BigInt(idLength)

/**
 * The n-th id of a backend that counts: eight lower-case letters and digits, as W&B's ids are, that look
 * drawn but never repeat below 36^8, since the factor shares no divisor with it.
 */
export const idOf = (n: number): string =>
  ((BigInt(n) * 1_737_350_766_601n + 909_091_337_117n) % idSpace).toString(36).padStart(idLength, "0")

// sweeps and queues

/** Whether `setSweepState` may write; a state that we do not know may become any (B67). */
export const mayBecome = (from: Option.Option<SweepState.SweepState>, to: SweepState.SweepState): boolean =>
  Option.match(from, { onNone: () => true, onSome: (state) => SweepState.canBecome(state, to) })

/**
 * The state of a sweep once an agent has registered (F.1); `None` when the sweep takes no more
 * agents, because it has ended (F.2: status 400, `notRunning`).
 */
export const registered = (state: SweepState.SweepState): Option.Option<SweepState.SweepState> =>
  SweepState.isTerminal(state) ? Option.none() : Option.some(state === "PENDING" ? "RUNNING" : state)

/** What an agent is told that registers with a sweep that has ended (F.2). */
export const notRunning = (sweep: string): string => `Sweep ${sweep} is not running`

/** Whether a sweep's items wait: those of a paused or cancelled one do, a draining one launches what is queued. */
export const holdsBack = (state: SweepState.SweepState): boolean => held[state]

const held = {
  PENDING: false,
  RUNNING: false,
  PAUSED: true,
  FINISHED: false,
  CANCELED: true
} as const satisfies Record<SweepState.SweepState, boolean>

/**
 * Whether an item still stands for something to launch: a push may arrive after its run has ended
 * or gone to a later attempt. Such an item leaves the queue instead of being leased.
 */
export const isLaunchable = (run: RunFacts, attempt: number): boolean =>
  RunState.isAlive(run.state) && run.attempt <= attempt
