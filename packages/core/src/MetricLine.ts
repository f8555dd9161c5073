import * as Either from "effect/Either"
import * as PythonJson from "./PythonJson.js"
import { isDict, type PythonDict, type PythonValue } from "./PythonValue.js"

/** Metrics that a run printed as a JSON object on one line of its output. */
export interface MetricLine {
  /** The row as it was printed, nested dicts kept, without `_step`. */
  readonly values: PythonDict
  /** The row's own `_step`, if it is a whole number from 0. */
  readonly step: number | undefined
}

const space = 0x20
const tab = 0x09
const brace = 0x7b

/** Whether a line that begins at `start` may hold metrics: cheap, and enough to pass over all other output. */
export const mayBegin = (bytes: Uint8Array, start: number): boolean => {
  let at = start
  while (bytes[at] === space || bytes[at] === tab) at += 1
  // Blanks up to the end of what is known: the brace may follow.
  return at >= bytes.length || bytes[at] === brace
}

// Bytes that are no UTF-8 become U+FFFD: a run's output is never a reason to fail.
const utf8 = new TextDecoder()

/**
 * Reads a line of output; `undefined` if it isn't metrics. Metrics are a JSON object, as Python's
 * `json.dumps` writes it (`NaN` and `Infinity` are numbers), in which at least one value, also of
 * a nested object, is a number that isn't W&B's own (`_step`, `_timestamp`, `_runtime`).
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
  const parsed = PythonJson.parseDict(utf8.decode(line))
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
