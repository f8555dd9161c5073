import type { Parameter, Quantum } from "@sweepline/core/Parameter"
import type { PythonValue } from "@sweepline/core/PythonValue"
import * as Distribution from "./Distribution.js"
import * as Identity from "./Identity.js"

/**
 * One searchable parameter as a coordinate.
 *
 * A continuous parameter's coordinate is its percentile in [0, 1]. A stepped one's too, but
 * only `levels` coordinates stand for a value, rising with the level. A categorical one's
 * coordinate is the index of the category, in which nearness means nothing.
 */
export interface Dimension {
  /** The names that lead to it, one for each level of nesting. */
  readonly path: ReadonlyArray<string>
  readonly kind: "continuous" | "stepped" | "categorical"
  /** Whether its values, or their logarithms, are normally distributed: percentiles of such crowd the ends. */
  readonly isNormal: boolean
  /** How many different values there are; Infinity where they are continuous. */
  readonly levels: number
  /** The coordinate of the value at percentile `u`: uniform percentiles give the parameter's distribution. */
  readonly draw: (u: number) => number
  /** The value at a coordinate, snapped to the nearest that there is. */
  readonly decode: (coordinate: number) => PythonValue
  /**
   * The coordinate of a value; NaN for what can't be a value of this parameter. Numbers a little beyond the bounds, of
   * runs from before an edit, count as the bound (`Distribution.Continuous`); those farther away tell nothing.
   */
  readonly encode: (value: PythonValue | undefined) => number
  /** Whether it is one of this parameter's values, rather than a number near one of them. */
  readonly holds: (value: PythonValue | undefined) => boolean
  /** The level at a coordinate, from 0; the coordinate itself where they are continuous. */
  readonly levelOf: (coordinate: number) => number
  /** The coordinate of a level. */
  readonly coordinateOf: (level: number) => number
}

/** The dimension of a parameter that was checked by `Distribution.problem`; `undefined` where nothing is to be searched. */
export const make = (path: ReadonlyArray<string>, parameter: Parameter): Dimension | undefined => {
  switch (parameter.distribution) {
    case "constant":
    case "nested":
      return undefined
    case "categorical":
      return categorical(
        path,
        parameter.values,
        parameter.values.map(() => 1)
      )
    case "categorical_w_probabilities":
      return categorical(path, parameter.values, parameter.probabilities)
    case "int_uniform":
      return ints(path, parameter.min, parameter.max)
    default: {
      const base = Distribution.continuous(parameter)
      const step = Distribution.step(parameter)
      const isNormal = "sigma" in parameter
      return { ...(step === undefined ? continuous(path, base) : stepped(path, base, step)), isNormal }
    }
  }
}

// internal

const asNumber = (value: PythonValue | undefined): number => {
  if (typeof value === "number") return value
  if (typeof value === "bigint") return Number(value)
  return Number.NaN
}

const continuous = (path: ReadonlyArray<string>, base: Distribution.Continuous): Dimension => ({
  path,
  kind: "continuous",
  isNormal: false,
  levels: Number.POSITIVE_INFINITY,
  draw: (u) => u,
  decode: (coordinate) => base.quantile(coordinate),
  encode: (value) => {
    const x = asNumber(value)
    return base.isNear(x) ? base.cdf(x) : Number.NaN
  },
  holds: (value) => base.isNear(asNumber(value)),
  levelOf: (coordinate) => coordinate,
  coordinateOf: (level) => level
})

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)

const clampInteger = (x: number, last: number): number => clamp(x, 0, last)

/** So that the number of levels, of which there may be as many above zero as below, is a number too. */
const mostSteps = Number.MAX_VALUE / 4

const ints = (path: ReadonlyArray<string>, min: number, max: number): Dimension => {
  const levels = max - min + 1
  const base = Distribution.continuous({ distribution: "uniform", min: min - 0.5, max: max + 0.5 })
  // The percentiles of the k-th of n ints are (k/n, (k+1)/n]; its coordinate is their middle.
  const levelOf = (coordinate: number) => clampInteger(Math.ceil(coordinate * levels) - 1, levels - 1)
  const coordinateOf = (level: number) => (level + 0.5) / levels
  return {
    path,
    kind: "stepped",
    isNormal: false,
    levels,
    draw: (u) => {
      const level = levelOf(u)
      // Rounding can push u·n above an integer that it equals on paper.
      return coordinateOf(level > 0 && level / levels >= u ? level - 1 : level)
    },
    // Beyond 2^53 the sum may miss the last one.
    decode: (coordinate) => BigInt(Math.min(min + levelOf(coordinate), max)),
    encode: (value) => {
      const x = asNumber(value)
      return base.isNear(x) ? coordinateOf(clampInteger(Math.round(x - min), levels - 1)) : Number.NaN
    },
    holds: (value) => {
      const x = asNumber(value)
      return Number.isInteger(x) && x >= min && x <= max
    },
    levelOf,
    coordinateOf
  }
}

