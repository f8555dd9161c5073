import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { isDict } from "@sweepline/core/PythonValue"
import type { RunState } from "@sweepline/core/RunState"
import * as RunStates from "@sweepline/core/RunState"
import type { RunRecord, SweepRecord } from "@sweepline/core/SweepApi"
import type { Metric } from "@sweepline/core/Metric"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Option from "effect/Option"
import * as Format from "./Format.js"

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

/** The state's text; a state that we don't know is `UNKNOWN`. */
export const stateText = (sweep: SweepRecord): string => Option.getOrElse(sweep.state, () => "UNKNOWN")
