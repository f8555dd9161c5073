import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import { Either } from "effect"
import { readFileSync } from "node:fs"
import * as Axes from "../src/Axes.js"
import * as ParzenEstimator from "../src/ParzenEstimator.js"
import * as Random from "../src/Random.js"
import * as Space from "../src/Space.js"
import * as TruncatedNormal from "../src/TruncatedNormal.js"

describe("ParzenEstimator", () => {
  const reference: ReadonlyArray<{
    readonly observed: ReadonlyArray<ReadonlyArray<number>>
    readonly points: ReadonlyArray<ReadonlyArray<number>>
    readonly logDensities: ReadonlyArray<number>
  }> = JSON.parse(readFileSync(new URL("fixtures/parzen-estimator.json", import.meta.url), "utf8"))

  const axes = Axes.make(
    spaceOf({
      x: { distribution: "uniform", min: 0, max: 1 },
      lr: { distribution: "log_uniform_values", min: 1e-5, max: 1 },
      n: { distribution: "int_uniform", min: 1, max: 7 },
      c: { distribution: "categorical", values: ["a", "b", "c", "d"] }
    })
  )
  const logRange = -Math.log(1e-5)
  /** Columns of the fixture → axes: the smooth ones by name, then levels, then categories. */
  const rowOf = ([x = 0, lr = 0, n = 0, c = 0]: ReadonlyArray<number>) =>
    Float64Array.of(1 + Math.log(lr) / logRange, x, n - 1, c)

  for (const { logDensities, observed, points } of reference) {
    it(`has the densities of Optuna's with ${observed.length} observations`, () => {
      const rows = observed.map(rowOf)
      const estimator = ParzenEstimator.make(axes, (run) => rows[run] ?? new Float64Array(4), true)
      estimator.observe(Int32Array.from(rows, (_, run) => run))
      const asked = Float64Array.from(points.flatMap((point) => [...rowOf(point)]))
      const found = estimator.logDensities(asked, points.length)
      for (const [i, expected] of logDensities.entries()) {
        // Theirs is a density of ln lr, ours of its percentile; the prior's mean and theirs differ in rounding.
        assert.approximately(found[i] ?? 0, expected + Math.log(logRange), 1e-9)
      }
    })
  }

  const random = Random.stream(1, "observations")
  const observations = Array.from({ length: 400 }, (_, i) =>
    Float64Array.of(
      i % 7 === 0 ? Number.NaN : random.uniform(),
      i % 5 === 0 ? 0.5 : random.uniform(),
      i % 11 === 0 ? Number.NaN : random.integer(7),
      i % 13 === 0 ? Number.NaN : random.integer(4)
    )
  )
  const fresh = () => ParzenEstimator.make(axes, (run) => observations[run] ?? new Float64Array(4), true)

  it("answers the same to the last bit however it came to its observations", () => {
    const points = Float64Array.from(
      Array.from({ length: 10 }, () => [
        random.uniform(),
        random.uniform(),
        random.integer(7),
        random.integer(4)
      ]).flat()
    )
    const grown = fresh()
    const members = new Set<number>()
    for (let i = 0; i < 400; i++) {
      members.add(i)
      if (i % 3 === 0) members.delete(random.integer(i + 1))
      if (i === 200) for (let k = 20; k < 120; k++) members.delete(k)
      const runs = Int32Array.from(members).sort()
      grown.observe(runs)
      if (i % 20 !== 0) continue
      const once = fresh()
      once.observe(runs)
      assert.deepStrictEqual(grown.logDensities(points, 10), once.logDensities(points, 10))
      const [one, other] = [new Float64Array(4), new Float64Array(4)]
      grown.sample(Random.stream(i), one)
      once.sample(Random.stream(i), other)
      assert.deepStrictEqual(one, other)
    }
  })

  it("is a density: over a finite space its masses sum to 1", () => {
    const finite = Axes.make(
      spaceOf({
        n: { distribution: "int_uniform", min: 1, max: 7 },
        q: { distribution: "q_log_uniform_values", min: 1, max: 40, q: { value: 5, integer: true } },
        c: { distribution: "categorical", values: ["a", "b", "c"] }
      })
    )
    const all: Array<number> = []
    for (let n = 0; n < 7; n++)
      for (let q = 0; q < (finite.levels[1]?.means.length ?? 0); q++) for (let c = 0; c < 3; c++) all.push(n, q, c)
    const rows = [
      [0, 0, 0],
      [6, 3, 1],
      [6, 3, 1],
      [Number.NaN, 2, Number.NaN]
    ].map((row) => Float64Array.from(row))
    const estimator = ParzenEstimator.make(finite, (run) => rows[run] ?? new Float64Array(3), true)
    for (const runs of [[], [0], [0, 1, 2, 3]]) {
      estimator.observe(Int32Array.from(runs))
      const masses = estimator.logDensities(Float64Array.from(all), all.length / 3).map(Math.exp)
      assert.approximately(
        masses.reduce((sum, mass) => sum + mass, 0),
        1,
        1e-12
      )
    }
  })

  it("draws what it gives a density", () => {
    const estimator = fresh()
    estimator.observe(Int32Array.of(1, 2, 3, 4))
    const counts = new Float64Array(7)
    const row = new Float64Array(4)
    const draws = Random.stream(3)
    for (let k = 0; k < 20_000; k++) {
      estimator.sample(draws, row)
      counts[row[2] ?? 0] = (counts[row[2] ?? 0] ?? 0) + 1
      assert.isTrue(row.every((x, j) => x >= 0 && x <= ([1, 1, 6, 3][j] ?? 0)))
    }
    const only = Axes.make(spaceOf({ n: { distribution: "int_uniform", min: 1, max: 7 } }))
    const alone = ParzenEstimator.make(only, (run) => (observations[run] ?? row).slice(2, 3), true)
    alone.observe(Int32Array.of(1, 2, 3, 4))
    const masses = alone.logDensities(Float64Array.of(0, 1, 2, 3, 4, 5, 6), 7).map(Math.exp)
    for (const [level, mass] of masses.entries()) {
      const expected = 20_000 * mass
      assert.isBelow(Math.abs((counts[level] ?? 0) - expected), 5 * Math.sqrt(expected))
    }
  })
})

