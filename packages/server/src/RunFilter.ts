/** Which runs of a project a client wants, and in which order: the part of MongoDB's query language that it uses. */
import * as PythonJson from "@sweepline/core/PythonJson"
import { equals, isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { configOf, summaryOf } from "./RunFacts.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"
import { badRequest, type WireError } from "./WireError.js"

/** Whether a run is wanted. */
export type Filter = (run: WireRun.WireRun) => boolean

/** Reads filters, JSON text. What isn't known is refused, so that nobody gets runs that he didn't ask for. */
export const parse = (text: string | undefined): Effect.Effect<Filter, WireError> =>
  Effect.suspend(() => {
    if (text === undefined || text === "" || text === "null") return Effect.succeed(() => true)
    return Either.match(Either.flatMap(Either.mapLeft(PythonJson.parseDict(text), String), all), {
      onLeft: (problem) => badRequest(`filters: ${problem}`),
      onRight: (filter) => Effect.succeed(filter)
    })
  })

/** Puts runs in an order such as `+created_at` or `-summary_metrics.loss`; runs without the value go last. */
export const sort = (
  runs: ReadonlyArray<WireRun.WireRun>,
  order: string | undefined
): ReadonlyArray<WireRun.WireRun> => {
  const [first = "+created_at"] = (order === undefined || order === "" ? "+created_at" : order).split(",")
  const down = first.startsWith("-")
  const name = first.replace(/^[+-]/, "")
  const keyed = runs.map((run) => ({ run, value: valueOf(run, name) }))
  keyed.sort((a, b) => {
    if (!isPresent(a.value) || !isPresent(b.value)) return Number(isPresent(b.value)) - Number(isPresent(a.value))
    return (compare(a.value, b.value) ?? 0) * (down ? -1 : 1)
  })
  return keyed.map(({ run }) => run)
}

// internal

type Read = Either.Either<Filter, string>

const all = (dict: PythonDict): Read => every([...dict].map(([key, value]) => clause(key, value)))

const every = (reads: ReadonlyArray<Read>): Read =>
  Either.map(
    Either.all(reads),
    (filters): Filter =>
      (run) =>
        filters.every((filter) => filter(run))
  )

const clause = (key: string, value: PythonValue): Read => {
  switch (key) {
    case "$and":
      return every(listOf(value).map(all))
    case "$or":
      return Either.map(
        Either.all(listOf(value).map(all)),
        (filters): Filter =>
          (run) =>
            filters.some((it) => it(run))
      )
    case "$nor":
      return Either.map(
        Either.all(listOf(value).map(all)),
        (filters): Filter =>
          (run) =>
            !filters.some((it) => it(run))
      )
    case "$not":
      return Either.map(
        all(isDict(value) ? value : new Map()),
        (filter): Filter =>
          (run) =>
            !filter(run)
      )
    default:
      return key.startsWith("$") ? Either.left(`there is no operator ${key}`) : onField(key, value)
  }
}

const listOf = (value: PythonValue): ReadonlyArray<PythonDict> => (isList(value) ? value.filter(isDict) : [])

const onField = (name: string, value: PythonValue): Read => {
  const operators = isDict(value) && [...value.keys()].some((key) => key.startsWith("$")) ? value : undefined
  if (operators === undefined) return Either.right((run) => holds(valueOf(run, name), value))
  return every([...operators].map(([operator, operand]) => onOperator(name, operator, operand)))
}

const onOperator = (name: string, operator: string, operand: PythonValue): Read => {
  const test = (matches: (value: PythonValue) => boolean): Read => Either.right((run) => matches(valueOf(run, name)))
  switch (operator) {
    case "$eq":
      return test((value) => holds(value, operand))
    case "$ne":
      return test((value) => !holds(value, operand))
    case "$in":
      return test((value) => isList(operand) && operand.some((item) => holds(value, item)))
    case "$nin":
      return test((value) => isList(operand) && !operand.some((item) => holds(value, item)))
    case "$exists":
      return test((value) => isPresent(value) === (operand === true))
    case "$gt":
      return test((value) => (compare(value, operand) ?? 0) > 0)
    case "$gte":
      return test((value) => (compare(value, operand) ?? -1) >= 0)
    case "$lt":
      return test((value) => (compare(value, operand) ?? 0) < 0)
    case "$lte":
      return test((value) => (compare(value, operand) ?? 1) <= 0)
    case "$regex":
      return Either.map(regex(operand), (pattern): Filter => (run) => {
        const value = valueOf(run, name)
        return typeof value === "string" && pattern.test(value)
      })
    default:
      return Either.left(`there is no operator ${operator}`)
  }
}

const regex = (operand: PythonValue): Either.Either<RegExp, string> =>
  typeof operand === "string"
    ? Either.try({ try: () => new RegExp(operand), catch: () => `${operand} is no regular expression` })
    : Either.left("$regex needs a text")

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

/** What a run has under a name of a filter; null where it has nothing. */
const valueOf = (run: WireRun.WireRun, name: string): PythonValue => {
  const { document } = run
  switch (name) {
    case "name":
      return document.name
    case "display_name":
    case "displayName":
      return document.displayName ?? run.sweep?.record.name ?? document.name
    case "state":
      return WireRun.state(run)
    case "sweep":
    case "sweep_name":
    case "sweepName":
      return run.sweep?.id ?? null
    case "group":
      return document.group ?? null
    case "job_type":
    case "jobType":
      return document.jobType ?? null
    case "tags":
      return document.tags ?? []
    case "host":
      return document.host ?? null
    case "created_at":
    case "createdAt":
      return WireText.time(document.createdAt)
    case "heartbeat_at":
    case "heartbeatAt":
      return WireText.optionalTime(document.heartbeatAt)
    default:
      return valueIn(run, name)
  }
}

const valueIn = (run: WireRun.WireRun, name: string): PythonValue => {
  const [head = "", ...path] = name.split(".")
  const [dict, names] =
    head === "config"
      ? [configOf(run), path.includes("value") ? path : [...path.slice(0, 1), "value", ...path.slice(1)]]
      : [
          summaryOf(run),
          head === "summary_metrics" || head === "summary" || head === "summaryMetrics" ? path : [head, ...path]
        ]
  const joined = names.join(".")
  if (dict.has(joined)) return dict.get(joined) ?? null
  return names.reduce<PythonValue>((value, key) => (isDict(value) ? (value.get(key) ?? null) : null), dict)
}
