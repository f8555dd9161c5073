import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { isDict } from "@sweepline/core/PythonValue"
import type { RunState } from "@sweepline/core/RunState"
import * as RunStates from "@sweepline/core/RunState"
import type { RunRecord, SweepRecord } from "@sweepline/core/SweepApi"
import type { Metric } from "@sweepline/core/Metric"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Layout from "@sweepline/search/Layout"
import * as ParetoFront from "@sweepline/search/ParetoFront"
import * as Option from "effect/Option"
import * as Configurations from "./Configurations.js"
import * as Format from "./Format.js"
import type { Json } from "./Json.js"
import * as ToJson from "./Json.js"

/** A run with the value that its sweep optimises; with repeats, the first run of a configuration with the mean. */
export interface RankedRun {
  readonly run: RunRecord
  readonly value: number
  readonly spread?: Configurations.Spread | undefined
}

/** What commands tell of a sweep: read once, and everything else follows from it. */
export interface SweepReport {
  readonly sweep: SweepRecord
  /** `undefined` where a newer or other program stored a config that we can't read. */
  readonly config: SweepConfig | undefined
  readonly runs: ReadonlyArray<RunRecord>
}

/** The value at a key, or along a dotted path of nested dicts. */
export const lookUp = (dict: PythonDict, name: string): PythonValue | undefined => {
  const direct = dict.get(name)
  if (direct !== undefined) return direct
  const dot = name.indexOf(".")
  if (dot < 0) return undefined
  const inner = dict.get(name.slice(0, dot))
  return isDict(inner) ? lookUp(inner, name.slice(dot + 1)) : undefined
}

/** A run's last value of a metric, where that is a finite number. */
export const metricOf = (run: RunRecord, name: string): number | undefined => {
  const value = lookUp(run.summary, name)
  const number = typeof value === "bigint" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}

/** A run's last value of a metric for a table; empty where it has none. */
export const metricText = (run: RunRecord, name: string): string => {
  const value = lookUp(run.summary, name)
  return typeof value === "number" ? Format.float(value) : Format.value(value)
}

/** The metric that decides which run is best: the sweep's one, or the first of several. */
export const objective = (self: SweepReport): Metric | undefined => self.config?.metric ?? self.config?.metrics[0]

/** The sweep's metrics, one or several; none where it has none. */
export const metrics = ({ config }: SweepReport): ReadonlyArray<Metric> => {
  if (config === undefined) return []
  return config.metrics.length > 0 || config.metric === undefined ? config.metrics : [config.metric]
}

/** Whether runs are compared by several metrics: then none is the best, and a front is. */
export const hasFront = (self: SweepReport): boolean => metrics(self).length > 1

/** How many runs are in each state; states without runs are left out. */
export const counts = (runs: ReadonlyArray<RunRecord>): ReadonlyMap<RunState, number> => {
  const found = new Map<RunState, number>()
  for (const { state } of runs) found.set(state, (found.get(state) ?? 0) + 1)
  return new Map(
    RunStates.all.flatMap((state) => {
      const n = found.get(state)
      return n === undefined ? [] : [[state, n] as const]
    })
  )
}

/**
 * The runs that reported the metric, best first; equals in order of creation. With repeats, configurations: those
 * of which not all repeats have a value stand behind the others. None where there are several metrics.
 */
export const ranking = (self: SweepReport): ReadonlyArray<RankedRun> => {
  const metric = objective(self)
  if (metric === undefined || hasFront(self)) return []
  const sign = metric.goal === "maximize" ? -1 : 1
  return candidates(self, metric).toSorted((a, b) => missing(a) - missing(b) || sign * (a.value - b.value))
}

