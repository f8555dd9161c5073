import * as Metric from "effect/Metric"

/** Runs on their way to the queue or past it. */
export const activeRuns = Metric.gauge("sweepline_scheduler_active_runs", {
  description: "Runs that are launching or running"
})

/** Attempts that were pushed to the launch queue. */
export const launches = Metric.counter("sweepline_scheduler_launches", {
  description: "Attempts that were put into the launch queue",
  incremental: true
})

/** Runs that ended, tagged with their state. */
export const endedRuns = Metric.counter("sweepline_scheduler_ended_runs", {
  description: "Runs that ended, by state",
  incremental: true
})

const ended = (state: string) => Metric.tagged(endedRuns, "state", state)

/** The same, tagged once: tagging a metric costs more than counting with it. */
export const endedRunsBy = {
  finished: ended("finished"),
  failed: ended("failed"),
  crashed: ended("crashed"),
  killed: ended("killed"),
  preempted: ended("preempted")
} as const

/** Passes of the scheduler's loop. */
export const passes = Metric.counter("sweepline_scheduler_passes", {
  description: "Passes of the scheduler's loop",
  incremental: true
})

/** Requests to the backend that failed and are made again. */
export const failures = Metric.counter("sweepline_scheduler_failures", {
  description: "Requests to the backend that failed",
  incremental: true
})