describe("the weights of observations", () => {
  it("count the newest 25 in full and fall to 1/n before", () => {
    assert.deepStrictEqual([...ParzenEstimator.decaying(3)], [1, 1, 1])
    assert.deepStrictEqual([...ParzenEstimator.decaying(25)], new Array<number>(25).fill(1))
    const found = ParzenEstimator.decaying(28)
    assert.deepStrictEqual(found.slice(3), new Float64Array(25).fill(1))
    assert.deepStrictEqual(found.slice(0, 3), Float64Array.of(1 / 28, 1 / 28 + (1 - 1 / 28) / 2, 1))
    assert.strictEqual(ParzenEstimator.decaying(26)[0], 1 / 26)
  })
})

describe("TruncatedNormal", () => {
  it("has the log mass of an interval, also far out in a tail", () => {
    const table: ReadonlyArray<readonly [low: number, high: number, expected: number]> = [
      [-1, 1, -0.381715146302126],
      [0, 0.5, -1.6530635142555676],
      [-38, -37, -689.0305855768906],
      [37, 38, -689.0305855768906],
      [10, 10.0001, -60.12977886518044]
    ]
    for (const [low, high, expected] of table) {
      assert.approximately(TruncatedNormal.logMass(low, high, 0, 1), expected, 1e-11 * -expected, `${low} ${high}`)
    }
    assert.strictEqual(TruncatedNormal.logMass(1, 1, 0, 1), Number.NEGATIVE_INFINITY)
  })

  it("has quantiles that its density agrees with", () => {
    for (const mean of [0, 0.2, 0.5, 1]) {
      for (const deviation of [0.01, 0.3, 1]) {
        for (const u of [0.001, 0.25, 0.5, 0.999]) {
          const x = TruncatedNormal.quantile(u, mean, deviation)
          const below = TruncatedNormal.logMass(0, x, mean, deviation) - TruncatedNormal.logMass(0, 1, mean, deviation)
          assert.approximately(Math.exp(below), u, 1e-10, `${mean} ${deviation} ${u}`)
        }
      }
    }
  })
})

function spaceOf(parameters: Record<string, Parameter>): Space.Space {
  return Either.getOrThrow(Space.make(new Map(Object.entries(parameters))))
}
