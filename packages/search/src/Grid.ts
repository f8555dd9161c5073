import type { Parameter } from "@sweepline/core/Parameter"
import { isDict } from "@sweepline/core/PythonValue"
import type { PythonValue } from "@sweepline/core/PythonValue"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Either from "effect/Either"
import * as Distribution from "./Distribution.js"
import * as Identity from "./Identity.js"
import * as Layout from "./Layout.js"
import type { Permutation } from "./Permutation.js"

/**
 * The grid of a sweep's parameters (§2): a product that is only ever counted through.
 * Points are numbered in mixed radix, parameters sorted by name, the last one fastest.
 */
export interface Grid {
  /** How many points there are; a bigint, for products outgrow a double's integers. */
  readonly size: bigint
  /** The trial config of a point. */
  readonly point: (index: bigint) => TrialConfig
  /** The point that a run's config is, if it is one. Constants and unknown keys don't matter. */
  readonly indexOf: (trial: TrialConfig) => bigint | undefined
}

/**
 * The grid of parameters that have one: constants, categories, ints and stepped uniform
 * ranges. Anything else is a problem, named.
 */
export const make = (
  parameters: ReadonlyMap<string, Parameter>
): Either.Either<Grid, ReadonlyArray<Layout.Problem>> => {
  const layout = Layout.make(parameters)
  const problems = Layout.problems(layout, problem)
  if (problems.length > 0) return Either.left(problems)
  const axes = layout.leaves.map(({ parameter }) => axisOf(parameter))
  const size = axes.reduce((product, axis) => product * BigInt(axis.size), 1n)
  return Either.right({
    size,
    point: (index) => {
      const values: Array<PythonValue> = axes.map(() => null)
      let rest = index
      for (let i = axes.length - 1; i >= 0; i--) {
        const axis = axes[i]
        if (axis === undefined) continue
        const radix = BigInt(axis.size)
        values[i] = axis.at(Number(rest % radix))
        rest /= radix
      }
      return layout.trial((leaf) => values[leaf] ?? null)
    },
    indexOf: (trial) => {
      let index = 0n
      for (const [i, { parameter, path }] of layout.leaves.entries()) {
        const axis = axes[i]
        if (axis === undefined || parameter.distribution === "constant") continue
        const value = Identity.lookup(trial, path)
        const place = value === undefined ? undefined : axis.indexOf(value)
        if (place === undefined) return undefined
        index = index * BigInt(axis.size) + BigInt(place)
      }
      return index
    }
  })
}

/** A way through a grid: asks with a history that only grows, and remembers what it has seen of it. */
export interface Walk {
  /**
   * The first point in order that no run has, or `undefined` where every point is taken.
   * Every run counts, whatever its state. Amortised over the asks this takes constant time.
   */
  readonly next: (history: ReadonlyArray<{ readonly trial: TrialConfig }>) => TrialConfig | undefined
}

/** Starts a walk through a grid; `order` says which point stands at which place of the order. */
export const walk = (grid: Grid, order?: Permutation): Walk => {
  const seen = new Set<bigint>()
  let read = 0
  let place = 0n
  return {
    next: (history) => {
      for (; read < history.length; read++) {
        const run = history[read]
        const index = run === undefined ? undefined : grid.indexOf(run.trial)
        if (index !== undefined) seen.add(index)
      }
      for (; place < grid.size; place += 1n) {
        const index = order === undefined ? place : order(place)
        if (!seen.has(index)) return grid.point(index)
      }
      return undefined
    }
  }
}

// internal

/** The values of one parameter, by number. */
interface Axis {
  readonly size: number
  readonly at: (index: number) => PythonValue
  readonly indexOf: (value: PythonValue) => number | undefined
}

const problem = (parameter: Layout.Leaf["parameter"]): string | undefined => {
  switch (parameter.distribution) {
    case "constant":
    case "int_uniform":
    case "categorical":
    case "q_uniform":
      return Distribution.problem(parameter)
    default:
      return `has the distribution ${parameter.distribution}, and a grid takes only values, ints and q_uniform`
  }
}

const axisOf = (parameter: Layout.Leaf["parameter"]): Axis => {
  switch (parameter.distribution) {
    case "categorical":
      return categories(parameter.values)
    case "int_uniform":
      return range(parameter.min, 1, parameter.max - parameter.min + 1, true)
    case "q_uniform": {
      const { max, min, q } = parameter
      // Values and increment are taken as numpy's arange takes them, to agree with it to the last bit.
      const steps = Number.isFinite(max - min) ? (max - min) / q.value : max / q.value - min / q.value
      const size = Math.max(Math.ceil(steps), 1)
      return range(min, min + q.value - min, size, q.integer && Number.isInteger(min))
    }
    case "constant":
      return categories([parameter.value])
    default:
      return categories([])
  }
}

const categories = (values: ReadonlyArray<PythonValue>): Axis => {
  // A run's dict may carry keys that no category knows; those say nothing about which one it is.
  const known = new Set(values.flatMap((value) => (isDict(value) ? [...value.keys()] : [])))
  const key = (value: PythonValue) => (isDict(value) ? Identity.keyAmong(value, known) : Identity.key(value))
  // Of values that are the same, the place of the first and the spelling of the last count.
  const distinct = new Map(values.map((value) => [key(value), value]))
  const list = [...distinct.values()]
  const indices = new Map([...distinct.keys()].map((text, index) => [text, index]))
  return {
    size: list.length,
    at: (index) => list[index] ?? null,
    indexOf: (value) => indices.get(key(value))
  }
}

const range = (start: number, increment: number, size: number, integer: boolean): Axis => {
  const at = (index: number) => start + index * increment + 0
  return {
    size,
    at: (index) => (integer ? BigInt(at(index)) : at(index)),
    indexOf: (value) => {
      if (typeof value !== "number" && typeof value !== "bigint") return undefined
      const x = Number(value)
      const nearest = Math.round((x - start) / increment)
      return [nearest, nearest - 1, nearest + 1].find((index) => index >= 0 && index < size && at(index) === x)
    }
  }
}
