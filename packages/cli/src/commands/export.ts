import * as Command from "@effect/cli/Command"
import { RunLog } from "@sweepline/core/RunLog"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Csv from "../Csv.js"
import * as Json from "../Json.js"
import * as Backend from "../Backend.js"
import * as FileOutput from "../FileOutput.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as SweepJson from "../SweepJson.js"
import type * as Report from "../SweepReport.js"
import * as Sweeps from "../Sweeps.js"

const runsOf = (report: Report.SweepReport) => {
  const repeats = SweepJson.repeats(report)
  return report.runs.map((run) => ({ ...SweepJson.run(run), ...repeats.get(run.id) }))
}

const rowsOfRuns = (report: Report.SweepReport): ReadonlyArray<Csv.Row> =>
  runsOf(report).map(({ config, summary, ...rest }) => {
    return { ...rest, ...Csv.flatten("config", config), ...Csv.flatten("summary", summary) }
  })

const historyOf = Effect.fnUntraced(function* (report: Report.SweepReport) {
  const log = yield* RunLog
  return yield* Effect.forEach(report.runs, (run) =>
    log.rows({ sweep: report.sweep.id, run: run.id }).pipe(
      Stream.map(({ at, step, values }) => ({
        run: run.id,
        step,
        at: new Date(at).toISOString(),
        values: Json.dict(values)
      })),
      Stream.runCollect,
      Effect.map((chunk) => [...chunk])
    )
  ).pipe(Effect.map((rows) => rows.flat()))
})

/** `sweepline export`: the runs of a sweep, or all that they logged, for other programs. */
export const exportRuns = Command.make(
  "export",
  {
    sweep: options.sweep,
    ...options.place,
    format: options.format,
    json: options.exportJson,
    history: options.history,
    output: options.output
  },
  Effect.fnUntraced(
    function* ({ format, history, json, output: file, ...choice }) {
      const output = yield* Output
      const report = yield* Sweeps.report(yield* Sweeps.find(Backend.sweepName(choice)))
      const kind = Option.getOrElse(format, () => (json || Option.exists(file, Json.isFileName) ? "jsonl" : "csv"))
      const rows = history ? yield* historyOf(report) : undefined
      const text =
        kind === "csv"
          ? Csv.render(
              rows === undefined
                ? rowsOfRuns(report)
                : rows.map(({ values, ...rest }) => ({ ...rest, ...Csv.flatten("", values) }))
            )
          : (rows ?? runsOf(report)).map((row) => `${JSON.stringify(row)}\n`).join("")
      if (Option.isNone(file) || file.value === "-") return yield* output.write(text)
      yield* FileOutput.write(file.value, text)
      yield* output.warn(`Wrote ${rows === undefined ? report.runs.length : rows.length} rows to ${file.value}`)
    },
    (effect, choice) => Effect.provide(effect, Backend.layer(choice))
  )
).pipe(Command.withDescription("Write the runs of a sweep, or every row that they logged, as CSV or JSON lines."))
