import * as Metric from "effect/Metric"

/** Runs that a launch agent has leased and not yet settled. */
export const activeRuns = Metric.gauge("sweepline_launch_agent_active_runs", {
  description: "Runs that are leased, running or being reported"
})

/** Jobs that were submitted to the engine. */
export const submits = Metric.counter("sweepline_launch_agent_submits", {
  description: "Jobs that were submitted to the engine",
  incremental: true
})

const ended = Metric.counter("sweepline_launch_agent_ended_runs", {
  description: "Runs that ended, by state",
  incremental: true
})

/** Runs that a launch agent reported as ended: one counter, tagged with their `state`. */
export const endedRuns = {
  finished: Metric.tagged(ended, "state", "finished"),
  failed: Metric.tagged(ended, "state", "failed"),
  crashed: Metric.tagged(ended, "state", "crashed"),
  killed: Metric.tagged(ended, "state", "killed"),
  preempted: Metric.tagged(ended, "state", "preempted")
}
