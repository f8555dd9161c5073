import type { Metric } from "@sweepline/core/Metric"
import { isDict, type PythonDict } from "@sweepline/core/PythonValue"
import { metricValue } from "@sweepline/core/RunMetrics"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Colors from "./Colors.js"
import * as Format from "./Format.js"
import * as Ranking from "./Ranking.js"
import * as SweepParameters from "./SweepParameters.js"
import * as Report from "./SweepReport.js"
import * as Table from "./Table.js"
import * as Text from "./Text.js"

interface Look {
  readonly columns: number
  readonly colors: Colors.Colors
}

const parameterCell = (run: RunRecord, name: string) => Text.oneLine(Format.value(Report.lookUp(run.trial, name)))

const parameterColumns = (names: ReadonlyArray<string>): ReadonlyArray<Table.Column> =>
  names.map((title) => ({ title, align: "right", optional: true }) as const)

/** How long a run took, or has taken so far. */
export const elapsed = (run: RunRecord, now: number): string =>
  run.startedAt === undefined ? "" : Format.clock((run.endedAt ?? now) - run.startedAt)

/** The best runs, first one first, with what they were run with. */
export const ranked = (
  report: Report.SweepReport,
  ranking: ReadonlyArray<Ranking.RankedRun>,
  { colors, columns }: Look
): ReadonlyArray<string> => {
  const metric = Report.objective(report)
  const names = SweepParameters.varying(report)
  const repeated = report.config?.repeats !== undefined
  const rows = ranking.map(({ run, spread, value }, index) => [
    colors.dim(String(index + 1)),
    index === 0 ? colors.bold(run.id) : run.id,
    (index === 0 ? colors.bold(colors.green(Format.float(value))) : Format.float(value)) +
      (spread?.deviation === undefined ? "" : ` ± ${Format.float(spread.deviation)}`),
    ...(repeated ? [`${spread?.count ?? 0} of ${spread?.times ?? 0}`] : []),
    ...names.map((name) => parameterCell(run, name))
  ])
  return Table.render(
    [
      { title: "#", align: "right" },
      { title: "RUN" },
      { title: metric?.name ?? "", align: "right" },
      ...(repeated ? [{ title: "REPEATS", align: "right" } as const] : []),
      ...parameterColumns(names)
    ],
    rows,
    { columns, colors }
  )
}

/** The runs of a front, with the values of all objectives and what they were run with. */
export const front = (
  report: Report.SweepReport,
  runs: ReadonlyArray<Ranking.FrontRun>,
  { colors, columns }: Look
): ReadonlyArray<string> => {
  const metrics = report.config?.metrics ?? []
  const names = SweepParameters.varying(report)
  const rows = runs.map(({ run, values }) => [
    run.id,
    ...values.map(Format.float),
    ...names.map((name) => parameterCell(run, name))
  ])
  return Table.render(
    [
      { title: "RUN" },
      ...metrics.map(({ name }) => ({ title: name, align: "right" }) as const),
      ...parameterColumns(names)
    ],
    rows,
    { columns, colors }
  )
}

/** The same with what it means, at most so many of its runs; empty where no run has reported all metrics. */
export const frontTold = (
  report: Report.SweepReport,
  look: Look,
  most: number = Number.POSITIVE_INFINITY
): ReadonlyArray<string> => {
  const runs = Ranking.front(report)
  if (runs.length === 0) return []
  const more = runs.length - Math.min(most, runs.length)
  return [
    ...front(report, runs.slice(0, most), look),
    "",
    `No other run is better in one of ${metricNames(report)} without being worse in another.${
      more > 0 ? ` ${Text.count(more, "more such run")} ${more === 1 ? "is" : "are"} not shown.` : ""
    }`
  ]
}

/** The names of a sweep's several metrics, for a sentence. */
const metricNames = (report: Report.SweepReport): string =>
  report.config?.metrics.map(({ name }) => Text.oneLine(name)).join(" and ") ?? ""

/** Other metrics that runs report, for a sweep without a metric of its own. */
const otherMetrics = (report: Report.SweepReport): ReadonlyArray<string> => {
  const names = new Set<string>()
  for (const { summary } of report.runs.slice(0, 100)) {
    for (const name of summary.keys()) if (!name.startsWith("_")) names.add(name)
  }
  return [...names].slice(0, 3)
}

/**
 * Runs in order of creation: state, time, metric, parameters. Of those of `unseen` it is known that they have ended, and
 * neither how nor when.
 */
