import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { isDict, isList } from "@sweepline/core/PythonValue"

/** What `JSON.stringify` writes. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json | undefined }

/**
 * A value for JSON output. JSON has no NaN and no infinity: they become the strings that
 * W&B writes. An int beyond 2^53 becomes its digits as a string rather than a wrong number.
 */
export const value = (self: PythonValue): Json => {
  if (typeof self === "bigint") return Number.isSafeInteger(Number(self)) ? Number(self) : String(self)
  if (typeof self === "number") {
    if (Number.isFinite(self)) return self
    return Number.isNaN(self) ? "NaN" : self > 0 ? "Infinity" : "-Infinity"
  }
  if (isList(self)) return self.map(value)
  if (isDict(self)) return dict(self)
  return self
}

/** A dict for JSON output, keys in their order. */
export const dict = (self: PythonDict): { readonly [key: string]: Json } =>
  Object.fromEntries([...self].map(([key, inner]) => [key, value(inner)]))

/** Whether a file's name says that it holds JSON, whole or a value a line. */
export const isFileName = (file: string): boolean => /\.(jsonl?|ndjson)$/i.test(file)
