/** What is known of a run's metrics, and whether it reaches what ends its sweep. */
import type { Metric } from "./Metric.js"
import type { PythonDict } from "./PythonValue.js"
import { isDict } from "./PythonValue.js"
import type { MetricDigest } from "./Search.js"
import type { SweepConfig } from "./SweepConfig.js"

/** Merges a run's summary: each key's newest value, in the order in which the keys were first seen. */
export const mergeSummary = (summary: PythonDict, newer: PythonDict): PythonDict =>
  newer.size === 0 ? summary : new Map([...summary, ...newer])

/**
 * The value of a metric in a row or a summary: under its own name, or else under its name as a path of
 * dots into dicts. `undefined` where there is no number.
 */
export const metricValue = (values: PythonDict, name: string): number | undefined => {
  const direct = values.get(name)
  const dot = name.indexOf(".")
  if (direct === undefined && dot > 0) {
    const inner = values.get(name.slice(0, dot))
    return isDict(inner) ? metricValue(inner, name.slice(dot + 1)) : undefined
  }
  return typeof direct === "bigint" ? Number(direct) : typeof direct === "number" ? direct : undefined
}

/** Adds a value to a metric's digest. Values that aren't finite numbers are not counted. */
export const digested = (digest: MetricDigest | undefined, value: number): MetricDigest | undefined => {
  if (!Number.isFinite(value)) return digest
  if (digest === undefined) return { count: 1, min: value, max: value, last: value }
  return {
    count: digest.count + 1,
    min: Math.min(digest.min, value),
    max: Math.max(digest.max, value),
    last: value
  }
}

/** What a sweep optimises, as far as its end depends on it. */
export type Objectives = Pick<SweepConfig, "metric" | "metrics" | "repeats">

/** Whether a run can reach what ends the sweep. */
export const hasTarget = (self: Objectives): boolean => objectives(self).some(({ target }) => target !== undefined)

/**
 * Whether a run has reached the target that ends the sweep: at or below it where the goal is to minimise, at
 * or above it otherwise; with several metrics, all targets that there are. With `repeats` no single run does:
 * the search ends the sweep by the mean.
 */
export const reachesTarget = (self: Objectives, digests: ReadonlyMap<string, MetricDigest>): boolean =>
  self.repeats === undefined &&
  hasTarget(self) &&
  objectives(self).every(({ goal, name, target }) => {
    if (target === undefined) return true
    const digest = digests.get(name)
    return digest !== undefined && (goal === "minimize" ? digest.min <= target : digest.max >= target)
  })

/** The names of a sweep's metrics, for which digests are kept. */
export const namesOf = ({ metric, metrics }: Pick<SweepConfig, "metric" | "metrics">): ReadonlyArray<string> => [
  ...new Set((metric === undefined ? metrics : [metric, ...metrics]).map(({ name }) => name))
]

// internal

const objectives = ({ metric, metrics }: Objectives): ReadonlyArray<Metric> =>
  metric === undefined ? metrics : [metric]
