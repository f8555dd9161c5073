import { isDict, isList } from "@sweepline/core/PythonValue"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"

/**
 * The text by which two parameter values are the same value: a grid launches each once, and
 * a category is found by it. Type and value both count (`1`, `"1"`, `true` and `null` all
 * differ), a dict's key order doesn't, NaN equals NaN. At the top level a float with an
 * integral value is the int, so 3e6 is 3000000 and −0.0 is 0; inside lists and dicts it isn't.
 */
export const key = (value: PythonValue): string => {
  if (typeof value === "number" && Number.isInteger(value)) return `i${BigInt(value)}`
  return inner(value)
}

/** The identity of a dict, looking only at the given top-level keys: a run may carry more than the grid knows. */
export const keyAmong = (value: PythonDict, known: ReadonlySet<string>): string =>
  inner(new Map([...value].filter(([name]) => known.has(name))))

/** The value at a path of nested dicts, if the path is there. */
export const lookup = (dict: PythonDict, path: ReadonlyArray<string>): PythonValue | undefined => {
  let value: PythonValue | undefined = dict
  for (const name of path) {
    if (!isDict(value)) return undefined
    value = value.get(name)
  }
  return value
}

// internal

const inner = (value: PythonValue): string => {
  if (value === null) return "n"
  if (typeof value === "boolean") return value ? "t" : "f"
  if (typeof value === "bigint") return `i${value}`
  if (typeof value === "number") return `d${value}`
  if (typeof value === "string") return JSON.stringify(value)
  if (isList(value)) return `[${value.map(inner).join(",")}]`
  return `{${[...value.keys()]
    .sort()
    .map((name) => `${JSON.stringify(name)}:${inner(value.get(name) ?? null)}`)
    .join(",")}}`
}
