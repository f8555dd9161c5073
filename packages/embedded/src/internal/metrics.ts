/** What logged values make of a run's summary and digests, and of its sweep. */
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import type { RunId } from "@sweepline/core/RunId"
import type { MetricRow } from "@sweepline/core/RunLog"
import type { MetricDigest } from "@sweepline/core/Search"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { Transaction } from "../Database.js"
import type { Notices } from "../Notices.js"
import type { KnownSweep } from "../SweepCache.js"
import { optionalText, text } from "./connection.js"
import { dictOf, digestsOf, digestsText } from "./runRows.js"

/** Takes rows into a run's summary and digests. */
export const addRows = (
  db: Transaction,
  notices: Notices["Type"],
  sweep: KnownSweep,
  run: RunId,
  rows: ReadonlyArray<MetricRow>
): void =>
  change(
    db,
    sweep,
    run,
    () => notices.countChange(db, sweep.id),
    (summary, digests) => {
      for (const { values } of rows) {
        for (const [key, value] of values) summary.set(key, value)
        for (const name of sweep.metricNames) digest(digests, name, values)
      }
    }
  )

/** Merges a reported summary. A metric that no row ever told counts with its value there. */
export const addSummary = (db: Transaction, sweep: KnownSweep, run: RunId, reported: PythonDict): void => {
  if (reported.size === 0) return
  // the report that brings it counts as the change
  change(db, sweep, run, undefined, (summary, digests) => {
    for (const [key, value] of reported) summary.set(key, value)
    for (const name of sweep.metricNames) if (!digests.has(name)) digest(digests, name, reported)
  })
}

// internal

const selectMetrics = "SELECT summary, digests FROM runs WHERE id = ?"
const updateMetrics = "UPDATE runs SET summary = ?, digests = ?, revision = coalesce(?, revision) WHERE id = ?"
const reachTarget = "UPDATE sweeps SET target_reached = 1 WHERE id = ?"

const change = (
  db: Transaction,
  { config, id }: KnownSweep,
  run: RunId,
  count: (() => number) | undefined,
  use: (summary: Map<string, PythonValue>, digests: Map<string, MetricDigest>) => void
): void => {
  const row = db.get(selectMetrics, [run])
  if (row === undefined) return
  const summary = new Map(dictOf(text(row, 0)))
  const digests = new Map(digestsOf(optionalText(row, 1)))
  use(summary, digests)
  db.run(updateMetrics, [PythonJson.stringify(summary), digestsText(digests), count?.(), run])
  if (RunMetrics.reachesTarget(config, digests)) db.run(reachTarget, [id])
}

const digest = (digests: Map<string, MetricDigest>, name: string, values: PythonDict): void => {
  const value = RunMetrics.metricValue(values, name)
  const next = value === undefined ? undefined : RunMetrics.digested(digests.get(name), value)
  if (next !== undefined) digests.set(name, next)
}
