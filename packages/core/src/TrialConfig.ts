import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import * as PythonJson from "./PythonJson.js"
import { isDict, isList, type PythonDict, type PythonValue } from "./PythonValue.js"
import * as PythonText from "./PythonText.js"
import { SchedulerError } from "./SchedulerError.js"

/**
 * The parameters of one run, name to value, in the order in which they were generated.
 * A nested parameter's value is a dict.
 */
export type TrialConfig = PythonDict

/** A trial config as it is stored: JSON text that keeps ints, floats and order apart. */
export const TrialConfig: Schema.Schema<TrialConfig, string> = PythonJson.Dict

/**
 * Unwraps what a W&B heartbeat hands out, `{name: {value: v}}`. A parameter without a
 * `value` is a `SchedulerError` (B71).
 */
export const fromAgentArgs = (args: PythonDict): Either.Either<TrialConfig, SchedulerError> => {
  const trial = new Map<string, PythonValue>()
  for (const [name, wrapped] of args) {
    const value = isDict(wrapped) ? wrapped.get("value") : undefined
    if (value === undefined) {
      const detail = `Parameter ${PythonText.repr(name)} of the run came without a value: ${PythonText.repr(wrapped)}`
      return Either.left(new SchedulerError({ reason: "BadTrialConfig", detail }))
    }
    trial.set(name, value)
  }
  return Either.right(trial)
}

/** The form of a heartbeat's answer and of a run's sweep parameters: `{name: {value: v}}` (F.3, D.5.2). */
export const toAgentArgs = (self: TrialConfig): PythonDict =>
  new Map(Array.from(self, ([name, value]) => [name, new Map([["value", value]])]))

/**
 * Text by which two values of one parameter are the same point of a grid (search.md §2): a
 * float without a fraction is the int, except inside lists and dicts; `NaN` is itself; the
 * order of a dict's keys is nothing; `"1"`, `1`, `true`, `null` and `"null"` all differ.
 */
export const valueIdentity = (value: PythonValue): string =>
  typeof value === "number" && Number.isInteger(value) ? String(BigInt(value)) : canonical(value)

/** Text by which two trial configs are the same: the same names with the same `valueIdentity`, in any order. */
export const identity = (self: TrialConfig): string =>
  `{${sortedEntries(self)
    .map(([name, value]) => `${PythonJson.stringify(name)}: ${valueIdentity(value)}`)
    .join(", ")}}`

// internal

const sortedEntries = (dict: PythonDict): ReadonlyArray<readonly [string, PythonValue]> =>
  [...dict].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

/** JSON text with sorted keys: it writes an int, a float, a string and a word each in its own way. */
const canonical = (value: PythonValue): string => {
  if (isList(value)) return `[${value.map(canonical).join(", ")}]`
  if (!isDict(value)) return PythonJson.stringify(value)
  return `{${sortedEntries(value)
    .map(([key, item]) => `${PythonJson.stringify(key)}: ${canonical(item)}`)
    .join(", ")}}`
}