/** Values k·q. As on W&B nothing is clipped after rounding, so the first or last may lie up to q/2 outside the range. */
const stepped = (path: ReadonlyArray<string>, base: Distribution.Continuous, q: Quantum): Dimension => {
  const round = (u: number) => Distribution.roundHalfEven(clamp(base.quantile(u) / q.value, -mostSteps, mostSteps))
  const first = round(0)
  const levels = round(1) - first + 1
  const levelOf = (coordinate: number) => clampInteger(round(coordinate) - first, levels - 1)
  const isLevel = (level: number) => level >= 0 && level < levels
  // So many can't all be counted, and the last may seem to lie beyond itself.
  const isCounted = levels <= Number.MAX_SAFE_INTEGER
  const coordinateOf = (level: number) => base.cdf((first + level) * q.value)
  return {
    path,
    kind: "stepped",
    isNormal: false,
    levels,
    draw: (u) => coordinateOf(levelOf(u)),
    decode: (coordinate) => {
      // + 0 makes of −0 a 0.
      const x = clamp((first + levelOf(coordinate)) * q.value + 0, -Number.MAX_VALUE, Number.MAX_VALUE)
      return q.integer ? BigInt(Math.round(x)) : x
    },
    encode: (value) => {
      const x = asNumber(value)
      const level = Math.round(x / q.value) - first
      return isLevel(level) || base.isNear(x) ? coordinateOf(clampInteger(level, levels - 1)) : Number.NaN
    },
    holds: (value) => {
      const steps = asNumber(value) / q.value
      const isThere = isLevel(Math.round(steps) - first) || (!isCounted && base.isNear(asNumber(value)))
      return isThere && Math.abs(steps - Math.round(steps)) < Math.max(1e-6, Math.abs(steps) * 1e-15)
    },
    levelOf,
    coordinateOf
  }
}

const categorical = (
  path: ReadonlyArray<string>,
  values: ReadonlyArray<PythonValue>,
  weights: ReadonlyArray<number>
): Dimension => {
  // Repeated values are one category with the sum of their shares; one of share 0 is none.
  const categories: Array<PythonValue> = []
  const indices = new Map<string, number>()
  const category = new Int32Array(values.length)
  const cumulative = new Float64Array(values.length)
  let total = 0
  let last = 0
  values.forEach((value, i) => {
    const weight = weights[i] ?? 0
    total += weight
    cumulative[i] = total
    if (weight === 0) return
    const key = Identity.key(value)
    const known = indices.get(key)
    category[i] = known ?? categories.length
    last = i
    if (known !== undefined) return
    indices.set(key, categories.length)
    categories.push(value)
  })
  const equal = weights.every((weight) => weight === 1)
  const levelOf = (coordinate: number) => clampInteger(Math.round(coordinate), categories.length - 1)
  return {
    path,
    kind: "categorical",
    isNormal: false,
    levels: categories.length,
    draw: (u) => {
      if (equal) {
        const i = clampInteger(Math.ceil(u * values.length) - 1, values.length - 1)
        return category[i > 0 && i / values.length >= u ? i - 1 : i] ?? 0
      }
      let low = 0
      let high = last
      while (low < high) {
        const middle = (low + high) >> 1
        if (u * total < (cumulative[middle] ?? 0)) high = middle
        else low = middle + 1
      }
      return category[low] ?? 0
    },
    decode: (coordinate) => categories[levelOf(coordinate)] ?? null,
    encode: (value) => (value === undefined ? Number.NaN : (indices.get(Identity.key(value)) ?? Number.NaN)),
    holds: (value) => value !== undefined && indices.has(Identity.key(value)),
    levelOf,
    coordinateOf: (level) => level
  }
}