const candidates = (self: SweepReport, metric: Metric): ReadonlyArray<RankedRun> => {
  const repeats = self.config?.repeats
  if (repeats === undefined) {
    return self.runs.flatMap((run) => {
      const value = metricOf(run, metric.name)
      return value === undefined ? [] : [{ run, value }]
    })
  }
  return Configurations.of(self.config, self.runs).flatMap(({ first, runs }) => {
    const values = runs.flatMap((run) => metricOf(run, metric.name) ?? [])
    const averaged = Configurations.average(values, repeats.times)
    return averaged === undefined ? [] : [{ run: first, value: averaged.mean, spread: averaged.spread }]
  })
}

/** 1 for a configuration of which not all repeats have a value. */
const missing = ({ spread }: RankedRun): number => (spread !== undefined && spread.count < spread.times ? 1 : 0)

/** A run with a value of each of its sweep's objectives. */
export interface FrontRun {
  readonly run: RunRecord
  readonly values: ReadonlyArray<number>
}

/** What a sweep compares: its runs, or with repeats the runs of each configuration that has all of them. */
const alternatives = ({ config, runs }: SweepReport): ReadonlyArray<ReadonlyArray<RunRecord>> =>
  config?.repeats === undefined
    ? runs.map((run) => [run])
    : Configurations.of(config, runs).flatMap((each) => (each.runs.length === config.repeats?.times ? [each.runs] : []))

/**
 * The runs of a sweep with several objectives than which no other is better in one and as good
 * in the rest, the best of the first objective first. A run that hasn't reported all of them
 * isn't among them. With repeats, the first runs of configurations, with means.
 */
