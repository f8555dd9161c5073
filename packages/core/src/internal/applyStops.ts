import type { EventOf } from "../Event.js"
import * as ManagedRun from "../ManagedRun.js"
import { forget, setRun } from "./endRun.js"
import type { StopReason } from "../StopReason.js"
import type { SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** Why runs are stopped at the end: an interrupt that only pauses lets them run again. */
export const stopReason = (self: SchedulerModel): Exclude<StopReason, "EarlyStopped" | "TimedOut"> => {
  switch (self.end?.reason) {
    case "Interrupted":
      return Model.pausesWhenInterrupted(self) ? "Interrupted" : "Killed"
    case "DeadlineReached":
    case "BudgetSpent":
      return self.end.reason
    default:
      return "Killed"
  }
}

/** How often a stop, or the sweep's state, is tried at the end before the scheduler leaves without it. */
export const triesAtEnd = 5

/** The backend has taken a stop. A run that never started, and one that nobody waits for, is let go of at once (RD17). */
export const stopAsked = (self: SchedulerModel, event: EventOf<"RunStopAsked">): SchedulerModel => {
  const run = self.runs.get(event.run)
  if (run === undefined) return self
  const reason = run.stop?.reason ?? stopReason(self)
  if (run.phase === "Refused") return forget(self, run, "failed")
  if (run.phase === "Suggested" || (self.end !== undefined && self.policy.awaitStops === 0)) {
    return forget(self, run, reason === "Interrupted" ? "preempted" : "killed")
  }
  return setRun(self, { ...run, stop: { reason, asked: true, failures: 0, notBefore: 0 } })
}

/** A stop could not be asked for; it is asked again. */
export const stopFailed = (self: SchedulerModel, event: EventOf<"RunStopFailed">): SchedulerModel => {
  const run = self.runs.get(event.run)
  if (run === undefined) return self
  const before = ManagedRun.stopping(run, stopReason(self))
  const failures = (before.stop?.failures ?? 0) + 1
  const reason = before.stop?.reason ?? stopReason(self)
  const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures })
  const asked = self.end !== undefined && failures >= triesAtEnd
  return setRun(self, { ...before, stop: { reason, asked, failures, notBefore } })
}

/** The sweep's state could not be written; it is written again. */
export const stateFailed = (self: SchedulerModel, event: EventOf<"SweepStateFailed">): SchedulerModel => {
  const failures = self.settingState.failures + 1
  if (failures >= triesAtEnd) return { ...self, stateSet: true }
  const notBefore = Model.backoff({ ...event, base: self.policy.backoff, failures })
  return { ...self, settingState: { failures, notBefore } }
}
