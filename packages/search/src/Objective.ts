import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { RunState } from "@sweepline/core/RunState"
import * as Handicap from "./Handicap.js"
import type { MarkedRun } from "./Marks.js"

/** What a run tells a search: nothing yet, a value of its own, what its beginning promised, or only that it did badly. */
export type Role = "Pending" | "Measured" | "Stopped" | "Imputed"

/** One run's outcome; values are turned so that larger is better. */
export interface Outcome {
  readonly role: Role
  /** NaN while pending, or where no run has a value to impute. */
  readonly value: number
}

/**
 * What each run of a history tells (§4.1): a finished run its best value in the goal's
 * direction; a failed, crashed or killed one what `impute` says; a running one is pending
 * unless `impute_while_running` makes it data; any other is pending.
 *
 * A run that early stopping ended is no failure: whatever `impute` says, it counts as what its
 * beginning promised (`Handicap`). W&B gives it the worst value that any run logged.
 *
 * A run that `impute: best` or `latest` finds no value for counts as the worst: W&B's 0.0
 * would make a crash the best of all losses. Without a metric every run is pending.
 */
export const observe = (metric: Metric | undefined, history: ReadonlyArray<MarkedRun>): ReadonlyArray<Outcome> => {
  if (metric === undefined) return history.map(() => pending)
  const worst = worstLogged(metric, history)
  const promise = promises(metric, history)
  return history.map((run) => {
    const digest = run.metrics.get(metric.name)
    switch (use[run.state]) {
      case "value":
        return digest === undefined ? impute(metric, metric.impute, digest, worst) : measured(best(metric, digest))
      case "impute":
        if (run.stoppedEarly === true && digest !== undefined) {
          return { role: "Stopped", value: promise(best(metric, digest), run.marks ?? []) }
        }
        return impute(metric, metric.impute, digest, worst)
      case "running":
        if (metric.imputeWhileRunning === false) return pending
        if (digest !== undefined) return measured(best(metric, digest))
        return impute(metric, metric.imputeWhileRunning, digest, worst)
      case "pending":
        return pending
    }
  })
}

/** Whether a run's metrics can't change any more. */
export const isSettled = (run: PastRun): boolean => use[run.state] === "value" || use[run.state] === "impute"

// internal

const use = {
  pending: "pending",
  running: "running",
  preempting: "pending",
  unknown: "pending",
  finished: "value",
  failed: "impute",
  crashed: "impute",
  killed: "impute",
  preempted: "pending"
} as const satisfies Record<RunState, "pending" | "running" | "value" | "impute">

const pending: Outcome = { role: "Pending", value: Number.NaN }

const measured = (value: number): Outcome => ({ role: "Measured", value })

/** A logged value turned so that larger is better. */
const turned = (metric: Metric, value: number): number => (metric.goal === "maximize" ? value : -value)

const best = (metric: Metric, digest: MetricDigest): number => (metric.goal === "maximize" ? digest.max : -digest.min)

const impute = (
  metric: Metric,
  how: "worst" | "best" | "latest",
  digest: MetricDigest | undefined,
  worst: number
): Outcome => {
  if (how === "worst" || digest === undefined) return { role: "Imputed", value: worst }
  return measured(how === "best" ? best(metric, digest) : turned(metric, digest.last))
}

/** What runs that were stopped early count as, from the finished ones; these are looked at where there is one of those. */
const promises = (metric: Metric, history: ReadonlyArray<MarkedRun>): ReturnType<typeof Handicap.make> =>
  Handicap.make(
    history.some(({ stoppedEarly }) => stoppedEarly === true)
      ? history.flatMap(({ marks, metrics, state }) => {
          const digest = metrics.get(metric.name)
          return state === "finished" && marks !== undefined && digest !== undefined
            ? [{ value: best(metric, digest), marks }]
            : []
        })
      : []
  )

/** The worst single value that any ended run logged, not the worst of their bests. */
const worstLogged = (metric: Metric, history: ReadonlyArray<PastRun>): number => {
  let worst = Number.NaN
  for (const run of history) {
    const digest = isSettled(run) ? run.metrics.get(metric.name) : undefined
    if (digest === undefined) continue
    const value = metric.goal === "maximize" ? digest.min : -digest.max
    if (!(value >= worst)) worst = value
  }
  return worst
}
