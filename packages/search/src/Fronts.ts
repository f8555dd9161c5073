import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import * as Hypervolume from "./Hypervolume.js"
import * as Objective from "./Objective.js"
import * as ParetoFront from "./ParetoFront.js"

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
 * A history of several metrics as one of `metricOf`, for samplers that take one. A run's value is
 * the number of fronts that lie before its own; on the first front, those that cover less of it stand
 * behind those that cover more, by less than the next front does. A run without a value of each metric has none.
 */
export const byFronts =
  (metrics: ReadonlyArray<Metric>) =>
  (history: ReadonlyArray<PastRun>): ReadonlyArray<PastRun> => {
    const outcomes = metrics.map((metric) => Objective.observe(metric, history))
    const complete = [...history.keys()].filter((run) => outcomes.every((of) => of[run]?.role === "Measured"))
    const points: ParetoFront.Outcomes = {
      values: Float64Array.from(complete.flatMap((run) => outcomes.map((of) => of[run]?.value ?? 0))),
      objectives: metrics.length
    }
    const ranks = Float64Array.from(ParetoFront.ranks(points))
    const first = [...ranks.keys()].filter((i) => ranks[i] === 0)
    const spread = Hypervolume.spread(points, first, Math.max(first.length - 1, 0))
    for (const [place, i] of spread.entries()) ranks[i] = (0.5 * place) / first.length
    const placed = new Set(spread)
    for (const i of first) if (!placed.has(i)) ranks[i] = 0.5
    const digests = new Map(complete.map((run, i) => [run, digestOf(ranks[i] ?? 0)]))
    return history.map(({ id, state, trial }, run) => ({ id, state, trial, metrics: digests.get(run) ?? none }))
  }

// internal

const name = "front"

const none: PastRun["metrics"] = new Map()

const digestOf = (value: number): ReadonlyMap<string, MetricDigest> =>
  new Map([[name, { count: 1, min: value, max: value, last: value }]])
