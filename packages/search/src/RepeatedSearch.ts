import type { Abandonment, MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Abandoning from "./Abandoning.js"
import * as Identity from "./Identity.js"
import type { MarkedRun } from "./Marks.js"
import * as Objective from "./Objective.js"
import * as Repeats from "./Repeats.js"

/** A search: the next trial config for a history, or `undefined` where there is nothing more to suggest. */
export type Next = (history: ReadonlyArray<MarkedRun>) => TrialConfig | undefined

/** What repeating depends on. */
export type RepeatingConfig = Pick<SweepConfig, "metric" | "metrics" | "parameters" | "repeats" | "runCap">

/**
 * Runs each configuration several times, and lets a search see configurations with the means of their repeats
 * instead of runs. A repeat that failed counts as `impute` says.
 *
 * A configuration's next repeat is handed out once those before it have ended, so that one that turns out
 * clearly worse is abandoned (`Abandoning`); other workers begin new configurations meanwhile. Only where the
 * search has nothing new, or what is left of `run_cap` is needed to complete what was begun, are repeats handed
 * out side by side. The target is reached by the mean of a complete configuration.
 *
 * `tell` hears of each configuration that is abandoned, once.
 */
export const make = (config: RepeatingConfig, search: Next, tell: (abandonment: Abandonment) => void): Next => {
  const { metric, parameters, repeats, runCap } = config
  if (repeats === undefined) return search
  const group = Repeats.grouper(repeats)
  const metrics = metric === undefined ? config.metrics : [metric]
  const told = new Set<string>()
  return (history) => {
    const groups = group(history.map(({ trial }) => trial))
    const outcomes = metrics.map((each) => Objective.observe(each, history))
    const samplesOf = outcomes.map((of) => groups.map((each) => sampleOf(each, repeats.times, history, of)))
    const samples = samplesOf[0] ?? groups.map((each) => sampleOf(each, repeats.times, history, []))
    const dropped =
      repeats.abandon && metrics.length === 1 ? Abandoning.judge(samples) : new Map<number, Abandoning.Reason>()
    for (const [i, reason] of dropped) {
      const abandonment = abandonmentOf(metrics[0], groups, samples, history, i, reason)
      if (abandonment === undefined || told.has(abandonment.run)) continue
      told.add(abandonment.run)
      tell(abandonment)
    }
    const means = groups.flatMap((each, i): ReadonlyArray<PastRun> => {
      const first = history[each.runs[0] ?? 0]
      if (first === undefined) return []
      const ended = dropped.has(i) || samples[i]?.complete === true
      const hasValue = (samples[i]?.values.length ?? 0) > 0
      const metricsOf = digestsOf(
        metrics,
        samplesOf.map((of) => of[i])
      )
      const state = ended ? (hasValue ? "finished" : "failed") : "running"
      return [{ id: first.id, trial: each.trial, state, metrics: metricsOf }]
    })
    const hasReached = (run: PastRun, i: number) =>
      samples[i]?.complete === true && RunMetrics.reachesTarget({ ...config, repeats: undefined }, run.metrics)
    if (means.some(hasReached)) return undefined

    const open = [...groups.keys()].filter((i) => (groups[i]?.runs.length ?? 0) < repeats.times && !dropped.has(i))
    const again = (i: number | undefined): TrialConfig | undefined => {
      const each = i === undefined ? undefined : groups[i]
      return each && Repeats.next(repeats, parameters, each.trial, trialsOf(each, history))
    }
    const due = open.find((i) => samples[i]?.busy === false)
    if (due !== undefined) return again(due)
    const missing = open.reduce((sum, i) => sum + repeats.times - (groups[i]?.runs.length ?? 0), 0)
    if (runCap !== undefined && missing > 0 && runCap - history.length <= missing) return again(open[0])
    const trial = search(means)
    if (trial === undefined) return again(open[0])
    // What the search has suggested before, as a random one may, goes on where that has repeats left.
    const key = Identity.key(trial)
    const same = [...open, ...dropped.keys()].find((i) => Identity.key(groups[i]?.trial ?? null) === key)
    return same === undefined ? Repeats.next(repeats, parameters, trial, []) : again(same)
  }
}

// internal

const trialsOf = ({ runs }: Repeats.Configuration, history: ReadonlyArray<PastRun>): ReadonlyArray<TrialConfig> =>
  runs.map((run) => history[run]?.trial ?? new Map())

const sampleOf = (
  { runs }: Repeats.Configuration,
  times: number,
  history: ReadonlyArray<PastRun>,
  outcomes: ReadonlyArray<Objective.Outcome>
): Abandoning.Sample => {
  const values: Array<number> = []
  let ended = 0
  let sum = 0
  let counted = 0
  for (const run of runs) {
    const past = history[run]
    if (past !== undefined && Objective.isSettled(past)) ended++
    const { role, value } = outcomes[run] ?? { role: "Pending", value: Number.NaN }
    if (role === "Measured" || role === "Stopped") values.push(value)
    if (role === "Pending" || Number.isNaN(value)) continue
    sum += value
    counted++
  }
  // Where no repeat has a value of its own, what is imputed is nothing to compare.
  const mean = values.length === 0 ? Number.NaN : sum / counted
  return { values, mean, ended, complete: ended === times, busy: ended < runs.length }
}

const digestsOf = (
  metrics: ReadonlyArray<Metric>,
  samples: ReadonlyArray<Abandoning.Sample | undefined>
): ReadonlyMap<string, MetricDigest> =>
  new Map(
    metrics.flatMap((metric, k) => {
      const { ended = 0, mean = Number.NaN } = samples[k] ?? {}
      if (Number.isNaN(mean)) return []
      const value = raw(metric, mean)
      return [[metric.name, { count: Math.max(ended, 1), min: value, max: value, last: value }]]
    })
  )

const raw = (metric: Metric | undefined, value: number): number => (metric?.goal === "maximize" ? value : 0 - value)

const abandonmentOf = (
  metric: Metric | undefined,
  groups: ReadonlyArray<Repeats.Configuration>,
  samples: ReadonlyArray<Abandoning.Sample>,
  history: ReadonlyArray<PastRun>,
  i: number,
  { best, margin }: Abandoning.Reason
): Abandonment | undefined => {
  const last = history[groups[i]?.runs.at(-1) ?? -1]
  const leader = history[groups[best]?.runs[0] ?? -1]
  if (last === undefined || leader === undefined) return undefined
  const { ended = 0, mean = Number.NaN } = samples[i] ?? {}
  return {
    run: last.id,
    repeats: ended,
    mean: Number.isNaN(mean) ? undefined : raw(metric, mean),
    best: leader.id,
    bestMean: raw(metric, samples[best]?.mean ?? Number.NaN),
    margin
  }
}
