import type { Event } from "../Event.js"
import * as SchedulerMetrics from "../SchedulerMetrics.js"
import type { SchedulerModel } from "../SchedulerModel.js"
import type { Meter } from "./metering.js"

/** Counts what an event means for the metrics. */
export const countEvent = (meter: Meter, before: SchedulerModel, event: Event, after: SchedulerModel): void => {
  switch (event._tag) {
    case "RunLaunched":
      meter(SchedulerMetrics.launches, 1)
      meter(SchedulerMetrics.activeRuns, after.runs.size)
      return
    // One that is let go of once it was asked to stop is observed no more.
    case "RunStopAsked":
    case "Observed":
      if (before.runs === after.runs) return
      meter(SchedulerMetrics.activeRuns, after.runs.size)
      for (const state of ["finished", "failed", "crashed", "killed", "preempted"] as const) {
        const ended = after.counts[state] - before.counts[state]
        if (ended > 0) meter(SchedulerMetrics.endedRunsBy[state], ended)
      }
      return
    case "AskFailed":
    case "LaunchFailed":
    case "RunStopFailed":
    case "SweepStateFailed":
      meter(SchedulerMetrics.failures, 1)
  }
}
