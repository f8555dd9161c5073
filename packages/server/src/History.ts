/** What a run logged, as clients ask for it (B.7). */
import { Documents } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunLog } from "@sweepline/core/RunLog"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Lines from "./Lines.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"

/** Which rows: those that have every key, between two steps (both included), thinned out to a number of samples. */
export interface Spec {
  readonly keys: ReadonlyArray<string>
  readonly minStep: number
  readonly maxStep: number
  readonly samples: number
}

/** Every row of a run: as its client streamed them or, without one, as they were found in its output. */
export const rows = Effect.fnUntraced(function* (run: WireRun.WireRun) {
  if (run.document.lines.history > 0 || run.sweep === undefined) return parsed(yield* lines(run, "history"))
  const log = yield* RunLog
  const logged = yield* Stream.runCollect(log.rows({ sweep: run.sweep.id, run: run.sweep.record.id }))
  return Chunk.toReadonlyArray(logged).map(
    ({ at, step, values }): PythonDict =>
      new Map<string, PythonValue>([...values, ["_step", BigInt(Math.trunc(step))], ["_timestamp", at / 1000]])
  )
})

/** Every line of a stream. */
export const lines = (run: WireRun.WireRun, stream: Lines.StreamName) =>
  Effect.flatMap(Documents, (documents) => documents.read((reader) => Lines.read(reader, WireRun.pathOf(run), stream)))

/** The last lines of a stream. */
export const tail = (run: WireRun.WireRun, stream: Lines.StreamName, count: number) =>
  Effect.flatMap(Documents, (documents) =>
    documents.read((reader) => Lines.tail(reader, WireRun.pathOf(run), stream, count))
  )

/** The rows of lines that are JSON objects. */
export const parsed = (lines: ReadonlyArray<string>): ReadonlyArray<PythonDict> =>
  lines.flatMap((line) => WireText.dict(line) ?? [])

/** The step of a row; rows without one count from the place that they have. */
export const stepOf = (row: PythonDict, place: number): number => {
  const step = row.get("_step")
  return typeof step === "bigint" || typeof step === "number" ? Number(step) : place
}

/** Reads a spec, JSON text of an object; what isn't given doesn't restrict. */
export const spec = (text: string): Spec => {
  const dict = Either.getOrElse(PythonJson.parseDict(text), (): PythonDict => new Map())
  const keys = dict.get("keys")
  const number = (name: string, otherwise: number) => {
    const value = dict.get(name)
    return typeof value === "bigint" || typeof value === "number" ? Number(value) : otherwise
  }
  return {
    keys: Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [],
    minStep: number("minStep", Number.NEGATIVE_INFINITY),
    maxStep: number("maxStep", Number.POSITIVE_INFINITY),
    samples: Math.max(0, number("samples", defaultSamples))
  }
}

/** The rows that a spec asks for, with the keys that it asks for. */
export const select = (rows: ReadonlyArray<PythonDict>, spec: Spec): ReadonlyArray<PythonDict> => {
  const matching = rows.filter((row, place) => {
    const step = stepOf(row, place)
    return step >= spec.minStep && step <= spec.maxStep && spec.keys.every((key) => valueAt(row, key) !== undefined)
  })
  const sampled = thin(matching, spec.samples)
  if (spec.keys.length === 0) return sampled
  return sampled.map((row) => new Map(spec.keys.map((key) => [key, valueAt(row, key) ?? null])))
}

/** So many of some things, evenly spread, the first and the last among them. */
export const thin = <A>(all: ReadonlyArray<A>, count: number): ReadonlyArray<A> => {
  if (all.length <= count) return all
  if (count === 1) return all.slice(-1)
  return Array.from({ length: count }, (_, n) => all[Math.round((n * (all.length - 1)) / (count - 1))]).flatMap(
    (item) => (item === undefined ? [] : [item])
  )
}

/** The step of the last row of a run that has any; -1 without. */
export const lastStep = Effect.fnUntraced(function* (run: WireRun.WireRun) {
  if (run.document.lines.history === 0) {
    const all = run.sweep === undefined ? [] : yield* rows(run)
    const last = all[all.length - 1]
    return last === undefined ? -1 : stepOf(last, all.length - 1)
  }
  const [last] = parsed(yield* tail(run, "history", 1))
  return last === undefined ? -1 : stepOf(last, run.document.lines.history - 1)
})

// internal

/** How many rows a client gets that doesn't say how many it wants. */
const defaultSamples = 500

/** A value by its name, or else by its name as a path of dots into dicts. */
const valueAt = (row: PythonDict, name: string): PythonValue | undefined => {
  const direct = row.get(name)
  const dot = name.indexOf(".")
  if (direct !== undefined || dot < 1) return direct
  const inner = row.get(name.slice(0, dot))
  return isDict(inner) ? valueAt(inner, name.slice(dot + 1)) : undefined
}
