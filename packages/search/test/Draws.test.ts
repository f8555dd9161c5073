import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { Either } from "effect"
import * as Distribution from "../src/Distribution.js"
import * as RandomSearch from "../src/RandomSearch.js"
import * as Space from "../src/Space.js"

const half = { value: 0.5, integer: false }
const two = { value: 2, integer: true }
const exponents = { min: -1, max: 2 }

type Searched = Exclude<Parameter, { readonly distribution: "constant" | "nested" }>

/** One of each distribution. */
const samples: { readonly [D in Searched["distribution"]]: Searched & { readonly distribution: D } } = {
  categorical: { distribution: "categorical", values: Array.from({ length: 20 }, (_, i) => BigInt(i)) },
  categorical_w_probabilities: {
    distribution: "categorical_w_probabilities",
    values: ["a", 0n, null, false],
    probabilities: [0.05, 0.6, 0, 0.35]
  },
  int_uniform: { distribution: "int_uniform", min: -4, max: 8 },
  uniform: { distribution: "uniform", min: -3, max: 8 },
  q_uniform: { distribution: "q_uniform", min: -3.2, max: 8, q: half },
  log_uniform: { distribution: "log_uniform", ...exponents },
  q_log_uniform: { distribution: "q_log_uniform", ...exponents, q: half },
  log_uniform_values: { distribution: "log_uniform_values", min: 1e-5, max: 1 },
  q_log_uniform_values: { distribution: "q_log_uniform_values", min: 1, max: 50, q: two },
  inv_log_uniform: { distribution: "inv_log_uniform", ...exponents },
  inv_log_uniform_values: { distribution: "inv_log_uniform_values", min: 1e-5, max: 1 },
  normal: { distribution: "normal", mu: 1, sigma: 2 },
  q_normal: { distribution: "q_normal", mu: 1, sigma: 2, q: half },
  log_normal: { distribution: "log_normal", mu: 1, sigma: 2 },
  q_log_normal: { distribution: "q_log_normal", mu: 1, sigma: 1, q: two },
  beta: { distribution: "beta", a: 0.7, b: 3 },
  q_beta: { distribution: "q_beta", a: 2, b: 5, q: { value: 0.1, integer: false } }
}

describe("draws", () => {
  it.each(Object.values(samples))("of $distribution follow it (a histogram within five sigma)", (parameter) => {
    const n = 20_000
    const space = Either.getOrThrow(Space.make(new Map([["p", parameter]])))
    const { binOf, shares } = binsOf(parameter)
    const counts = new Float64Array(shares.length)
    for (let i = 0; i < n; i++) {
      const bin = binOf(RandomSearch.suggest(space, 7, i).get("p") ?? null)
      counts[bin] = (counts[bin] ?? Number.NaN) + 1
    }
    assert.strictEqual(
      counts.reduce((sum, count) => sum + count, 0),
      n
    )
    assert.approximately(
      shares.reduce((sum, share) => sum + share, 0),
      1,
      1e-12
    )
    for (const [bin, share] of shares.entries()) {
      assert.isAtMost(Math.abs((counts[bin] ?? 0) - n * share), 5 * Math.sqrt(n * share * (1 - share)), String(bin))
    }
  })
})

interface Bins {
  readonly binOf: (value: PythonValue) => number
  readonly shares: ReadonlyArray<number>
}

/** Bins of a distribution's values, and how much of it each holds. */
const binsOf = (parameter: Searched): Bins => {
  switch (parameter.distribution) {
    case "categorical":
      return {
        binOf: (value) => parameter.values.indexOf(value),
        shares: parameter.values.map(() => 1 / parameter.values.length)
      }
    case "categorical_w_probabilities":
      return { binOf: (value) => parameter.values.indexOf(value), shares: parameter.probabilities }
    case "int_uniform": {
      const count = parameter.max - parameter.min + 1
      return { binOf: (value) => Number(value) - parameter.min, shares: Array(count).fill(1 / count) }
    }
    default: {
      const base = Distribution.continuous(parameter)
      const q = Distribution.step(parameter)?.value
      return q === undefined
        ? { binOf: (value) => Math.min(Math.floor(base.cdf(Number(value)) * 20), 19), shares: Array(20).fill(1 / 20) }
        : steppedBinsOf(base, q)
    }
  }
}

/** A bin for each value k·q, which stands for all within half a step; the outermost hold the tails, too. */
const steppedBinsOf = ({ cdf, quantile }: Distribution.Continuous, q: number): Bins => {
  const first = Math.round(quantile(0.01) / q)
  const last = Math.round(quantile(0.99) / q)
  return {
    binOf: (value) => Math.min(Math.max(Math.round(Number(value) / q), first), last) - first,
    shares: Array.from({ length: last - first + 1 }, (_, i) => {
      const k = first + i
      return (k === last ? 1 : cdf((k + 0.5) * q)) - (k === first ? 0 : cdf((k - 0.5) * q))
    })
  }
}
