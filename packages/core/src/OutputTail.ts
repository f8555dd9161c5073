import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CommError } from "./CommError.js"
import type { Executor, JobHandle } from "./Executor.js"
import type { ExecutorError } from "./ExecutorError.js"
import * as turns from "./internal/turns.js"
import * as MetricLine from "./MetricLine.js"
import * as OutputLines from "./OutputLines.js"
import type { PythonDict, PythonValue } from "./PythonValue.js"
import type { MetricRow, RunLog } from "./RunLog.js"
import type { SweepId } from "./SweepId.js"

/**
 * Follows a job's output and stores the metrics in it. What was stored, and up to which byte, goes into one
 * transaction of `RunLog`, so that a tail that starts again neither loses nor repeats a row.
 */
export interface OutputTail {
  /** Reads what is new. After a failure, call it again: nothing was lost. */
  readonly advance: Effect.Effect<void, CommError | ExecutorError>
  /** The job has ended: reads all that is left; a last line without line break counts. */
  readonly finish: Effect.Effect<void, CommError | ExecutorError>
  /** Up to which byte of the output this tail has read. */
  readonly position: () => number
  /** The last value of each metric that this tail has read. */
  readonly summary: () => PythonDict
  /** The last lines that were printed, for a person: at most 20 lines and 4 KiB. */
  readonly lastLines: Effect.Effect<string, ExecutorError>
}

/** What is followed. */
export interface Options {
  readonly handle: JobHandle
  readonly sweep: SweepId
  /** The longest line that is read, in bytes. */
  readonly lineLimit: number
  /** Told once, when a line was longer. */
  readonly onSkipped: Effect.Effect<void>
}

/** Follows a job's output from where an earlier tail has stored it. */
export const make = (executor: Executor["Type"], runLog: RunLog["Type"], options: Options): OutputTail => {
  const { handle, sweep } = options
  // One reader at a time: what is read at intervals, and the rest at the end.
  const reading = turns.make()
  const summary = new Map<string, PythonValue>()
  let position = 0
  let nextStep = 0
  /** Missing until there is output: most short runs print nothing, and cost no look at the log. */
  let lines: OutputLines.OutputLines | undefined
  let unstored: { readonly rows: Array<MetricRow>; readonly offset: number } | undefined
  /** Whether a line was longer than the limit: the person is told of the first. */
  let skipped: "never" | "untold" | "told" = "never"

  const toRows = (cut: OutputLines.Cut, at: number): Array<MetricRow> => {
    const rows: Array<MetricRow> = []
    for (const line of cut.lines) {
      const metrics = MetricLine.parse(line)
      if (metrics === undefined) continue
      const step = metrics.step ?? nextStep
      nextStep = Math.max(nextStep, step + 1)
      rows.push({ step, at, values: metrics.values })
      for (const [name, value] of metrics.values) summary.set(name, value)
    }
    return rows
  }

  const store = Effect.suspend(() =>
    unstored === undefined
      ? Effect.void
      : Effect.tap(runLog.append({ sweep, key: handle.key, ...unstored }), () =>
          Effect.sync(() => {
            unstored = undefined
          })
        )
  )

  /**
   * Holds the metrics of a cut until they are stored, in the very step that cuts, so that nothing gets lost in between.
   * Output without any moves no offset: to read it again is cheaper than to write.
   */
  const hold = (from: OutputLines.OutputLines, cut: OutputLines.Cut, at: number): void => {
    const rows = toRows(cut, at)
    if (rows.length > 0) unstored = { rows, offset: from.consumed() }
    if (cut.skipped > 0 && skipped === "never") skipped = "untold"
  }

  const tellSkipped = Effect.suspend(() => {
    skipped = "told"
    return options.onSkipped
  })

  /** Stores what is held, and tells what is to be told of it. */
  const settle = Effect.suspend(() => (skipped === "untold" ? Effect.zipRight(store, tellSkipped) : store))

  const open = Effect.fnUntraced(function* () {
    const cursor = yield* runLog.cursor({ sweep, key: handle.key })
    nextStep = cursor.nextStep
    position = cursor.offset
    return OutputLines.make({ limit: options.lineLimit, wants: MetricLine.mayBegin, offset: position })
  })

  /** Reads chunks until there is nothing more, or, where the job runs, until its turn is over. */
  const read = Effect.fnUntraced(function* (chunks: number) {
    yield* store
    for (let n = 0; n < chunks; n++) {
      const bytes = yield* executor.output(handle, position, chunkSize)
      if (bytes.length === 0) return
      if (lines === undefined) {
        lines = yield* open()
        if (position > 0) continue
      }
      const now = yield* Clock.currentTimeMillis
      position += bytes.length
      hold(lines, lines.push(bytes), now)
      yield* settle
    }
  })

  const finish = Effect.gen(function* () {
    yield* read(Number.POSITIVE_INFINITY)
    if (lines === undefined) return
    const now = yield* Clock.currentTimeMillis
    hold(lines, lines.end(), now)
    yield* settle
  })

  const lastLines = Effect.gen(function* () {
    const from = Math.max(0, position - excerptSize)
    const text = utf8.decode(yield* executor.output(handle, from, excerptSize))
    const printed = text.trimEnd().split("\n")
    // The first line of an excerpt from the middle isn't whole.
    return printed
      .slice(from > 0 && printed.length > 1 ? 1 : 0)
      .slice(-excerptLines)
      .join("\n")
  })

  return {
    advance: reading.take(read(chunksPerTurn)),
    finish: reading.take(finish),
    position: () => position,
    summary: () => summary,
    lastLines
  }
}

// internal

const utf8 = new TextDecoder()
const chunkSize = 256 * 1024
/** So that a run that prints without end doesn't keep the others from being read. */
const chunksPerTurn = 64
const excerptSize = 4096
const excerptLines = 20
