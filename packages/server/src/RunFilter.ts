/** Which runs of a project a client wants: the part of MongoDB's query language that it uses. */
import * as PythonJson from "@sweepline/core/PythonJson"
import { equals, isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ClientPattern from "./ClientPattern.js"
import * as RunValue from "./RunValue.js"
import { ServerConfig } from "./ServerConfig.js"
import type * as WireRun from "./WireRun.js"
import { badRequest, type WireError } from "./WireError.js"

/** Whether a run is wanted. Throws `PatternTimeout` where a client's pattern keeps it busy for too long. */
export type Filter = (run: WireRun.WireRun) => boolean

/** Reads filters, JSON text. What isn't known is refused, so that nobody gets runs that he didn't ask for. */
export const parse = (text: string | undefined): Effect.Effect<Filter, WireError, ServerConfig> =>
  Effect.flatMap(ServerConfig, ({ username }) => {
    if (text === undefined || text === "" || text === "null") return Effect.succeed(() => true)
    const valueOf = RunValue.reader(username)
    return Either.match(
      Either.flatMap(
        Either.mapLeft(PythonJson.parseDict(text), ({ message }) => message),
        all
      ),
      {
        onLeft: (problem) => badRequest(`filters: ${problem}`),
        onRight: (matches) => Effect.succeed((run: WireRun.WireRun) => matches((name) => valueOf(run, name)))
      }
    )
  })

/** Whether a run is wanted; a pattern that takes too long is refused. */
export const matches = (filter: Filter, run: WireRun.WireRun): Effect.Effect<boolean, WireError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(filter(run))
    } catch (error) {
      if (error instanceof ClientPattern.PatternTimeout) return badRequest(`filters: ${error.message}`)
      throw error
    }
  })

// internal

/** Whether a run whose values are these is wanted. */
type Matches = (valueOf: (name: string) => PythonValue) => boolean

type Read = Either.Either<Matches, string>

const all = (dict: PythonDict): Read => every([...dict].map(([key, value]) => clause(key, value)))

const every = (reads: ReadonlyArray<Read>): Read =>
  Either.map(
    Either.all(reads),
    (parts): Matches =>
      (valueOf) =>
        parts.every((matches) => matches(valueOf))
  )

const some = (reads: ReadonlyArray<Read>): Read =>
  Either.map(
    Either.all(reads),
    (parts): Matches =>
      (valueOf) =>
        parts.some((matches) => matches(valueOf))
  )

const not = (read: Read): Read =>
  Either.map(
    read,
    (matches): Matches =>
      (valueOf) =>
        !matches(valueOf)
  )

const clause = (key: string, value: PythonValue): Read => {
  switch (key) {
    case "$and":
      return Either.flatMap(dictsOf(key, value), (dicts) => every(dicts.map(all)))
    case "$or":
      return Either.flatMap(dictsOf(key, value), (dicts) => some(dicts.map(all)))
    case "$nor":
      return Either.flatMap(dictsOf(key, value), (dicts) => not(some(dicts.map(all))))
    case "$not":
      return isDict(value) ? not(all(value)) : Either.left("$not needs an object")
    default:
      return key.startsWith("$") ? Either.left(`there is no operator ${key}`) : onField(key, value)
  }
}

const dictsOf = (key: string, value: PythonValue): Either.Either<ReadonlyArray<PythonDict>, string> =>
  isList(value) && value.every(isDict) ? Either.right(value) : Either.left(`${key} needs a list of objects`)

const onField = (name: string, value: PythonValue): Read => {
  const operators = isDict(value) && [...value.keys()].some((key) => key.startsWith("$")) ? value : undefined
  if (operators === undefined) return Either.right((valueOf) => holds(valueOf(name), value))
  return every([...operators].map(([operator, operand]) => onOperator(name, operator, operand, operators)))
}

const onOperator = (name: string, operator: string, operand: PythonValue, operators: PythonDict): Read => {
  const test = (matches: (value: PythonValue) => boolean): Read => Either.right((valueOf) => matches(valueOf(name)))
  /** Of a list it is enough that one of its items does. */
  const testAny = (matches: (value: PythonValue) => boolean): Read =>
    test((value) => matches(value) || (isList(value) && value.some(matches)))
  switch (operator) {
    case "$eq":
      return test((value) => holds(value, operand))
    case "$ne":
      return test((value) => !holds(value, operand))
    case "$in":
      return test((value) => isList(operand) && operand.some((item) => holds(value, item)))
    case "$nin":
      return test((value) => isList(operand) && !operand.some((item) => holds(value, item)))
    case "$all":
      return test((value) => isList(operand) && operand.every((item) => holds(value, item)))
    case "$not":
      return not(onField(name, operand))
    case "$exists":
      return test((value) => isPresent(value) === (operand === true))
    case "$gt":
      return testAny((value) => (compare(value, operand) ?? 0) > 0)
    case "$gte":
      return testAny((value) => (compare(value, operand) ?? -1) >= 0)
    case "$lt":
      return testAny((value) => (compare(value, operand) ?? 0) < 0)
    case "$lte":
      return testAny((value) => (compare(value, operand) ?? 1) <= 0)
    case "$regex":
      return Either.flatMap(regex(operand, operators.get("$options") ?? ""), (pattern) =>
        testAny((value) => typeof value === "string" && ClientPattern.found(pattern, value))
      )
    case "$options":
      return operators.has("$regex") ? Either.right(() => true) : Either.left("$options belong to a $regex")
    default:
      return Either.left(`there is no operator ${operator}`)
  }
}

/** A pattern as the database of W&B's server reads it: its options may also stand before it, as in `(?i)adam`. */
const regex = (operand: PythonValue, options: PythonValue): Either.Either<RegExp, string> => {
  if (typeof operand !== "string" || typeof options !== "string") {
    return Either.left("$regex and its $options need texts")
  }
  const [before = "", flags = ""] = /^\(\?([a-z]+)\)/.exec(operand) ?? []
  // Not `g` and `y`: such a pattern would look for each text where it stopped in the one before.
  if (!/^[imsu]*$/.test(flags + options)) return Either.left("$regex has the options i, m, s and u only")
  return Either.try({
    try: () => new RegExp(operand.slice(before.length), [...new Set(flags + options)].join("")),
    catch: () => `${operand} is no regular expression${options === "" ? "" : ` with the options ${options}`}`
  })
}

const isPresent = (value: PythonValue): boolean => value !== null

/** Whether a value is another one, or a list that holds it; an int is the float of the same value. */
const holds = (value: PythonValue, wanted: PythonValue): boolean => {
  if (isList(value) && !isList(wanted)) return value.some((item) => holds(item, wanted))
  return isNumber(value) && isNumber(wanted) ? Number(value) === Number(wanted) : equals(value, wanted)
}

const isNumber = (value: PythonValue): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint"

/** Less than, equal to or greater than 0; `undefined` where two values can't be compared. */
const compare = (a: PythonValue, b: PythonValue): number | undefined => {
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b)
  return typeof a === "string" && typeof b === "string" ? (a < b ? -1 : a > b ? 1 : 0) : undefined
}
