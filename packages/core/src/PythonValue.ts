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
