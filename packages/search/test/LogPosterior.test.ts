import { assert, describe, it } from "@effect/vitest"
import * as LogPosterior from "../src/LogPosterior.js"
import * as PairDistances from "../src/PairDistances.js"
import type { Points } from "../src/Points.js"
import * as Random from "../src/Random.js"

describe("the log posterior of hyperparameters", () => {
  it("has the gradient that differences have, with skews and without", () => {
    const posterior = LogPosterior.make(points, values, isolated)
    const skewed = Float64Array.of(0.3, 1.2, -0.8, 0.5, 0.1, -3, -1, 4, -2.5, 0)
    for (const vector of [skewed, skewed.slice(0, 7)]) {
      const gradient = new Float64Array(vector.length)
      const value = posterior.negative(vector, gradient)
      assert.strictEqual(posterior.negative(vector), value)
      gradient.forEach((slope, i) => {
        const at = (h: number) => posterior.negative(vector.map((x, k) => (k === i ? x + h : x)))
        assert.approximately(slope, (at(1e-5) - at(-1e-5)) / 2e-5, 1e-5 * Math.max(1, Math.abs(slope)), String(i))
      })
    }
  })

  it("takes skews that are left out for none", () => {
    const posterior = LogPosterior.make(points, values, isolated)
    const vector = Float64Array.of(0.3, 1.2, -0.8, 0.5, 0.1, -3, -1)
    const skewless = posterior.negative(vector)
    posterior.negative(Float64Array.of(...vector, 5, 5, 5))
    assert.strictEqual(posterior.negative(Float64Array.of(...vector, 0, 0, 0)), skewless)
    assert.deepStrictEqual(posterior.hyperparameters(vector).skews, new Float64Array(4))
  })

  it("holds axes as they were declared for the likeliest while nothing speaks for others", () => {
    const posterior = LogPosterior.make(points, new Float64Array(12), isolated)
    const at = (skew: number) => posterior.negative(Float64Array.of(0, 0, 0, 0, 0, -3, -1, skew, 0, 0))
    assert.isBelow(at(0), at(2))
    assert.isBelow(at(0), at(-2))
  })
})

describe("the distances of pairs", () => {
  it("sum to the same along each axis of a column", () => {
    const distances = PairDistances.make(points, false)
    const sum = () => distances.squares.slice(0, distances.pairs).reduce((total, square) => total + square, 0)
    const declared = sum()
    for (const skew of [6, -14, 0]) {
      distances.skew(0, skew)
      assert.approximately(sum(), declared, 1e-9)
    }
  })

  it("stay none where all points are alike", () => {
    const distances = PairDistances.make(
      { rows: Float64Array.of(0.2, 0.2, 0.2), count: 3, columns: 1, numeric: 1 },
      false
    )
    assert.strictEqual(distances.skew(0, 6), 1)
    assert.deepStrictEqual(distances.squares, new Float64Array(3))
    assert.strictEqual(distances.bySkew(0, Float64Array.of(1, 1, 1)), 0)
  })

  it("stay numbers where points that differ in their last bit are crowded onto one", () => {
    const rows = Float64Array.of(1, 1 - Number.EPSILON / 2, 1)
    const distances = PairDistances.make({ rows, count: 3, columns: 1, numeric: 1 }, false)
    assert.strictEqual(distances.skew(0, 6), 1)
    assert.deepStrictEqual(distances.squares, new Float64Array(3))
  })
})

/** Twelve points of three numbers, one of them the same at all, and a category. */
const points: Points = (() => {
  const random = Random.stream(3, "points")
  const rows = Float64Array.from({ length: 48 }, (_, i) =>
    i % 4 === 3 ? random.integer(2) : i % 4 === 2 ? 0.4 : random.uniform()
  )
  return { rows, count: 12, columns: 4, numeric: 3 }
})()
const values = Float64Array.from(
  { length: 12 },
  (_, i) => Math.log((points.rows[4 * i] ?? 0) + 0.01) + (points.rows[4 * i + 3] ?? 0)
)
const isolated = Float64Array.from({ length: 12 }, (_, i) => (i % 5 === 0 ? 1 : 0))
