import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import * as Hypervolume from "./Hypervolume.js"
import * as Objective from "./Objective.js"
import * as SortedFronts from "./SortedFronts.js"

/** What `byFronts` makes of several metrics: how far from the front a run is. */
export const metricOf = (metrics: ReadonlyArray<Metric>): Metric => ({
  name,
  goal: "minimize",
  target: undefined,
  // A run has a value here only if it has one, imputed or not, of each metric.
  impute: "best",
  imputeWhileRunning: metrics.some(({ imputeWhileRunning }) => imputeWhileRunning !== false) ? "worst" : false
})

/**
 * Histories of several metrics as ones of `metricOf`, for samplers that take one; it expects one history that grows. A
 * run's value is the number of fronts that lie before its own; on the first front, those that cover less of it stand
 * behind those that cover more, by less than the next front does. A run without a value of each metric has none.
 */
export const byFronts = (
  metrics: ReadonlyArray<Metric>
): ((history: ReadonlyArray<PastRun>) => ReadonlyArray<PastRun>) => {
  const sorted = SortedFronts.make(metrics.length)
  return (history) => {
    const outcomes = metrics.map((metric) => Objective.observe(metric, history))
    sorted.update(
      history.map((_, run) => {
        const of = outcomes.flatMap((each) => each[run] ?? [])
        return of.every(({ role }) => role === "Measured") ? of.map(({ value }) => value) : undefined
      })
    )
    const digests = new Map<number, PastRun["metrics"]>()
    const fronts = sorted.fronts()
    for (const [rank, front] of fronts.entries()) {
      const digest = digestOf(rank === 0 ? 0.5 : rank)
      for (const run of front) digests.set(run, digest)
    }
    const [first = []] = fronts
    const spread = Hypervolume.spread(sorted.outcomes(), first, Math.max(first.length - 1, 0))
    for (const [place, run] of spread.entries()) digests.set(run, digestOf((0.5 * place) / first.length))
    return history.map(({ id, state, trial }, run) => ({ id, state, trial, metrics: digests.get(run) ?? none }))
  }
}

// internal

const name = "front"

const none: PastRun["metrics"] = new Map()

const digestOf = (value: number): ReadonlyMap<string, MetricDigest> =>
  new Map([[name, { count: 1, min: value, max: value, last: value }]])
