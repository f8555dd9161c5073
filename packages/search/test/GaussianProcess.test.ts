import { assert, describe, it } from "@effect/vitest"
import * as GaussianProcess from "../src/GaussianProcess.js"
import type { Hyperparameters } from "../src/Hyperparameters.js"
import type { Points } from "../src/Points.js"
import * as Posterior from "../src/Posterior.js"
import * as Random from "../src/Random.js"

describe("GaussianProcess", () => {
  it("finds which columns matter and how little noise there is", () => {
    const points = randomPoints(60, 3, 3)
    const values = standardised(60, (i) => Math.sin(6 * (points.rows[i * 3] ?? 0)) + (points.rows[i * 3 + 1] ?? 0))
    const { noise, scale, weights } = GaussianProcess.fit(points, values, new Float64Array(60))
    assert.isAbove(weights[0] ?? 0, 5 * (weights[1] ?? 0))
    assert.isAbove(weights[1] ?? 0, 2 * (weights[2] ?? 0))
    assert.isBelow(noise, 1e-3)
    assert.isAbove(scale, 0.3)
  })

  it("finds noise where there is some", () => {
    const points = randomPoints(120, 1, 1)
    const random = Random.stream(5)
    const values = standardised(120, (i) => (points.rows[i] ?? 0) + (random.uniform() - 0.5))
    assert.isAbove(GaussianProcess.fit(points, values, new Float64Array(120)).noise, 0.1)
  })

  it("takes the lengths of two columns for alike while a few points can't tell, and apart once many do", () => {
    const spread = (count: number) => {
      const points = randomPoints(count, 2, 2)
      const { weights } = GaussianProcess.fit(
        points,
        standardised(count, (i) => Math.sin(9 * (points.rows[2 * i] ?? 0)) + 0.1 * (points.rows[2 * i + 1] ?? 0)),
        new Float64Array(count)
      )
      return (weights[0] ?? 0) / (weights[1] ?? 0)
    }
    assert.isBelow(spread(4), 5)
    assert.isAbove(spread(80), 20)
  })

  it("finds which axis is logarithmic in truth, at which of its ends, and leaves the others as they were declared", () => {
    const near = (x: number, i: number) => (i % 2 === 0 ? x : 1e-4 * Math.exp(7 * x))
    const free = randomPoints(40, 3, 3)
    const points = {
      ...free,
      rows: free.rows.map((x, i) => (i % 3 === 2 ? x : i % 3 === 1 ? 1 - near(x, i) : near(x, i)))
    }
    const at = (i: number, j: number) => points.rows[3 * i + j] ?? 0
    const square = (x: number) => x * x
    const values = standardised(
      40,
      (i) => -square(Math.log(at(i, 0) + 1e-5) + 6) - square(Math.log(1 - at(i, 1) + 1e-4) + 5) - 9 * at(i, 2)
    )
    const { skews } = GaussianProcess.fit(points, values, new Float64Array(40))
    assert.isAbove(skews[0] ?? 0, 5)
    assert.isBelow(skews[1] ?? 0, -5)
    assert.isBelow(Math.abs(skews[2] ?? 9), 1.5)
  })

  it("takes axes as they were declared where that explains the values", () => {
    const points = randomPoints(40, 3, 2)
    const values = standardised(40, (i) => Math.sin(5 * (points.rows[3 * i] ?? 0)) * (points.rows[3 * i + 1] ?? 0))
    assert.deepStrictEqual(GaussianProcess.fit(points, values, new Float64Array(40)).skews, new Float64Array(3))
  })

  it("depends on nothing but points and values", () => {
    const points = randomPoints(30, 2, 1)
    const values = standardised(30, (i) => points.rows[2 * i] ?? 0)
    assert.deepStrictEqual(
      GaussianProcess.fit(points, values, new Float64Array(30)),
      GaussianProcess.fit(points, values, new Float64Array(30))
    )
  })
})

