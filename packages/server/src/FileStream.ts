/** What a run's client streams: rows, summary, output, and how the run goes on (D.4). */
import type { CommError } from "@sweepline/core/CommError"
import { Documents, type Writer } from "@sweepline/core/Documents"
import type { PythonDict } from "@sweepline/core/PythonValue"
import { RunLog, type MetricRow } from "@sweepline/core/RunLog"
import * as RunKey from "@sweepline/core/RunKey"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as History from "./History.js"
import * as Lines from "./Lines.js"
import * as RunDocument from "./RunDocument.js"
import * as RunLife from "./RunLife.js"
import * as RunRemoval from "./RunRemoval.js"
import { ownKeys } from "./UpsertBucket.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"
import { notFound } from "./WireError.js"

const Chunk = Schema.Struct({
  /** GraphQL's ints, in which the lines of a run are counted, don't go much further. */
  offset: Schema.Int.pipe(Schema.between(0, 2e9)),
  content: Schema.Array(Schema.String)
})
type Chunk = typeof Chunk.Type

/** A request. What it doesn't know it ignores: newer clients say more. */
export const Batch = Schema.Struct({
  files: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Unknown }), { nullable: true }),
  preempting: Schema.optionalWith(Schema.Boolean, { nullable: true }),
  complete: Schema.optionalWith(Schema.Boolean, { nullable: true }),
  exitcode: Schema.optionalWith(Schema.Int, { nullable: true })
})
export type Batch = typeof Batch.Type

/**
 * Takes a batch; answers whether the client should stop. A batch that comes again, since its answer was lost, changes
 * nothing: lines are replaced by themselves, and the run log counts them.
 */
export const receive = (path: Lines.RunPath, batch: Batch) =>
  Effect.ensuring(take(path, batch), Effect.ignoreLogged(RunRemoval.tidy(path)))

// internal

const take = Effect.fnUntraced(function* (path: Lines.RunPath, batch: Batch) {
  const known = yield* WireRun.find(path)
  if (known === undefined) return yield* notFound(`run ${path.entity}/${path.project}/${path.name} not found`)
  yield* RunLife.began(known, false)
  const run = (yield* WireRun.find(path)) ?? known
  yield* store(run, batch)
  if (batch.preempting === true) yield* RunLife.preempting(run)
  const now = (yield* WireRun.find(path)) ?? run
  if (batch.complete === true) yield* RunLife.ended(now, batch.exitcode)
  return { stopped: WireRun.isStopped(now) && batch.complete !== true }
})

/** The files that are lines of a stream, by the names that clients give them. */
const streams: ReadonlyMap<string, Lines.StreamName> = new Map([
  ["wandb-history.jsonl", "history"],
  ["wandb-events.jsonl", "events"],
  ["output.log", "output"]
])

const summaryFile = "wandb-summary.json"

const store = Effect.fnUntraced(function* (run: WireRun.WireRun, { files = {} }: Batch) {
  const chunks = new Map<Lines.StreamName, Chunk>()
  for (const [name, stream] of streams) {
    const chunk = files[name]
    if (chunk !== undefined) chunks.set(stream, yield* decodeChunk(chunk))
  }
  const summaryChunk = files[summaryFile]
  const summary = summaryChunk === undefined ? undefined : (yield* decodeChunk(summaryChunk)).content.at(-1)
  const history = chunks.get("history")
  const rows = history?.content.map((line) => WireText.dict(line)) ?? []
  if (history !== undefined) yield* log(run, history.offset, rows)
  const documents = yield* Documents
  const path = WireRun.pathOf(run)
  yield* documents.write((writer) => {
    const fall = history !== undefined && History.stepsFall(writer, path, history.offset, rows)
    RunDocument.set(writer, {
      ...withLines(writer, RunDocument.get(writer, path) ?? run.document, chunks),
      ...(summary === undefined ? {} : { summary }),
      ...(fall ? { stepsFall: true } : {})
    })
  })
  const dict = summary === undefined ? undefined : WireText.dict(summary)
  if (dict !== undefined) yield* RunLife.summarise(run, WireText.without(dict, ownKeys))
})

const decodeChunk = Schema.decodeUnknown(Chunk)

/** Writes lines; the document counts them. */
const withLines = (
  writer: Writer,
  document: RunDocument.RunDocument,
  chunks: ReadonlyMap<Lines.StreamName, Chunk>
): RunDocument.RunDocument => {
  const counts = { ...document.lines }
  for (const [stream, { content, offset }] of chunks) {
    Lines.write(writer, document, stream, offset, content)
    counts[stream] = Math.max(counts[stream], offset + content.length)
  }
  return { ...document, lines: counts }
}

/** Gives the rows of a sweep's run to search, early stopping and `best`: those that they don't have yet. */
const log = Effect.fnUntraced(function* (
  { sweep }: WireRun.WireRun,
  offset: number,
  lines: ReadonlyArray<PythonDict | undefined>
): Effect.fn.Return<void, CommError, RunLog> {
  if (sweep === undefined) return
  const runLog = yield* RunLog
  const key = RunKey.make(sweep.record.id, sweep.record.attempt)
  const cursor = yield* runLog.cursor({ sweep: sweep.id, key, source: "client" })
  const now = yield* Clock.currentTimeMillis
  const seen = Math.max(0, cursor.offset - offset)
  const rows = lines
    .slice(seen)
    .flatMap((row, index): ReadonlyArray<MetricRow> =>
      row === undefined ? [] : [rowOf(row, offset + seen + index, now)]
    )
  const end = offset + lines.length
  if (end > cursor.offset) yield* runLog.append({ sweep: sweep.id, key, rows, offset: end, source: "client" })
})

const rowOf = (row: PythonDict, place: number, now: number): MetricRow => {
  const seconds = WireText.finite(row.get("_timestamp"))
  // Also where only the milliseconds are too many.
  const at = seconds === undefined ? Number.NaN : seconds * 1000
  return {
    step: History.stepOf(row, place),
    at: Number.isFinite(at) ? at : now,
    values: WireText.without(row, ownKeys)
  }
}
