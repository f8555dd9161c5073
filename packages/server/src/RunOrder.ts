/** Orders of runs, and where each run stands in one. */
import type { PythonValue } from "@sweepline/core/PythonValue"
import * as Schema from "effect/Schema"
import { Buffer } from "node:buffer"
import * as RunValue from "./RunValue.js"
import type { WireRun } from "./WireRun.js"

/**
 * Where a run stands: by a value, and by its age and its name among those with the same one. Numbers come before texts;
 * what has no place among either, NaN too, comes last in both directions.
 */
export const Standing = Schema.Struct({
  value: Schema.Union(Schema.NumberFromString, Schema.Tuple(Schema.String), Schema.Null),
  createdAt: Schema.Number,
  name: Schema.String
})
export type Standing = typeof Standing.Type

/** An order of runs. */
export interface Order {
  readonly standing: (run: WireRun) => Standing
  /** Less than, equal to or greater than 0. */
  readonly compare: (a: Standing, b: Standing) => number
}

/** The order of runs whose client asks for none. */
export const oldestFirst = "+created_at"

/** An order such as `+created_at` or `-summary_metrics.loss`. Of several that are joined by commas the first counts. */
export const make = (text: string, username: string): Order => {
  const [first = ""] = text.split(",")
  const direction = first.startsWith("-") ? -1 : 1
  const read = reader(first.replace(/^[+-]/, ""), RunValue.reader(username))
  return {
    standing: (run) => ({
      value: valueOf(read(run)),
      createdAt: run.document.createdAt,
      name: run.document.name
    }),
    compare: (a, b) =>
      compareKinds(a.value, b.value, direction) || a.createdAt - b.createdAt || compareBasic(a.name, b.name)
  }
}

/** A place in a list, as text that clients give back: it stays one when the run that stood there is gone. */
export const cursor = (standing: Standing): string => Buffer.from(encode(standing)).toString("base64url")

/** The place that a cursor means; `undefined` for what is none. */
export const fromCursor = (text: string): Standing | undefined => {
  const read = decode(Buffer.from(text, "base64url").toString("utf8"))
  return read._tag === "Some" ? read.value : undefined
}

// internal

type Value = Standing["value"]

const encode = Schema.encodeSync(Schema.parseJson(Standing))
const decode = Schema.decodeOption(Schema.parseJson(Standing))

/** Times are finer here than clients read them: runs of one second are in order, too. */
const times: ReadonlyMap<string, (run: WireRun) => PythonValue> = new Map(
  Object.entries<(run: WireRun) => PythonValue>({
    created_at: ({ document }) => document.createdAt,
    createdAt: ({ document }) => document.createdAt,
    heartbeat_at: ({ document }) => document.heartbeatAt ?? null,
    heartbeatAt: ({ document }) => document.heartbeatAt ?? null
  })
)

const reader = (name: string, values: RunValue.Reader): ((run: WireRun) => PythonValue) =>
  times.get(name) ?? ((run) => values(run, name))

const valueOf = (value: PythonValue): Value => {
  if (typeof value === "string") return [value]
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN
  return Number.isNaN(number) ? null : number
}

const kindOf = (value: Value): number => (value === null ? 2 : typeof value === "number" ? 0 : 1)

const compareKinds = (a: Value, b: Value, direction: number): number => {
  if (a === null || b === null) return kindOf(a) - kindOf(b)
  if (typeof a === "number" && typeof b === "number") return compareBasic(a, b) * direction
  if (typeof a === "object" && typeof b === "object") return compareBasic(a[0], b[0]) * direction
  return kindOf(a) - kindOf(b)
}

const compareBasic = <A extends number | string>(a: A, b: A): number => (a < b ? -1 : a > b ? 1 : 0)
