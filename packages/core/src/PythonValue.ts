/**
 * A value as W&B's Python side knows it.
 *
 * JavaScript has one number type and moves integer-like object keys first; Python
 * tells `1` from `1.0` and keeps a dict in insertion order, and both show in a run's
 * command line and launch spec (B71, B79–B83). So an int is a `bigint`, a float is a
 * `number`, and a dict is a `Map`.
 *
 * @example
 * ```ts
 * import type { PythonValue } from "@sweepline/core/PythonValue"
 *
 * const depth: PythonValue = 3n // int 3
 * const dropout: PythonValue = 1 // float 1.0
 * const optimizer: PythonValue = new Map<string, PythonValue>([["name", "adam"], ["lr", 1e-3]])
 * ```
 */
export type PythonValue = null | boolean | bigint | number | string | ReadonlyArray<PythonValue> | PythonDict

/** A dict: keys in insertion order. */
export interface PythonDict extends ReadonlyMap<string, PythonValue> {}

/** Whether a value is a dict. */
export const isDict = (value: PythonValue | undefined): value is PythonDict => value instanceof Map

/** Whether a value is a list. */
export const isList = (value: PythonValue | undefined): value is ReadonlyArray<PythonValue> => Array.isArray(value)

/** Whether something from outside is a `PythonValue`, all the way down. */
export const isPythonValue = (input: unknown): input is PythonValue => {
  switch (typeof input) {
    case "boolean":
    case "bigint":
    case "number":
    case "string":
      return true
    case "object":
      if (input === null) return true
      if (Array.isArray(input)) return input.every(isPythonValue)
      return input instanceof Map && isMapOfValues(input)
    default:
      return false
  }
}

/**
 * Whether two values are the same to a reader: same type, same content, a dict's keys in any
 * order. Unlike Python's `==`, `1` is not `1.0` and `NaN` is `NaN`.
 */
export const equals = (self: PythonValue, that: PythonValue): boolean => {
  if (Object.is(self, that)) return true
  if (isList(self)) {
    return isList(that) && self.length === that.length && self.every((item, i) => equals(item, that[i] ?? null))
  }
  if (!isDict(self) || !isDict(that) || self.size !== that.size) return false
  for (const [key, value] of self) {
    const other = that.get(key)
    if (other === undefined || !equals(value, other)) return false
  }
  return true
}

/** What `if value:` says in Python: zero, the empty and null are false. */
export const isTruthy = (value: PythonValue | undefined): boolean => {
  if (isDict(value)) return value.size > 0
  if (isList(value)) return value.length > 0
  return Number.isNaN(value) || Boolean(value)
}

// internal

const isMapOfValues = (input: ReadonlyMap<unknown, unknown>): boolean => {
  for (const [key, value] of input) if (typeof key !== "string" || !isPythonValue(value)) return false
  return true
}
