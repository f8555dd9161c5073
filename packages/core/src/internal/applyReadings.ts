import type { EventOf } from "../Event.js"
import type { ManagedRun } from "../ManagedRun.js"
import * as RunState from "../RunState.js"
import type { ItemReading, RunReading, RunStateReading, SweepReading } from "../Reading.js"
import * as SweepState from "../SweepState.js"
import type { EndReason } from "../EndReason.js"
import { ending } from "../EndReason.js"
import { endRun, setRun } from "./endRun.js"
import type { End, Flush, SchedulerModel } from "./model.js"
import * as Model from "./model.js"

/** Ends the scheduler's work; the first end stays (RD5). */
export const end = (
  self: SchedulerModel,
  reason: EndReason,
  at: number,
  options?: { readonly detail?: string; readonly signal?: End["signal"] }
): SchedulerModel =>
  self.end !== undefined
    ? self
    : {
        ...self,
        state: ending(reason).state,
        end: { reason, at, detail: options?.detail, signal: options?.signal },
        look: true
      }

/** Launches nothing new and waits for the runs to end; what drains for good goes on for the reason that it has. */
export const flush = (self: SchedulerModel, reason: Flush): SchedulerModel =>
  self.flush === "Exhausted" || self.flush === "Finished"
    ? self
    : { ...self, state: "FLUSH_RUNS", flush: reason, drained: false, drainLook: false }

/** Goes back to work. */
export const unflush = (self: SchedulerModel): SchedulerModel => ({
  ...self,
  state: "RUNNING",
  flush: undefined,
  drained: false,
  drainLook: false,
  look: true
})

const withSweep = (self: SchedulerModel, state: SchedulerModel["sweep"]): SchedulerModel =>
  self.sweep === state && self.sweepGone === 0 ? self : { ...self, sweep: state, sweepGone: 0 }

/** B32 with RD1, RD6, RD33 and RD36. What somebody has ended before an interrupt was known isn't left for later. */
export const applySweep = (self: SchedulerModel, reading: SweepReading, at: number): SchedulerModel => {
  if (self.end !== undefined) {
    const ended = self.end.reason === "Interrupted" && reading._tag === "Found" && SweepState.isTerminal(reading.state)
    return ended ? withSweep(self, reading.state) : self
  }
  switch (reading._tag) {
    case "Bad":
      return self.sweepGone === 0 ? self : { ...self, sweepGone: 0 }
    case "Missed": {
      if (!reading.gone) return self
      const sweepGone = self.sweepGone + 1
      return sweepGone >= 2 ? end(self, "SweepLost", at, { detail: reading.detail }) : { ...self, sweepGone }
    }
    case "Found": {
      const seen = withSweep(self, reading.state)
      switch (reading.state) {
        case "CANCELED":
          return end(seen, "SweepCancelled", at)
        case "FINISHED":
          return drain(flush(seen, "Finished"))
        case "PAUSED":
          // Who would leave once everything is registered needn't wait for that.
          if (seen.state === "STARTING" && seen.policy.onPaused === "exit" && !Model.hasActiveRuns(seen))
            return end(seen, "Paused", at)
          return drain(seen.state === "RUNNING" ? flush(seen, "Paused") : seen)
        case "PENDING":
        case "RUNNING":
          return seen.flush === "Paused" ? unflush(seen) : drain(seen)
      }
    }
  }
}

const drain = (self: SchedulerModel): SchedulerModel =>
  !self.drained && self.runs.size === 0 && (self.flush === "Exhausted" || self.flush === "Finished")
    ? { ...self, drained: true }
    : self

/** B31 with RD4: only a backend that twice says that the own run isn't there counts, not one that can't be asked. */
export const applyOwn = (self: SchedulerModel, reading: RunStateReading, at: number): SchedulerModel => {
  if (self.end !== undefined) return self
  switch (reading._tag) {
    case "Bad":
      return self.ownGone === 0 ? self : { ...self, ownGone: 0 }
    case "Missed": {
      if (!reading.gone) return self
      const ownGone = self.ownGone + 1
      return ownGone >= 2 ? end(self, "OwnRunFailed", at, { detail: reading.detail }) : { ...self, ownGone }
    }
    case "Found": {
      const seen = self.ownGone === 0 ? self : { ...self, ownGone: 0 }
      switch (reading.state) {
        case "killed":
          return end(seen, "OwnRunKilled", at)
        case "failed":
        case "crashed":
          return end(seen, "OwnRunFailed", at)
        case "finished":
          return flush(seen, "Finished")
        default:
          return seen
      }
    }
  }
}

/** B40–B48 with RD13 and RD19, for the attempt that the reading was made for. */
export const applyRun = (
  self: SchedulerModel,
  reading: RunReading,
  when: Pick<EventOf<"Observed">, "at" | "jitter">
): SchedulerModel => {
  const run = self.runs.get(reading.run)
  if (run === undefined) return self
  const seen = readRun(run, reading)
  if (typeof seen === "string") return endRun(self, run, seen, when)
  return seen === run ? self : setRun(self, seen)
}

/** A managed run as a reading shows it, the same where nothing is new; or how its attempt has ended. */
export const readRun = (run: ManagedRun, reading: RunReading): ManagedRun | RunState.RunState => {
  if (run.attempt !== reading.attempt || run.phase !== "Managed") return run
  const { state } = reading
  if (state._tag === "Found" && !RunState.isAlive(state.state)) return state.state
  if (state._tag === "Missed" && state.gone && run.gone >= 1) return "failed"
  const item = reading.item === undefined ? run.itemGone : itemGone(run.itemGone, reading.item, state)
  if (item === "failed") return "failed"
  const read = state._tag === "Found" ? state.state : "unknown"
  const gone = state._tag === "Missed" ? run.gone + (state.gone ? 1 : 0) : 0
  return run.state === read && run.gone === gone && run.itemGone === item
    ? run
    : { ...run, state: read, gone, itemGone: item }
}

const itemGone = (before: number, reading: ItemReading, state: RunStateReading): number | "failed" => {
  if (reading._tag === "Found") return reading.state === "failed" ? "failed" : 0
  if (!reading.gone) return before
  const waiting = state._tag === "Found" ? state.state === "pending" : before > 0
  if (!waiting) return 0
  return before >= 1 ? "failed" : before + 1
}
