import * as Command from "@effect/cli/Command"
import { RunLog } from "@sweepline/core/RunLog"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Csv from "../Csv.js"
import * as Json from "../Json.js"
import * as Backend from "../Backend.js"
import * as FileOutput from "../FileOutput.js"
import * as options from "../options.js"
import { Output, whileRead } from "../Output.js"
import * as SweepJson from "../SweepJson.js"
import type * as Report from "../SweepReport.js"
import * as Sweeps from "../Sweeps.js"
import { UsageError } from "../UsageError.js"

const runsOf = (report: Report.SweepReport) => {
  const repeats = SweepJson.repeats(report)
  return Stream.map(Stream.fromIterable(report.runs), (run) => ({ ...SweepJson.run(run), ...repeats.get(run.id) }))
}

const csvOfRun = ({ config, summary, ...rest }: SweepJson.Fields): Csv.Row => [
  ...Object.entries(rest),
  ...Csv.flatten("config", config),
  ...Csv.flatten("summary", summary)
]

/** What runs logged, in one stream: to run one for each would take a hundred times as long. */
const historyOf = (
  log: RunLog["Type"],
  { runs, sweep }: Report.SweepReport,
  most: (run: string) => number = () => Number.MAX_SAFE_INTEGER
) =>
  Stream.flatMap(Stream.fromIterable(runs), (run) =>
    log.rows({ sweep: sweep.id, run: run.id }).pipe(
      Stream.take(most(run.id)),
      Stream.map(({ at, step, values }) => ({
        run: run.id,
        step,
        at: new Date(at).toISOString(),
        values: Json.dict(values)
      }))
    )
  )

const csvOfRow = ({ values, ...rest }: SweepJson.Fields): Csv.Row => [
  ...Object.entries(rest),
  ...Csv.flatten("", values)
]

/**
 * Rows as CSV. They are read twice, since the last one may bring a column, rather than kept: of a long sweep there are
 * more than fit into memory.
 */
const csvOf = <A extends SweepJson.Fields, E>(
  first: Stream.Stream<A, E>,
  again: () => Stream.Stream<A, E>,
  rowOf: (row: A) => Csv.Row
): Stream.Stream<string, E> => {
  const { header, line, see } = Csv.writer()
  return Stream.unwrap(
    Effect.map(
      Stream.runForEachChunk(first, (rows) => Effect.sync(() => Chunk.forEach(rows, (row) => see(rowOf(row))))),
      () =>
        Stream.concat(
          Stream.sync(header),
          Stream.map(again(), (row) => line(rowOf(row)))
        )
    )
  )
}

/** Lines in parts of so many, to be written one by one. */
const linesInPart = 256

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
      if (json && Option.contains(format, "csv")) {
        return yield* new UsageError({ message: "--json and --format csv say two things: give one of them." })
      }
      const report = yield* Sweeps.report(yield* Sweeps.find(Backend.sweepName(choice)))
      const kind = Option.getOrElse(format, () => (json || Option.exists(file, Json.isFileName) ? "jsonl" : "csv"))
      const log = yield* RunLog
      const read = new Map<string, number>()
      let rows = 0
      const count = <A extends { readonly run: string }>(row: A): A => {
        rows++
        read.set(row.run, (read.get(row.run) ?? 0) + 1)
        return row
      }
      const counted = Stream.map(historyOf(log, report), count)
      // Of a sweep that goes on, no row is written of which the header doesn't know.
      const again = () => {
        const runs = report.runs.filter(({ id }) => read.has(id))
        return historyOf(log, { ...report, runs }, (run) => read.get(run) ?? 0)
      }
      const lines =
        kind === "csv"
          ? history
            ? csvOf(counted, again, csvOfRow)
            : csvOf(runsOf(report), () => runsOf(report), csvOfRun)
          : Stream.map(history ? counted : runsOf(report), (row) => `${JSON.stringify(row)}\n`)
      const text = lines.pipe(
        Stream.rechunk(linesInPart),
        Stream.mapChunks((part) => Chunk.of(Chunk.toReadonlyArray(part).join("")))
      )
      if (Option.isNone(file) || file.value === "-") {
        return yield* whileRead(Stream.runForEach(text, output.write))
      }
      yield* FileOutput.write(file.value, text)
      yield* output.warn(`Wrote ${history ? rows : report.runs.length} rows to ${file.value}`)
    },
    (effect, choice) => Effect.provide(effect, Backend.layer(choice))
  )
).pipe(Command.withDescription("Write the runs of a sweep, or every row that they logged, as CSV or JSON lines."))
