import type { Parameter, Quantum } from "@sweepline/core/Parameter"
import * as Beta from "./Beta.js"
import * as Normal from "./Normal.js"

/** A parameter whose values are numbers, continuous or on a lattice of multiples of q. */
export type Numeric = Exclude<
  Parameter,
  { readonly distribution: "constant" | "categorical" | "categorical_w_probabilities" | "nested" }
>

/** A continuous distribution: what lies under a numeric parameter before it is rounded. */
export interface Continuous {
  /** The value at percentile `u`. The ends 0 and 1 are taken as the nearest percentiles inside. */
  readonly quantile: (u: number) => number
  /** The percentile of a value; what lies outside the support is 0 or 1. */
  readonly cdf: (x: number) => number
  /**
   * Whether a value lies in the support, or beyond it by a quarter of it at most, as it may where ranges were edited:
   * so near, it tells about the end. Logarithms are compared where those are what is uniform or normal.
   */
  readonly isNear: (x: number) => boolean
}

/** The smallest percentile that is told from 0, and its mirror is the largest below 1 (2^-53). */
export const epsilon = 1.1102230246251565e-16

/** The distribution of a numeric parameter before rounding to its step (search facts §1.6). */
export const continuous = (parameter: Numeric): Continuous => {
  switch (parameter.distribution) {
    case "int_uniform":
    case "uniform":
    case "q_uniform":
      return uniform(parameter.min, parameter.max)
    case "log_uniform":
    case "q_log_uniform":
      return logUniform(parameter.min, parameter.max, Math.exp(parameter.min), Math.exp(parameter.max))
    case "inv_log_uniform":
      return logUniform(-parameter.max, -parameter.min, Math.exp(-parameter.max), Math.exp(-parameter.min))
    // A log-uniform value's inverse is log-uniform too: given its limits, the two are one distribution.
    case "log_uniform_values":
    case "inv_log_uniform_values":
    case "q_log_uniform_values":
      return logUniform(Math.log(parameter.min), Math.log(parameter.max), parameter.min, parameter.max)
    case "normal":
    case "q_normal":
      return normal(parameter.mu, parameter.sigma)
    case "log_normal":
    case "q_log_normal":
      return logNormal(parameter.mu, parameter.sigma)
    case "beta":
    case "q_beta":
      return {
        quantile: (u) => Beta.quantile(inside(u), parameter.a, parameter.b),
        cdf: (x) => Beta.cdf(x, parameter.a, parameter.b),
        isNear: (x) => isNear(x, 0, 1)
      }
  }
}

/** The step of a numeric parameter: 1 for ints, q where there is one, `undefined` where values are continuous. */
export const step = (parameter: Numeric): Quantum | undefined => {
  if (parameter.distribution === "int_uniform") return { value: 1, integer: true }
  return "q" in parameter ? parameter.q : undefined
}

/** Why a parameter can't be searched, as a sentence's end, or `undefined` where it can. */
export const problem = (parameter: Parameter): string | undefined => {
  switch (parameter.distribution) {
    case "constant":
    case "nested":
      return undefined
    case "categorical":
      return parameter.values.length === 0 ? "has no values" : undefined
    case "categorical_w_probabilities":
      if (parameter.values.length !== parameter.probabilities.length) return "needs one probability for each value"
      if (!parameter.probabilities.every((p) => p >= 0)) return "has a probability that is negative or not a number"
      return parameter.probabilities.some((p) => p > 0) ? undefined : "has no value with a probability above 0"
    default:
      return numericProblem(parameter)
  }
}

/** The nearest integer, halves to the even one, as Python and numpy round. */
export const roundHalfEven = (x: number): number => {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest < 0.5) return floor
  if (rest > 0.5) return floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

// internal

const inside = (u: number): number => Math.min(Math.max(u, epsilon), 1 - epsilon)

const clamp = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x)

/** The place of x between two bounds as a number from 0 to 1; the middle where the bounds are one. */
const fraction = (x: number, low: number, high: number): number => {
  if (low === high) return x < low ? 0 : x > low ? 1 : 0.5
  if (x <= low) return 0
  if (x >= high) return 1
  return Number.isFinite(high - low) ? (x - low) / (high - low) : (x / 2 - low / 2) / (high / 2 - low / 2)
}

const between = (u: number, low: number, high: number): number =>
  clamp(Number.isFinite(high - low) ? low + u * (high - low) : low * (1 - u) + high * u, low, high)

const isNear = (x: number, low: number, high: number): boolean => {
  const margin = high / 4 - low / 4
  return x >= low - margin && x <= high + margin
}

const uniform = (low: number, high: number): Continuous => ({
  quantile: (u) => between(inside(u), low, high),
  cdf: (x) => fraction(x, low, high),
  isNear: (x) => isNear(x, low, high)
})

/** Bounds both as logarithms and as the values, which exp(ln x) may miss by a bit. */
const logUniform = (logLow: number, logHigh: number, low: number, high: number): Continuous => ({
  quantile: (u) => clamp(Math.exp(between(inside(u), logLow, logHigh)), low, Math.min(high, Number.MAX_VALUE)),
  cdf: (x) => (x > 0 ? fraction(Math.log(x), logLow, logHigh) : 0),
  isNear: (x) => (x >= low && x <= high) || isNear(Math.log(x), logLow, logHigh)
})

/** As many deviations from the mean are the outermost percentiles (`epsilon`), and a bit more. */
const farthest = 8.3

const normal = (mu: number, sigma: number): Continuous => ({
  quantile: (u) => clamp(mu + sigma * Normal.quantile(inside(u)), -Number.MAX_VALUE, Number.MAX_VALUE),
  cdf: (x) => Normal.cdf((x - mu) / sigma),
  isNear: (x) => isNear((x - mu) / sigma, -farthest, farthest)
})

const logNormal = (mu: number, sigma: number): Continuous => {
  const quantile = (u: number) => Math.min(Math.exp(mu + sigma * Normal.quantile(inside(u))), Number.MAX_VALUE)
  // Of a wide one the lowest values are 0, which has no logarithm.
  const lowest = quantile(0)
  return {
    quantile,
    cdf: (x) => (x > 0 ? Normal.cdf((Math.log(x) - mu) / sigma) : 0),
    isNear: (x) => x === lowest || isNear((Math.log(x) - mu) / sigma, -farthest, farthest)
  }
}

const numericProblem = (parameter: Numeric): string | undefined => {
  if ("q" in parameter && !(parameter.q.value > 0)) return "needs a q above 0"
  if ("min" in parameter) {
    if (!Number.isFinite(parameter.min) || !Number.isFinite(parameter.max)) return "needs a finite min and max"
    if (parameter.min > parameter.max) return "needs a min below its max"
    const values = parameter.distribution.endsWith("_values")
    return values && !(parameter.min > 0) ? "needs a min above 0" : undefined
  }
  if ("sigma" in parameter) {
    if (!Number.isFinite(parameter.mu)) return "needs a finite mu"
    return parameter.sigma > 0 && Number.isFinite(parameter.sigma) ? undefined : "needs a sigma above 0"
  }
  const proper = parameter.a > 0 && parameter.b > 0 && Number.isFinite(parameter.a) && Number.isFinite(parameter.b)
  return proper ? undefined : "needs a and b above 0"
}