export const all = (
  report: Report.SweepReport,
  runs: ReadonlyArray<RunRecord>,
  now: number,
  { colors, columns }: Look,
  unseen: ReadonlySet<RunRecord["id"]> = new Set()
): ReadonlyArray<string> => {
  const metric = Report.objective(report)
  const shown = metric === undefined ? otherMetrics(report) : [metric.name]
  const names = SweepParameters.varying(report)
  const rows = runs.map((run) => [
    run.id,
    (unseen.has(run.id) ? "ended" : Colors.runState(colors, run.state)) +
      (run.attempt > 1 ? colors.dim(` (attempt ${run.attempt})`) : ""),
    unseen.has(run.id) ? "" : elapsed(run, now),
    ...shown.map((name) => Text.oneLine(Report.metricText(run, name))),
    ...names.map((name) => parameterCell(run, name))
  ])
  return Table.render(
    [
      { title: "RUN" },
      { title: "STATE" },
      { title: "TIME", align: "right" },
      ...shown.map((title) => ({ title, align: "right" }) as const),
      ...parameterColumns(names)
    ],
    rows,
    { columns, colors }
  )
}

/** What to do where no run can be called the best: none finished yet, or none reported the metric, or all, as it should. */
export const noMetric = (report: Report.SweepReport): ReadonlyArray<string> => {
  if (Report.hasFront(report)) return noFront(report)
  const metric = Report.objective(report)
  if (metric === undefined) return []
  const name = Text.oneLine(metric.name)
  switch (Ranking.metricTrouble(report)) {
    case undefined:
      return [`No run of sweep ${report.sweep.id} has reported "${name}" yet.`]
    case "Missing":
      return [
        `No finished run reported the metric "${name}"${instead(report)}, so there is no best run.`,
        `Let the script print such a line at least once, as JSON and with nothing else on it: ${sample(metric)}`
      ]
    case "NoNumber": {
      const numberWithin = within(report, metric)
      return [
        `No finished run reported "${name}" as a number${example(report, metric)}, so there is no best run.`,
        numberWithin === undefined
          ? `Let the script print such a line at least once, as JSON and with nothing else on it: ${sample(metric)}`
          : `One is within it: name the metric ${numberWithin} in the config.`
      ]
    }
    case "NotFinite":
      return [`No finished run reported a finite "${name}"${example(report, metric)}, so there is no best run.`]
  }
}

const noFront = (report: Report.SweepReport): ReadonlyArray<string> => [
  `No run of sweep ${report.sweep.id} has reported all of ${metricNames(report)} yet.`,
  ...(Ranking.hasNoBest(report)
    ? [
        `Let the script print such a line at least once, as JSON and with nothing else on it: ${sample(...Report.metrics(report))}`
      ]
    : [])
]

/** The same in one line, while the sweep goes on; `undefined` where nothing is missing, or a later run may do better. */
export const noMetricYet = (report: Report.SweepReport): string | undefined => {
  const metric = Report.objective(report)
  const trouble = Ranking.metricTrouble(report)
  if (metric === undefined || trouble === undefined || trouble === "NotFinite") return undefined
  const name = Text.oneLine(metric.name)
  const print = `let the script print ${sample(metric)} on a line of its own`
  if (trouble === "Missing") return `No run reported "${name}"${instead(report)}: ${print}`
  const numberWithin = within(report, metric)
  const advice = numberWithin === undefined ? print : `name the metric ${numberWithin} in the config`
  return `No run reported "${name}" as a number${example(report, metric)}: ${advice}`
}

/** A line in which a script reports metrics. */
const sample = (...metrics: ReadonlyArray<Metric>): string =>
  `{${metrics.map(({ name }) => `${Text.oneLine(JSON.stringify(name))}: 0.9`).join(", ")}}`

/** The summary of the last finished run that reported something under the metric's name. */
const reported = (report: Report.SweepReport, { name }: Metric): PythonDict | undefined =>
  report.runs.findLast(({ state, summary }) => state === "finished" && Report.lookUp(summary, name) !== undefined)
    ?.summary

/** A name for a number in the dict that was reported instead, as by `define_metric(…, summary="min")` of W&B's SDK. */
const within = (report: Report.SweepReport, metric: Metric): string | undefined => {
  const summary = reported(report, metric)
  const value = summary && Report.lookUp(summary, metric.name)
  if (summary === undefined || !isDict(value)) return undefined
  const name = Array.from(value.keys(), (key) => `${metric.name}.${key}`).find(
    (each) => metricValue(summary, each) !== undefined
  )
  return name === undefined ? undefined : `"${Text.oneLine(name)}"`
}

/** What the last finished run reported instead of a finite number. */
const example = (report: Report.SweepReport, metric: Metric): string => {
  const summary = reported(report, metric)
  const value = summary && Report.lookUp(summary, metric.name)
  const text = Format.value(value)
  return ` (but ${typeof value === "string" ? `the text "${Text.clip(Text.oneLine(text), 40)}"` : Text.clip(Text.oneLine(text), 40)})`
}

const instead = (report: Report.SweepReport): string => {
  const others = otherMetrics(report)
  return others.length > 0 ? ` (they reported ${others.map(Text.oneLine).join(", ")})` : ""
}
