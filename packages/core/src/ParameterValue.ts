import type { Parameter } from "./Parameter.js"
import type { PythonValue } from "./PythonValue.js"
import * as PythonText from "./PythonText.js"
import type { Method } from "./Method.js"
import { valueIdentity } from "./TrialConfig.js"

/** What a parameter makes of a value that somebody wrote: the value, or what it must be. */
export type Fitted = { readonly value: PythonValue } | { readonly problem: string }

/**
 * A value as a search would suggest it: a category in its own spelling, an int, a float, or of a grid's
 * stepped range the very point; or what the value must be, to be read after "must be".
 */
export const fit = (parameter: Leaf, value: PythonValue, method: Method | undefined): Fitted => {
  switch (parameter.distribution) {
    case "constant":
      return oneOf([parameter.value], value)
    case "categorical":
    case "categorical_w_probabilities":
      return oneOf(parameter.values, value)
    default:
      return number(parameter, value, method)
  }
}

// internal

type Leaf = Exclude<Parameter, { readonly distribution: "nested" }>
type Numeric = Exclude<Leaf, { readonly distribution: "constant" | "categorical" | "categorical_w_probabilities" }>

const oneOf = (values: ReadonlyArray<PythonValue>, value: PythonValue): Fitted => {
  const key = valueIdentity(value)
  const known = values.find((each) => valueIdentity(each) === key)
  if (known !== undefined) return { value: known }
  const shown = values.slice(0, 5).map(PythonText.repr).join(", ")
  return { problem: values.length === 1 ? shown : `one of ${shown}${values.length > 5 ? ", …" : ""}` }
}

const number = (parameter: Numeric, value: PythonValue, method: Method | undefined): Fitted => {
  const isInt = parameter.distribution === "int_uniform"
  const x = typeof value === "number" || typeof value === "bigint" ? Number(value) : Number.NaN
  const { high, low } = bounds(parameter)
  const fits = x >= low && x <= high && Number.isFinite(x) && (!isInt || Number.isInteger(x))
  if (!fits) return { problem: `${isInt ? "a whole number" : "a number"}${between(low, high)}` }
  if (isInt) return { value: BigInt(x) }
  if (!("q" in parameter)) return { value: x }
  const { integer, value: q } = parameter.q
  if (parameter.distribution === "q_uniform" && method === "grid") {
    // As a grid's own points are computed, so that it knows this one as its own.
    const increment = parameter.min + q - parameter.min
    const index = Math.round((x - parameter.min) / increment)
    const point = parameter.min + index * increment + 0
    const size = Math.max(Math.ceil((parameter.max - parameter.min) / q), 1)
    if (index < 0 || index >= size || Math.abs(point - x) > 1e-9 * q) {
      const last = parameter.min + (size - 1) * increment
      return { problem: `one of the grid's values, ${parameter.min} to ${last} in steps of ${q}` }
    }
    return { value: integer && Number.isInteger(parameter.min) ? BigInt(point) : point }
  }
  return { value: integer && Number.isInteger(x) ? BigInt(x) : x }
}

const between = (low: number, high: number): string => {
  if (high < Number.POSITIVE_INFINITY) return ` from ${low} to ${high}`
  return low > Number.NEGATIVE_INFINITY ? ` from ${low} on` : ""
}

interface Bounds {
  readonly low: number
  readonly high: number
}

/** The values that a search may suggest: where they are rounded to a step, up to half of one beyond the range. */
const bounds = (parameter: Numeric): Bounds => {
  const { high, low } = support(parameter)
  const slack = "q" in parameter ? parameter.q.value / 2 : 0
  return { low: low - slack, high: high + slack }
}

const support = (parameter: Numeric): Bounds => {
  switch (parameter.distribution) {
    case "log_uniform":
    case "q_log_uniform":
      return { low: Math.exp(parameter.min), high: Math.exp(parameter.max) }
    case "inv_log_uniform":
      return { low: Math.exp(-parameter.max), high: Math.exp(-parameter.min) }
    case "normal":
    case "q_normal":
      return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
    case "log_normal":
    case "q_log_normal":
      return { low: 0, high: Number.POSITIVE_INFINITY }
    case "beta":
    case "q_beta":
      return { low: 0, high: 1 }
    default:
      return { low: parameter.min, high: parameter.max }
  }
}
