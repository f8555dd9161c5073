import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import * as Hypervolume from "./Hypervolume.js"
import * as Objective from "./Objective.js"
import * as SortedFronts from "./SortedFronts.js"

/** A history as TPE sees it: the runs that it takes as good ones, and how many have told something. */
export interface Split {
  /** Their places in the history, rising. */
  readonly good: Int32Array
  /** Runs that have ended, or count as data all the same. */
  readonly told: number
  /** Those of them with values of their own. */
  readonly measured: number
}

/**
 * The best tenth of the runs that have told something, at most 25 of one objective (§9.3).
 *
 * With several objectives, a run is better that fewer fronts lie before; of those that share
 * the last front, the ones that cover more. Where too few runs have values of their own,
 * ended ones that logged something follow, the longest first. `counts` says which runs of the
 * history count. It looks anew only at runs whose state or metrics are others than last time.
 */
export const splitter = (
  metrics: ReadonlyArray<Metric>,
  counts: (index: number) => boolean
): ((history: ReadonlyArray<PastRun>) => Split) => {
  const seen: Array<Seen> = []
  const first: Array<number> = []
  const sorted = SortedFronts.make(metrics.length)
  return (history) => {
    const measured: Array<number> = []
    const cut: Array<number> = []
    let told = 0
    for (let i = 0; i < history.length; i++) {
      const run = history[i]
      if (run === undefined || !counts(i)) continue
      let known = seen[i]
      if (known === undefined || !isSame(known, run, metrics)) {
        seen[i] = known = look(run, metrics)
        first[i] = known.values[0] ?? 0
      }
      if (known.role === "Pending") continue
      told++
      if (known.role === "Measured") measured.push(i)
      else if (known.digests[0] !== undefined) cut.push(i)
    }
    const tenth = Math.ceil(told / 10)
    const size = metrics.length > 1 ? tenth : Math.min(tenth, mostGood)
    if (metrics.length > 1) sorted.update(seen.map((known) => (known?.role === "Measured" ? known.values : undefined)))
    const good =
      metrics.length > 1
        ? byFronts(sorted, size)
        : smallest(measured, size, (a, b) => (first[b] ?? 0) - (first[a] ?? 0))
    const padding = smallest(cut, size - good.length, (a, b) =>
      byLength(metrics[0], seen[a]?.digests[0], seen[b]?.digests[0])
    )
    return { good: Int32Array.from([...good, ...padding]).sort(), told, measured: measured.length }
  }
}

// internal

const mostGood = 25

/** What was known of a run, and what that says: values of which larger is better. */
interface Seen {
  readonly state: PastRun["state"]
  readonly digests: ReadonlyArray<MetricDigest | undefined>
  readonly role: Objective.Role
  readonly values: ReadonlyArray<number>
}

const isSame = ({ digests, state }: Seen, run: PastRun, metrics: ReadonlyArray<Metric>): boolean => {
  if (run.state !== state) return false
  for (let k = 0; k < metrics.length; k++) if (run.metrics.get(metrics[k]?.name ?? "") !== digests[k]) return false
  return true
}

const look = (run: PastRun, metrics: ReadonlyArray<Metric>): Seen => {
  // What is imputed ranks behind what was measured, so that no other run matters here.
  const outcomes = metrics.flatMap((metric) => Objective.observe(metric, [run]))
  const roles = outcomes.map(({ role }) => role)
  return {
    state: run.state,
    digests: metrics.map(({ name }) => run.metrics.get(name)),
    // As with Optuna, runs that were cut short rank behind all that weren't, the longest first.
    role:
      roles.includes("Pending") || roles.length === 0
        ? "Pending"
        : roles.some((role) => role !== "Measured")
          ? "Imputed"
          : "Measured",
    values: outcomes.map(({ value }) => value)
  }
}

type Compare = (a: number, b: number) => number

/** The first `count` of some runs in an order, ties by their places. */
const smallest = (runs: ReadonlyArray<number>, count: number, compare: Compare): ReadonlyArray<number> => {
  const kept: Array<number> = []
  if (count <= 0) return kept
  for (const run of runs) {
    const last = kept[count - 1]
    if (last !== undefined && compare(run, last) >= 0) continue
    let at = kept.length
    while (at > 0 && compare(run, kept[at - 1] ?? 0) < 0) at--
    kept.splice(at, 0, run)
    if (kept.length > count) kept.pop()
  }
  return kept
}

const byFronts = (sorted: SortedFronts.SortedFronts, count: number): ReadonlyArray<number> => {
  const chosen: Array<number> = []
  for (const front of sorted.fronts()) {
    if (chosen.length >= count) break
    for (const i of Hypervolume.spread(sorted.outcomes(), front, count - chosen.length)) chosen.push(i)
  }
  return chosen
}

const byLength = (
  metric: Metric | undefined,
  one: MetricDigest | undefined,
  other: MetricDigest | undefined
): number => {
  if (one === undefined || other === undefined) return 0
  if (one.count !== other.count) return other.count - one.count
  return metric?.goal === "maximize" ? other.max - one.max : one.min - other.min
}
