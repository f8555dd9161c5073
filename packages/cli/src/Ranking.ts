/** Which runs of a sweep are the best. */
import type { Metric } from "@sweepline/core/Metric"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as ParetoFront from "@sweepline/search/ParetoFront"
import * as Configurations from "./Configurations.js"
import * as Report from "./SweepReport.js"

/** A run with the value that its sweep optimises; with repeats, the first run of a configuration with the mean. */
export interface RankedRun {
  readonly run: RunRecord
  readonly value: number
  readonly spread?: Configurations.Spread | undefined
}

/**
 * The runs that reported the metric, best first; equals in order of creation. With repeats, configurations: those
 * of which not all repeats have a value stand behind the others. None where there are several metrics.
 */
export const of = (self: Report.SweepReport): ReadonlyArray<RankedRun> => {
  const metric = Report.objective(self)
  if (metric === undefined || Report.hasFront(self)) return []
  const sign = metric.goal === "maximize" ? -1 : 1
  return candidates(self, metric).toSorted((a, b) => missing(a) - missing(b) || sign * (a.value - b.value))
}

/** The best run so far, in one pass; `undefined` where there are several metrics. */
export const best = (self: Report.SweepReport): RankedRun | undefined => {
  const metric = Report.objective(self)
  if (metric === undefined || Report.hasFront(self)) return undefined
  if (self.config?.repeats !== undefined) return of(self)[0]
  let found: RankedRun | undefined
  for (const run of self.runs) {
    const value = Report.metricOf(run, metric.name)
    if (value === undefined) continue
    if (found === undefined || (metric.goal === "maximize" ? value > found.value : value < found.value)) {
      found = { run, value }
    }
  }
  return found
}

/** A run with a value of each of its sweep's objectives. */
export interface FrontRun {
  readonly run: RunRecord
  readonly values: ReadonlyArray<number>
}

/**
 * The runs of a sweep with several objectives than which no other is better in one and as good
 * in the rest, the best of the first objective first. A run that hasn't reported all of them
 * isn't among them. With repeats, the first runs of configurations, with means.
 */
export const front = (self: Report.SweepReport): ReadonlyArray<FrontRun> => {
  const metrics = self.config?.metrics ?? []
  const signs = metrics.map(({ goal }) => (goal === "maximize" ? 1 : -1))
  const complete = alternatives(self).flatMap((runs) => {
    const means = metrics.flatMap(({ name }) => {
      const values = runs.flatMap((run) => Report.metricOf(run, name) ?? [])
      return values.length < runs.length ? [] : (Configurations.average(values, runs.length)?.mean ?? [])
    })
    const [run] = runs
    return run !== undefined && means.length === metrics.length ? [{ run, values: means }] : []
  })
  return ParetoFront.front({
    values: Float64Array.from(complete.flatMap(({ values }) => values.map((value, k) => value * (signs[k] ?? 1)))),
    objectives: metrics.length
  })
    .flatMap((i) => complete[i] ?? [])
    .sort((a, b) => (signs[0] ?? 1) * ((b.values[0] ?? 0) - (a.values[0] ?? 0)))
}

/** Whether the best value is one that the sweep's metric was to reach; of several, one run has reached all targets. */
export const meetsTarget = (self: Report.SweepReport): boolean => {
  const wanted = Report.metrics(self)
  if (wanted.every(({ target }) => target === undefined)) return false
  const value = best(self)?.value
  const bests = Report.hasFront(self) ? front(self).map(({ values }) => values) : value === undefined ? [] : [[value]]
  return bests.some((values) => wanted.every((metric, k) => isReached(metric, values[k])))
}

/**
 * Why no finished run can be ranked, though there are some: none reported the metric, what they reported is no number,
 * or none that is finite. `undefined` where one can be, or none has finished.
 */
export const metricTrouble = (self: Report.SweepReport): "Missing" | "NoNumber" | "NotFinite" | undefined => {
  const metric = Report.objective(self)
  const finished = self.runs.filter(({ state }) => state === "finished")
  if (metric === undefined || finished.length === 0) return undefined
  if (finished.some((run) => Report.metricOf(run, metric.name) !== undefined)) return undefined
  const values = finished.flatMap(({ summary }) => Report.lookUp(summary, metric.name) ?? [])
  if (values.length === 0) return "Missing"
  return values.some((value) => typeof value === "number") ? "NotFinite" : "NoNumber"
}

/** Whether runs have finished and yet none can be called the best, nor any by several metrics. */
export const hasNoBest = (self: Report.SweepReport): boolean =>
  Report.hasFront(self)
    ? self.runs.some(({ state }) => state === "finished") && front(self).length === 0
    : metricTrouble(self) !== undefined

// internal

const candidates = (self: Report.SweepReport, metric: Metric): ReadonlyArray<RankedRun> => {
  const repeats = self.config?.repeats
  if (repeats === undefined) {
    return self.runs.flatMap((run) => {
      const value = Report.metricOf(run, metric.name)
      return value === undefined ? [] : [{ run, value }]
    })
  }
  return Configurations.of(self.config, self.runs).flatMap(({ first, runs }) => {
    const values = runs.flatMap((run) => Report.metricOf(run, metric.name) ?? [])
    const averaged = Configurations.average(values, repeats.times)
    return averaged === undefined ? [] : [{ run: first, value: averaged.mean, spread: averaged.spread }]
  })
}

/** 1 for a configuration of which not all repeats have a value. */
const missing = ({ spread }: RankedRun): number => (spread !== undefined && spread.count < spread.times ? 1 : 0)

/** What a sweep compares: its runs, or with repeats the runs of each configuration that has all of them. */
const alternatives = ({ config, runs }: Report.SweepReport): ReadonlyArray<ReadonlyArray<RunRecord>> =>
  config?.repeats === undefined
    ? runs.map((run) => [run])
    : Configurations.of(config, runs).flatMap((each) => (each.runs.length === config.repeats?.times ? [each.runs] : []))

const isReached = ({ goal, target }: Metric, value: number | undefined): boolean =>
  target === undefined || (value !== undefined && (goal === "maximize" ? value >= target : value <= target))