export const front = (self: SweepReport): ReadonlyArray<FrontRun> => {
  const metrics = self.config?.metrics ?? []
  const signs = metrics.map(({ goal }) => (goal === "maximize" ? 1 : -1))
  const complete = alternatives(self).flatMap((runs) => {
    const means = metrics.flatMap(({ name }) => {
      const values = runs.flatMap((run) => metricOf(run, name) ?? [])
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

/** The best run so far, in one pass; `undefined` where there are several metrics. */
export const best = (self: SweepReport): RankedRun | undefined => {
  const metric = objective(self)
  if (metric === undefined || hasFront(self)) return undefined
  if (self.config?.repeats !== undefined) return ranking(self)[0]
  let found: RankedRun | undefined
  for (const run of self.runs) {
    const value = metricOf(run, metric.name)
    if (value === undefined) continue
    if (found === undefined || (metric.goal === "maximize" ? value > found.value : value < found.value)) {
      found = { run, value }
    }
  }
  return found
}

/** Whether the best value is one that the sweep's metric was to reach; of several, one run has reached all targets. */
export const meetsTarget = (self: SweepReport): boolean => {
  const wanted = metrics(self)
  if (wanted.every(({ target }) => target === undefined)) return false
  const value = best(self)?.value
  const bests = hasFront(self) ? front(self).map(({ values }) => values) : value === undefined ? [] : [[value]]
  return bests.some((values) => wanted.every((metric, k) => isReached(metric, values[k])))
}

const isReached = ({ goal, target }: Metric, value: number | undefined): boolean =>
  target === undefined || (value !== undefined && (goal === "maximize" ? value >= target : value <= target))

/**
 * Why no finished run can be ranked, though there are some: none reported the metric, what they reported is no number,
 * or none that is finite. `undefined` where one can be, or none has finished.
 */
export const metricTrouble = (self: SweepReport): "Missing" | "NoNumber" | "NotFinite" | undefined => {
  const metric = objective(self)
  const finished = self.runs.filter(({ state }) => state === "finished")
  if (metric === undefined || finished.length === 0) return undefined
  if (finished.some((run) => metricOf(run, metric.name) !== undefined)) return undefined
  const values = finished.flatMap(({ summary }) => lookUp(summary, metric.name) ?? [])
  if (values.length === 0) return "Missing"
  return values.some((value) => typeof value === "number") ? "NotFinite" : "NoNumber"
}

/** Whether runs have finished and yet none can be called the best, nor any by several metrics. */
export const hasNoBest = (self: SweepReport): boolean =>
  hasFront(self)
    ? self.runs.some(({ state }) => state === "finished") && front(self).length === 0
    : metricTrouble(self) !== undefined

/** Names of parameters, in the config's order; nested ones are dotted. */
export const parameterNames = (self: SweepReport): ReadonlyArray<string> => {
  const names = new Set<string>()
  const walk = (dict: PythonDict, prefix: string) => {
    for (const [key, value] of dict) {
      if (isDict(value) && value.size > 0) walk(value, `${prefix}${key}.`)
      else names.add(prefix + key)
    }
  }
  for (const { trial } of self.runs.slice(0, 200)) walk(trial, "")
  return [...names]
}

/** The parameters that differ between runs first: those that a table should show. */
export const varyingParameters = (self: SweepReport): ReadonlyArray<string> => {
  const leaves = self.config === undefined ? [] : Layout.make(self.config.parameters).leaves
  return parameterNames(self).filter((name) => {
    if (name === self.config?.repeats?.over) return false
    // What lies within a value that is a dict belongs to its parameter.
    const leaf = leaves.find(({ path }) => `${name}.`.startsWith(`${path.join(".")}.`))
    return leaf === undefined || varies(leaf)
  })
}

/** A choice of a single value doesn't vary. */
const varies = ({ parameter }: Layout.Leaf): boolean =>
  parameter.distribution !== "constant" && !(parameter.distribution === "categorical" && parameter.values.length <= 1)

/** How many parameters of a config vary, nested ones each. */
export const varyingCount = (config: SweepConfig): number => Layout.make(config.parameters).leaves.filter(varies).length

/** The state's text; a state that we don't know is `UNKNOWN`. */
export const stateText = (sweep: SweepRecord): string => Option.getOrElse(sweep.state, () => "UNKNOWN")

/** A run for `--json`. */
export const runJson = (run: RunRecord): { readonly [key: string]: Json | undefined } => ({
  id: run.id,
  name: run.name,
  state: run.state,
  attempt: run.attempt,
  config: ToJson.dict(run.trial),
  summary: ToJson.dict(run.summary),
  exitCode: run.exitCode,
  createdAt: new Date(run.createdAt).toISOString(),
  startedAt: run.startedAt === undefined ? undefined : new Date(run.startedAt).toISOString(),
  endedAt: run.endedAt === undefined ? undefined : new Date(run.endedAt).toISOString(),
  stop: run.stop
})

/** The best run for `--json`, or null; null also where there are several metrics. */
export const bestJson = (self: SweepReport): Json => {
  const found = best(self)
  const metric = objective(self)
  if (found === undefined || metric === undefined) return null
  return {
    run: found.run.id,
    metric: metric.name,
    value: found.value,
    ...spreadJson(found),
    config: ToJson.dict(found.run.trial)
  }
}

/** What the repeats behind a value came to; nothing without repeats. */
export const spreadJson = ({ spread, value }: RankedRun): { readonly [key: string]: Json | undefined } =>
  spread === undefined ? {} : { mean: value, deviation: spread.deviation ?? null, repeats: spread.count }

/** To which configuration of a sweep with repeats each run belongs, named by the first run, and its number in it from 1. */
export const repeatsJson = (self: SweepReport): ReadonlyMap<string, { readonly [key: string]: Json | undefined }> =>
  new Map(
    Configurations.of(self.config, self.runs).flatMap(({ first, runs }) =>
      runs.map(({ id }, i) => [id, { configuration: first.id, repeat: i + 1 }] as const)
    )
  )

/** A sweep for `--json`, `"id"` first. */
export const sweepJson = (self: SweepReport): { readonly [key: string]: Json | undefined } => ({
  id: self.sweep.id,
  name: self.sweep.name,
  state: stateText(self.sweep),
  method: self.config?.method,
  metric: objective(self)?.name,
  goal: objective(self)?.goal,
  runCap: self.config?.runCap,
  runs: Object.fromEntries(counts(self.runs)),
  best: bestJson(self),
  seed: self.sweep.seed,
  createdAt: new Date(self.sweep.createdAt).toISOString()
})
