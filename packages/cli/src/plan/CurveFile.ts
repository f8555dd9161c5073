import type { Recording } from "@sweepline/simulation/Recordings"
import type { Row } from "@sweepline/simulation/MetricModel"
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import * as Csv from "../Csv.js"

/**
 * Reads what `sweepline export --history` writes, as CSV or JSON lines, into a recording for each run: rows with
 * `run`, `at` (a date) or `seconds` (since the run's start), and whatever they logged, in any order. A run takes until
 * its last row. `Left` is a sentence.
 */
export const parse = (text: string): Either.Either<Arr.NonEmptyReadonlyArray<Recording>, string> => {
  const lines = text.trimStart().startsWith("{") ? jsonLines(text) : Either.right(csvLines(text))
  return Either.flatMap(lines, (rows) => {
    const runs = new Map<string, Array<Line>>()
    for (const [index, row] of rows.entries()) {
      const line = lineOf(row)
      if (typeof line === "string") return Either.left(`row ${index + 1} ${line}`)
      const known = runs.get(line.run)
      if (known === undefined) runs.set(line.run, [line])
      else known.push(line)
    }
    const recordings = [...runs.values()].flatMap(recordingOf)
    return Arr.isNonEmptyReadonlyArray(recordings)
      ? Either.right(recordings)
      : Either.left("it holds no run of at least some length")
  })
}

// internal

interface Line {
  readonly run: string
  /** Seconds since the run's start, or milliseconds since 1970. */
  readonly time: { readonly seconds: number } | { readonly at: number }
  readonly row: Row
}

type Fields = Readonly<Record<string, unknown>>

const JsonLine = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
const decodeLine = Schema.decodeOption(JsonLine)

const jsonLines = (text: string): Either.Either<ReadonlyArray<Fields>, string> => {
  const rows: Array<Fields> = []
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    const row = decodeLine(line)
    if (Option.isNone(row)) return Either.left(`line ${index + 1} is no JSON object`)
    const { values, ...rest } = row.value
    rows.push(typeof values === "object" && values !== null ? { ...values, ...rest } : rest)
  }
  return Either.right(rows)
}

const csvLines = (text: string): ReadonlyArray<Fields> => {
  const [header = [], ...rows] = Csv.parse(text)
  return rows.map((cells) =>
    Object.fromEntries(
      header.map((name, index) => {
        const cell = cells[index] ?? ""
        // Ids may look like numbers: two as long as 1e555555 would be the same one.
        return [name, name === "run" && cell !== "" ? cell : scalar(cell)]
      })
    )
  )
}

const scalar = (text: string): number | string | null => {
  if (text === "") return null
  const value = Number(text)
  return Number.isNaN(value) ? text : value
}

const lineOf = ({ at, run, seconds, step, ...values }: Fields): Line | string => {
  const time = readTime(seconds, at)
  if (time === undefined) return `has neither "seconds", a number, nor "at", a date`
  const row: Record<string, Row[string]> = typeof step === "number" ? { _step: step } : {}
  for (const [name, value] of Object.entries(values)) {
    if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
      if (value !== null) row[name] = value
    }
  }
  return { run: String(run ?? "1"), time, row }
}

const readTime = (seconds: unknown, at: unknown): Line["time"] | undefined => {
  if (typeof seconds === "number" && seconds >= 0 && Number.isFinite(seconds)) return { seconds }
  const date = typeof at === "string" ? Date.parse(at) : Number.NaN
  return Number.isNaN(date) ? undefined : { at: date }
}

/** What orders the rows of a run. */
const timeOf = ({ time }: Line): number => ("seconds" in time ? time.seconds : time.at)

const recordingOf = (unordered: ReadonlyArray<Line>): ReadonlyArray<Recording> => {
  const lines = Arr.sortWith(unordered, timeOf, Order.number)
  const times = millisOf(lines)
  const durationMs = times.at(-1) ?? 0
  if (durationMs === 0) return []
  return [
    {
      trial: undefined,
      durationMs,
      waitMs: undefined,
      state: "finished",
      exitCode: 0,
      attempts: 1,
      rows: lines.map(({ row }, index) => ({ part: (times[index] ?? 0) / durationMs, row }))
    }
  ]
}

/**
 * Milliseconds since the run's start, of rows in their order. Of dates, the start is taken to lie as long before the first
 * as rows lie apart.
 */
const millisOf = (lines: ReadonlyArray<Line>): ReadonlyArray<number> => {
  const first = lines[0]?.time
  const last = lines.at(-1)?.time
  const from = first !== undefined && "at" in first ? first.at : 0
  const until = last !== undefined && "at" in last ? last.at : from
  const apart = lines.length > 1 ? (until - from) / (lines.length - 1) : 0
  return lines.map(({ time }) => ("seconds" in time ? time.seconds * 1000 : time.at - from + apart))
}