describe("Posterior", () => {
  it("passes through its points, and returns to the prior far away", () => {
    const points = randomPoints(12, 2, 2)
    const values = standardised(12, (i) => (points.rows[2 * i] ?? 0) - (points.rows[2 * i + 1] ?? 0))
    const posterior = Posterior.make(sharp, points, values, new Float64Array(12), none(2, 2))
    const mean = new Float64Array(12)
    const deviation = new Float64Array(12)
    posterior.predictMany(points.rows, 12, mean, deviation)
    mean.forEach((mu, i) => {
      assert.approximately(mu, values[i] ?? 0, 1e-3)
      assert.approximately(mu, posterior.fitted[i] ?? 0, 1e-9)
    })
    assert.isTrue(deviation.every((sd) => sd < 0.01))
    posterior.predictMany(Float64Array.of(900, 900), 1, mean, deviation)
    assert.approximately(mean[0] ?? 1, 0, 1e-9)
    assert.approximately(deviation[0] ?? 0, Math.sqrt(sharp.scale), 1e-9)
  })

  it("predicts one point as it predicts many, with the slopes that differences have", () => {
    const points = randomPoints(15, 4, 3)
    const values = standardised(15, (i) => (points.rows[4 * i] ?? 0) * (points.rows[4 * i + 3] ?? 0))
    const pending = randomPoints(3, 4, 3, 99)
    const posterior = Posterior.make(
      { ...sharp, weights: Float64Array.of(3, 1, 7, 2) },
      points,
      values,
      new Float64Array(15),
      pending
    )
    const x = Float64Array.of(0.31, 0.62, 0.44, 1)
    const meanSlope = new Float64Array(4)
    const varianceSlope = new Float64Array(4)
    const { mean, variance } = posterior.predict(x, meanSlope, varianceSlope)
    const many = [new Float64Array(1), new Float64Array(1)] as const
    posterior.predictMany(x, 1, ...many)
    assert.approximately(mean, many[0][0] ?? 0, 1e-12)
    assert.approximately(Math.sqrt(variance), many[1][0] ?? 0, 1e-9)
    for (let j = 0; j < 3; j++) {
      const at = (h: number) =>
        posterior.predict(
          x.map((value, k) => (k === j ? value + h : value)),
          new Float64Array(4),
          new Float64Array(4)
        )
      assert.approximately(meanSlope[j] ?? 0, (at(1e-5).mean - at(-1e-5).mean) / 2e-5, 1e-5)
      assert.approximately(varianceSlope[j] ?? 0, (at(1e-5).variance - at(-1e-5).variance) / 2e-5, 1e-5)
    }
  })

  it("takes a pending point's variance away and leaves the mean as it was", () => {
    const points = randomPoints(10, 2, 2)
    const values = standardised(10, (i) => points.rows[2 * i] ?? 0)
    const pending = randomPoints(1, 2, 2, 4)
    const mean = [new Float64Array(1), new Float64Array(1)] as const
    const deviation = [new Float64Array(1), new Float64Array(1)] as const
    Posterior.make(sharp, points, values, new Float64Array(10), none(2, 2)).predictMany(
      pending.rows,
      1,
      mean[0],
      deviation[0]
    )
    Posterior.make(sharp, points, values, new Float64Array(10), pending).predictMany(
      pending.rows,
      1,
      mean[1],
      deviation[1]
    )
    assert.approximately(mean[1][0] ?? 0, mean[0][0] ?? 1, 1e-9)
    assert.isBelow(deviation[1][0] ?? 1, 0.1 * (deviation[0][0] ?? 0))
  })
})

const sharp: Hyperparameters = {
  weights: Float64Array.of(4, 4),
  scale: 1.3,
  noise: 1e-6,
  doubt: 0.1,
  skews: new Float64Array(2)
}

const none = (columns: number, numeric: number): Points => ({
  rows: new Float64Array(0),
  count: 0,
  columns,
  numeric
})

const randomPoints = (count: number, columns: number, numeric: number, seed = 1): Points => {
  const random = Random.stream(seed, "points")
  const rows = Float64Array.from({ length: count * columns }, (_, i) =>
    i % columns < numeric ? random.uniform() : random.integer(3)
  )
  return { rows, count, columns, numeric }
}

const standardised = (count: number, f: (i: number) => number): Float64Array => {
  const values = Float64Array.from({ length: count }, (_, i) => f(i))
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / count)
  return values.map((value) => (value - mean) / deviation)
}
