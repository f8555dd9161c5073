/** What a run logged, as clients ask for it (B.7). */
import { Documents, type Reader } from "@sweepline/core/Documents"
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

/**
 * The rows that specs ask for, one list for each. Most clients log in the order of steps, so the lines of some steps are
 * found without reading the others: a history is read page by page, and each page would cost the whole of it.
 */
export const selections = Effect.fnUntraced(function* (run: WireRun.WireRun, specs: ReadonlyArray<Spec>) {
  const minStep = Math.min(...specs.map((spec) => spec.minStep))
  const maxStep = Math.max(...specs.map((spec) => spec.maxStep))
  const count = run.document.lines.history
  const everything = minStep === Number.NEGATIVE_INFINITY && specs.every(({ keys }) => keys.length === 0)
  if (count > 0 && everything && maxStep === Number.POSITIVE_INFINITY) {
    return yield* Effect.forEach(specs, ({ samples }) => sampled(run, "history", samples))
  }
  if (count === 0 || run.document.stepsFall === true || (minStep <= 0 && maxStep >= count)) {
    const all = yield* rows(run)
    return specs.map((spec) => select(all, spec))
  }
  const documents = yield* Documents
  const path = WireRun.pathOf(run)
  const [first, some] = yield* documents.read((reader) => {
    const begin = firstLine(reader, path, count, minStep)
    const found: Array<PythonDict> = []
    for (let next = begin; next < count;) {
      const lines = Lines.numbered(reader, path, "history", next, chunk)
      const end = lines.at(-1)
      if (end === undefined) break
      for (const row of parsed(lines.map(([, line]) => line))) found.push(row)
      const last = found.at(-1)
      if (last !== undefined && stepOf(last, next) > maxStep) break
      next = end[0] + 1
    }
    return [begin, found] as const
  })
  return specs.map((spec) => select(some, spec, first))
})

/** So many rows of a stream, evenly spread. Where these are few of them, the lines of the others aren't read. */
export const sampled = (run: WireRun.WireRun, stream: Lines.StreamName, samples: number) =>
  Effect.flatMap(Documents, (documents) =>
    documents.read((reader) => {
      const path = WireRun.pathOf(run)
      const count = run.document.lines[stream]
      if (samples * worthReading >= count) return thin(parsed(Lines.read(reader, path, stream)), samples)
      const found = places(count, samples).flatMap((place) => Lines.numbered(reader, path, stream, place, 1))
      // Where a client left lines out, several places have the same one after them.
      return parsed([...new Map(found).values()])
    })
  )

/** Whether steps fall within some rows, which are lines from `offset` on, or where these meet the lines around them. */
export const stepsFall = (
  reader: Reader,
  path: Lines.RunPath,
  offset: number,
  rows: ReadonlyArray<PythonDict | undefined>
): boolean => {
  const end = offset + rows.length
  const before = Lines.before(reader, path, "history", offset) ?? ""
  const [after = ""] = Lines.read(reader, path, "history", end, 1)
  const steps = [WireText.dict(before), ...rows, WireText.dict(after)].flatMap((row, index) =>
    row === undefined ? [] : [stepOf(row, offset + index - 1)]
  )
  return steps.some((step, index) => step < (steps[index - 1] ?? step))
}

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

/** The step of a row; rows without one, to which what isn't finite belongs, count from the place that they have. */
export const stepOf = (row: PythonDict, place: number): number => WireText.finite(row.get("_step")) ?? place

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

/** The rows that a spec asks for, with the keys that it asks for; `first` is the place of the first of these rows. */
export const select = (rows: ReadonlyArray<PythonDict>, spec: Spec, first = 0): ReadonlyArray<PythonDict> => {
  const matching = rows.filter((row, place) => {
    const step = stepOf(row, first + place)
    return step >= spec.minStep && step <= spec.maxStep && spec.keys.every((key) => valueAt(row, key) !== undefined)
  })
  const sampled = thin(matching, spec.samples)
  if (spec.keys.length === 0) return sampled
  return sampled.map((row) => new Map(spec.keys.map((key) => [key, valueAt(row, key) ?? null])))
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

/** So many of some things, evenly spread, the first and the last among them. */
const thin = <A>(all: ReadonlyArray<A>, count: number): ReadonlyArray<A> => {
  if (all.length <= count) return all
  return places(all.length, count).flatMap((place) => all[place] ?? [])
}

/** The places of so many of more things, evenly spread, the first and the last among them; of one only the last. */
const places = (all: number, count: number): ReadonlyArray<number> =>
  count === 1 ? [all - 1] : Array.from({ length: count }, (_, n) => Math.round((n * (all - 1)) / (count - 1)))

/** Reading a line by itself takes as long as reading so many with their neighbours. */
const worthReading = 4

/** How many lines are read at once. */
const chunk = 1000

/** The first line at a step or after it, or one before it where a line can't be read; their number where there is none. */
const firstLine = (reader: Reader, path: Lines.RunPath, count: number, step: number): number => {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    const [row] = parsed(Lines.read(reader, path, "history", middle, 1))
    if (row !== undefined && stepOf(row, middle) < step) low = middle + 1
    else high = middle
  }
  return low
}

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
