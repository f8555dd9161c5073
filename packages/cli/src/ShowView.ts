/** What `sweepline show` prints for people: a sweep with its runs, or one run. */
import type { PythonDict } from "@sweepline/core/PythonValue"
import { isDict, isList } from "@sweepline/core/PythonValue"
import type { RunId } from "@sweepline/core/RunId"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Colors from "./Colors.js"
import * as Facts from "./Facts.js"
import * as Format from "./Format.js"
import { Output } from "./Output.js"
import * as ProgressView from "./ProgressView.js"
import * as Ranking from "./Ranking.js"
import * as RunTable from "./RunTable.js"
import * as Report from "./SweepReport.js"
import * as Text from "./Text.js"

/** How many runs of a front are shown below the others. */
const mostOfFront = 5

/**
 * A sweep with its runs and the best of them; `end` says why it ended, `bounds` what it keeps to, `note` what a
 * person should do about it, `unseen` which runs have ended though their state doesn't say so, where that is known.
 */
export const sweep = Effect.fnUntraced(function* (
  report: Report.SweepReport,
  {
    bounds = [],
    end,
    note,
    unseen = new Set()
  }: {
    readonly bounds?: ReadonlyArray<string>
    readonly end?: string | undefined
    readonly note?: string | undefined
    readonly unseen?: ReadonlySet<RunId>
  } = {}
) {
  const output = yield* Output
  const { colors } = output
  const columns = yield* output.columns
  const now = yield* Clock.currentTimeMillis
  const state = report.sweep.state
  const counts = [
    ...Array.from(Report.counts(report.runs.filter(({ id }) => !unseen.has(id))), ([name, n]) =>
      Colors.runState(colors, name, `${n} ${name}`)
    ),
    ...(unseen.size === 0 ? [] : [`${unseen.size} ended`])
  ]
  yield* output.print(
    ProgressView.title(report, undefined, colors),
    `${state._tag === "Some" ? Colors.sweepState(colors, state.value) : "UNKNOWN"}${
      end === undefined ? "" : `: ${end}`
    } · ${counts.join(" · ") || "no runs yet"} · created ${Format.ago(now - report.sweep.createdAt)}`
  )
  if (note !== undefined) yield* output.print(colors.yellow(note))
  if (bounds.length > 0) yield* output.print(colors.dim(bounds.join(" · ")))
  if (report.runs.length > 0) {
    // As one text: a call takes no more than some hundred thousand arguments.
    yield* output.print("", RunTable.all(report, report.runs, now, { columns, colors }, unseen).join("\n"))
  }
  const front = RunTable.frontTold(report, { columns, colors }, mostOfFront)
  const best = Ranking.best(report)
  if (front.length > 0) yield* output.print("", ...front)
  else if (best !== undefined) {
    yield* output.print("", ...RunTable.ranked(report, [best], { columns, colors }))
  } else if (Ranking.hasNoBest(report)) yield* output.print("", ...RunTable.noMetric(report))
})

/**
 * One run: `facts` are what only its own machine knows of it, `unseen` is true of one that has ended though its state
 * doesn't say so, `last` says where to read on.
 */
export const run = Effect.fnUntraced(function* (
  report: Report.SweepReport,
  run: RunRecord,
  {
    facts: more = [],
    last,
    unseen = false
  }: { readonly facts?: ReadonlyArray<Facts.Fact>; readonly last?: string; readonly unseen?: boolean } = {}
) {
  const output = yield* Output
  const { colors } = output
  const now = yield* Clock.currentTimeMillis
  const facts: ReadonlyArray<Facts.Fact> = [
    [
      "state",
      unseen
        ? `ended; how, is seen on: sweepline resume ${report.sweep.id}`
        : Colors.runState(colors, run.state) +
          (run.exitCode === undefined ? "" : `, exit code ${Format.exitCode(run.exitCode)}`)
    ],
    ["sweep", `${report.sweep.id} ${colors.dim(Text.oneLine(report.sweep.name))}`],
    ["attempt", String(run.attempt)],
    ["time", unseen ? "" : RunTable.elapsed(run, now)],
    ["stopped", run.stop ?? ""],
    ...more
  ]
  const columns = yield* output.columns
  const dict = (title: string, values: PythonDict, { clipped }: { readonly clipped: boolean }) => {
    const entries = [...values].map(([name, value]) => [Text.oneLine(name), value] as const)
    const width = Text.widest(entries.map(([name]) => name))
    const lines = entries.map(([name, value]) => {
      const line = `  ${Text.pad(name, width)}  ${Text.oneLine(Format.value(value))}`
      return clipped && (isList(value) || isDict(value)) ? Text.clip(line, columns) : line
    })
    return lines.length === 0 ? [] : ["", colors.dim(title), ...lines]
  }
  yield* output.print(
    `${colors.bold(run.id)}${run.name === run.id ? "" : ` ${Text.oneLine(run.name)}`}`,
    ...Facts.lines(facts, colors),
    ...dict("config", run.trial, { clipped: false }),
    // A histogram alone would fill the terminal.
    ...dict("summary", run.summary, { clipped: true }),
    ...(last === undefined ? [] : ["", colors.dim(last)])
  )
})
