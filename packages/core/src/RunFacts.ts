/** What of a run its reports and requests can change, and how: the rules of W&B's server (F.3, F.4), pure. */
import * as Option from "effect/Option"
import * as RunState from "./RunState.js"
import type { StopReason } from "./StopReason.js"
import type { RunReport } from "./SweepApi.js"
import * as SweepState from "./SweepState.js"

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
 * its lease ran out: then the agent, or the next one that leases it, sees the reason and reports the end. Otherwise
 * nobody will, so the run ends here; the caller takes its item out of the queue in the same step.
 *
 * A reason is replaced only when it was `Interrupted`: whoever kills a run means it for good.
 */
export const stopped = (self: RunFacts, reason: StopReason, held: boolean, now: number): RunFacts | undefined => {
  if (!RunState.isAlive(self.state)) return undefined
  const stop = self.stop === undefined || self.stop === "Interrupted" ? reason : self.stop
  if (self.state === "pending" && !held) return { ...self, stop, state: stoppedState(stop), endedAt: now }
  return stop === self.stop ? undefined : { ...self, stop }
}

/** The reason that a stop goes by in its sweep: an interrupt leaves a run for later, and what has ended has no later. */
export const reasonWithin = (sweep: Option.Option<SweepState.SweepState>, reason: StopReason): StopReason =>
  reason === "Interrupted" && Option.exists(sweep, SweepState.isTerminal) ? "Killed" : reason

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

/**
 * Whether an item still stands for something to launch: a push may arrive after its run has ended
 * or gone to a later attempt. Such an item leaves the queue instead of being leased.
 */
export const isLaunchable = (run: RunFacts, attempt: number): boolean =>
  RunState.isAlive(run.state) && run.attempt <= attempt
