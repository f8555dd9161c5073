/** Sweeps and runs as `--json` has them. */
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Configurations from "./Configurations.js"
import type { Json } from "./Json.js"
import * as ToJson from "./Json.js"
import * as Ranking from "./Ranking.js"
import * as Report from "./SweepReport.js"
import * as SweepTotal from "./SweepTotal.js"

/** What an object of `--json` has. */
export type Fields = { readonly [key: string]: Json | undefined }

/** A sweep for `--json`, `"id"` first. */
export const sweep = (self: Report.SweepReport): Fields => ({
  id: self.sweep.id,
  name: self.sweep.name,
  state: Report.stateText(self.sweep),
  method: self.config?.method,
  metric: Report.objective(self)?.name,
  goal: Report.objective(self)?.goal,
  runCap: self.config?.runCap,
  total: self.config === undefined ? undefined : SweepTotal.of(self.config),
  runs: Object.fromEntries(Report.counts(self.runs)),
  best: best(self),
  seed: self.sweep.seed,
  createdAt: new Date(self.sweep.createdAt).toISOString()
})

/** The best run for `--json`, or null; null also where there are several metrics. */
export const best = (self: Report.SweepReport): Json => {
  const found = Ranking.best(self)
  const metric = Report.objective(self)
  if (found === undefined || metric === undefined) return null
  return {
    run: found.run.id,
    metric: metric.name,
    value: found.value,
    ...spread(found),
    config: ToJson.dict(found.run.trial)
  }
}

/** A run for `--json`. */
export const run = (run: RunRecord): Fields => ({
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

/** What the repeats behind a value came to; nothing without repeats. */
export const spread = ({ spread, value }: Ranking.RankedRun): Fields =>
  spread === undefined ? {} : { mean: value, deviation: spread.deviation ?? null, repeats: spread.count }

/** To which configuration of a sweep with repeats each run belongs, named by the first run, and its number in it from 1. */
export const repeats = (self: Report.SweepReport): ReadonlyMap<string, Fields> =>
  new Map(
    Configurations.of(self.config, self.runs).flatMap(({ first, runs }) =>
      runs.map(({ id }, i) => [id, { configuration: first.id, repeat: i + 1 }] as const)
    )
  )
