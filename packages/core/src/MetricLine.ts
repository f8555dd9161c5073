import * as Either from "effect/Either"
import * as PythonJson from "./PythonJson.js"
import { isDict, type PythonDict, type PythonValue } from "./PythonValue.js"

/** Metrics that a run printed as a JSON object on one line of its output, or behind a progress bar on that line. */
export interface MetricLine {
  /** The row as it was printed, nested dicts kept, without `_step`. */
  readonly values: PythonDict
  /** The row's own `_step`, if it is a whole number from 0. */
  readonly step: number | undefined
}

const space = 0x20
const tab = 0x09
const brace = 0x7b

/**
 * Whether a line that begins at `start` may hold metrics: cheap, and enough to pass over all other output. One that
 * began with a lone CR (`redrawn`) may hold them at its end: what a progress bar drew ends without a line break, and
 * what the script prints then, on whichever of its two streams, goes on behind it.
 */
export const mayBegin = (bytes: Uint8Array, start: number, redrawn: boolean): boolean => {
  if (redrawn) return true
  let at = start
  while (bytes[at] === space || bytes[at] === tab) at += 1
  // Blanks up to the end of what is known: the brace may follow.
  return at >= bytes.length || bytes[at] === brace
}

// Bytes that are no UTF-8 become U+FFFD: a run's output is never a reason to fail.
const utf8 = new TextDecoder()

/**
 * Reads a line of output that `mayBegin` let pass; `undefined` if it isn't metrics. Metrics are a JSON object, as
 * Python's `json.dumps` writes it (`NaN` and `Infinity` are numbers), in which at least one value, also of a nested
 * object, is a number that isn't W&B's own (`_step`, `_timestamp`, `_runtime`). What stands before it is a progress bar.
 *
 * @example
 * ```ts
 * import * as MetricLine from "@sweepline/core/MetricLine"
 *
 * const line = MetricLine.parse(new TextEncoder().encode('{"_step": 3, "loss": 0.25}'))
 * assert.deepStrictEqual(line, { values: new Map([["loss", 0.25]]), step: 3 })
 * ```
 */
export const parse = (line: Uint8Array): MetricLine | undefined => {
  // Most bars have nothing behind them.
  if (!line.includes(brace)) return undefined
  const parsed = PythonJson.parseDict(behindBar(utf8.decode(line)))
  if (Either.isLeft(parsed)) return undefined
  const row = parsed.right
  if (!hasMetric(row)) return undefined
  const own = row.get("_step")
  if (own === undefined) return { values: row, step: undefined }
  const values = new Map(row)
  values.delete("_step")
  return { values, step: stepOf(own) }
}

// internal

/**
 * What stands behind a progress bar; of a line without one, all of it. A bar may itself show a Python dict, which quotes
 * its names otherwise. A colon or an equals sign ends no bar: that is what a log says of a dict (`config: {"lr": 0.1}`).
 */
const behindBar = (text: string): string => {
  const start = /^[ \t]*\{/.test(text) ? 0 : text.search(/\{[ \t]*"/)
  return start > 0 && !/[:=]$/.test(text.slice(0, start).trimEnd()) ? text.slice(start) : text
}

const isNumber = (value: PythonValue): boolean => typeof value === "number" || typeof value === "bigint"

const hasMetric = (row: PythonDict): boolean => {
  for (const [name, value] of row) {
    if (isDict(value) ? hasMetric(value) : isNumber(value) && !name.startsWith("_")) return true
  }
  return false
}

const stepOf = (value: PythonValue): number | undefined => {
  const step = isNumber(value) ? Number(value) : Number.NaN
  return Number.isSafeInteger(step) && step >= 0 ? step : undefined
}
