/** Texts as the wire has them. */
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Either from "effect/Either"

/** A time in milliseconds since 1970, as ISO 8601 in UTC, to the second. */
export const time = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z")

/** The same, or null. */
export const optionalTime = (at: number | undefined): string | null => (at === undefined ? null : time(at))

/** A dict from JSON text that may hold bare `NaN` and `Infinity` (D.4.1); `undefined` for anything else. */
export const dict = (text: string): PythonDict | undefined => Either.getOrUndefined(PythonJson.parseDict(text))

/** Strict JSON text: what isn't a finite number becomes the string of its name, as W&B tells it. */
export const json = (value: PythonValue): string => PythonJson.stringify(strict(value))

/** A number that is one; `undefined` for anything else, and for what isn't finite. */
export const finite = (value: PythonValue | undefined): number | undefined => {
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

/** The parameters of a config as clients send it, `{name: {value}}`, without W&B's own keys. */
export const parametersOf = (config: PythonDict): PythonDict => {
  const parameters = new Map<string, PythonValue>()
  for (const [name, wrapped] of config) {
    const value = isDict(wrapped) ? wrapped.get("value") : undefined
    if (name !== "_wandb" && value !== undefined) parameters.set(name, value)
  }
  return parameters
}

/** A dict without keys that clients add of their own accord. */
export const without = (dict: PythonDict, names: ReadonlySet<string>): PythonDict =>
  new Map([...dict].filter(([name]) => !names.has(name)))

// internal

const strict = (value: PythonValue): PythonValue => {
  if (typeof value === "number" && !Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
  }
  if (isList(value)) return value.map(strict)
  return isDict(value) ? new Map(Array.from(value, ([key, item]) => [key, strict(item)])) : value
}
