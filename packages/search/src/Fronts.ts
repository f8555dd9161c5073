import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import * as Hypervolume from "./Hypervolume.js"
import * as Objective from "./Objective.js"
import * as SortedFronts from "./SortedFronts.js"

/** What `Fronts` make of several metrics: how far from the front a run is. */
export const metricOf = (metrics: ReadonlyArray<Metric>): Metric => ({
  name,
  goal: "minimize",
  target: undefined,
  // A run has a value here only if it has one, imputed or not, of each metric.
  impute: "best",
  imputeWhileRunning: metrics.some(({ imputeWhileRunning }) => imputeWhileRunning !== false) ? "worst" : false
})

/** Histories of several metrics as ones of `metricOf`, for samplers that take one. */
export interface Fronts {
  /**
   * A run's value is the number of fronts that lie before its own; on the first front, those that cover less of it stand
   * behind those that cover more, by less than the next front does. A run without a value of each metric has none. It
   * expects one history that grows.
   */
  readonly history: (history: ReadonlyArray<PastRun>) => ReadonlyArray<PastRun>
  /**
   * The values, larger being better, that some runs of the last history would have if they were all. One run that comes
   * may push many others a front back; what runs are worth among those before them stays.
   */
  readonly among: (runs: ReadonlyArray<number>) => Float64Array
}

/** Of no history yet. */
export const make = (metrics: ReadonlyArray<Metric>): Fronts => {
  const sorted = SortedFronts.make(metrics.length)
  const some = SortedFronts.make(metrics.length)
  let points: ReadonlyArray<ReadonlyArray<number> | undefined> = []
  let ofSome = new Float64Array(0)
  return {
    history: (history) => {
      const outcomes = metrics.map((metric) => Objective.observe(metric, history))
      points = history.map((_, run) => {
        const of = outcomes.flatMap((each) => each[run] ?? [])
        return of.every(({ role }) => role === "Measured") ? of.map(({ value }) => value) : undefined
      })
      sorted.update(points)
      const values = valuesOf(sorted, history.length)
      return history.map(({ id, state, trial }, run) => {
        const value = values[run] ?? Number.NaN
        return { id, state, trial, metrics: Number.isNaN(value) ? none : digestOf(value) }
      })
    },
    among: (runs) => {
      const isOne = new Set(runs)
      const changed = some.update(points.map((point, run) => (isOne.has(run) ? point : undefined)))
      if (changed || ofSome.length < points.length) ofSome = valuesOf(some, points.length)
      // What has no value counts as bad, whatever stands here.
      return Float64Array.from(runs, (run) => 0 - (ofSome[run] ?? Number.NaN))
    }
  }
}

// internal

const name = "front"

const none: PastRun["metrics"] = new Map()

/** How far from the front each of so many points is; NaN for one that isn't there. */
const valuesOf = (sorted: SortedFronts.SortedFronts, count: number): Float64Array<ArrayBuffer> => {
  const values = new Float64Array(count).fill(Number.NaN)
  const fronts = sorted.fronts()
  for (const [rank, front] of fronts.entries()) for (const run of front) values[run] = rank === 0 ? 0.5 : rank
  const [first = []] = fronts
  const spread = Hypervolume.spread(sorted.outcomes(), first, Math.max(first.length - 1, 0))
  for (const [place, run] of spread.entries()) values[run] = (0.5 * place) / first.length
  return values
}

const digestOf = (value: number): ReadonlyMap<string, MetricDigest> =>
  new Map([[name, { count: 1, min: value, max: value, last: value }]])
