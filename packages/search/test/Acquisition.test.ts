import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import { Either } from "effect"
import * as Acquisition from "../src/Acquisition.js"
import * as Columns from "../src/Columns.js"
import * as Posterior from "../src/Posterior.js"
import * as Random from "../src/Random.js"
import * as Space from "../src/Space.js"

describe("a climb on the expected improvement", () => {
  const columns = Columns.make(
    Either.getOrThrow(
      Space.make(
        new Map<string, Parameter>([
          ["x", { distribution: "uniform", min: 0, max: 1 }],
          ["many", { distribution: "int_uniform", min: 1, max: 200 }],
          ["few", { distribution: "int_uniform", min: 1, max: 8 }],
          ["kind", { distribution: "categorical", values: ["a", "b", "c", "d"] }]
        ])
      )
    )
  )
  const width = columns.dimensions.length
  const at = (name: string) => columns.dimensions.findIndex(({ path }) => path[0] === name)
  const draw = (random: Random.Stream) =>
    Float64Array.from(columns.dimensions, (dimension) => dimension.draw(random.uniform()))

  /** A hill over the numbers, on which one category stands higher than the others. */
  const height = (row: Float64Array): number => {
    const away = (name: string, top: number) => (row[at(name)] ?? 0) - top
    const hill = away("x", 0.3) * away("x", 0.3) + away("many", 0.7) * away("many", 0.7)
    return -4 * hill - Math.abs(away("few", 5.5 / 8)) + (row[at("kind")] === 2 ? 1 : 0)
  }

  const random = Random.stream(1)
  const measured = Array.from({ length: 80 }, () => draw(random))
  const values = Float64Array.from(measured, height)
  const posterior = Posterior.make(
    { weights: new Float64Array(width).fill(2), scale: 1, noise: 1e-4, doubt: 0.1, skews: new Float64Array(width) },
    {
      rows: Float64Array.from(measured.flatMap((row) => [...row])),
      count: 80,
      columns: width,
      numeric: columns.numeric
    },
    values,
    new Float64Array(80),
    { rows: new Float64Array(0), count: 0, columns: width, numeric: columns.numeric }
  )
  const acquisition = { columns, posterior, best: Math.max(...values) }
  const scoreOf = (row: Float64Array) => Acquisition.scoreMany(acquisition, row, 1)[0] ?? Number.NaN
  const starts = Array.from({ length: 8 }, () => draw(random))
  const ends = starts.map((row) => Acquisition.climb(acquisition, { row, score: scoreOf(row) }, random))

  it("ends higher than it began, at a point of the space whose score is what it says", () => {
    for (const [i, { row, score }] of ends.entries()) {
      assert.isAbove(score, scoreOf(starts[i] ?? row))
      assert.strictEqual(score, scoreOf(row))
      for (const [j, { coordinateOf, levelOf }] of columns.dimensions.entries()) {
        assert.strictEqual(coordinateOf(levelOf(row[j] ?? 0)), row[j])
      }
    }
  })

  it("ends where no other category, level or step to a neighbour is better", () => {
    for (const { row, score } of ends) {
      for (const [j, { coordinateOf, kind, levelOf, levels }] of columns.dimensions.entries()) {
        if (kind === "continuous") continue
        const level = levelOf(row[j] ?? 0)
        const others = levels > 16 ? [level - 1, level + 1] : Array.from({ length: levels }, (_, k) => k)
        for (const other of others.filter((each) => each >= 0 && each < levels)) {
          const moved = row.slice()
          moved[j] = coordinateOf(other)
          assert.isAtMost(scoreOf(moved), score + 1e-6)
        }
      }
    }
  })

  it("finds the better category and the top of its hill from most places", () => {
    const found = ends.filter(({ row }) => row[at("kind")] === 2)
    assert.isAbove(found.length, ends.length / 2)
    for (const { row } of found) assert.isAbove(height(row), 0.95)
  })
})

describe("a climb over a hundred million levels", () => {
  it("walks a long slope in few steps, where its gradient doesn't show", () => {
    const parameters = new Map<string, Parameter>([["x", { distribution: "int_uniform", min: 1, max: 100_000_000 }]])
    const columns = Columns.make(Either.getOrThrow(Space.make(parameters)))
    let predicted = 0
    const posterior: Posterior.Posterior = {
      columns: 1,
      numeric: 1,
      weights: Float64Array.of(1),
      fitted: Float64Array.of(0),
      predict: () => ({ mean: 0, variance: 1 }),
      predictMany: (rows, count, mean, deviation) => {
        predicted += count
        for (let i = 0; i < count; i++) mean[i] = rows[i] ?? 0
        deviation.fill(1)
      }
    }
    const start = { row: Float64Array.of(0.001), score: Number.NEGATIVE_INFINITY }
    const { row } = Acquisition.climb({ columns, posterior, best: 1 }, start, Random.stream(1))
    assert.isAbove(row[0] ?? 0, 0.5)
    assert.isBelow(predicted, 200)
  })
})

describe("a climb over a hundred columns", () => {
  it("tries the values of each once, even though another round would find better ones", () => {
    const kinds: Parameter = { distribution: "categorical", values: ["a", "b", "c", "d", "e"] }
    const parameters = new Map(Array.from({ length: 100 }, (_, i) => [`p${i}`, kinds]))
    const columns = Columns.make(Either.getOrThrow(Space.make(parameters)))
    let predicted = 0
    const posterior: Posterior.Posterior = {
      columns: 100,
      numeric: 0,
      weights: new Float64Array(100).fill(1),
      fitted: Float64Array.of(0),
      predict: () => ({ mean: 0, variance: 1 }),
      predictMany: (rows, count, mean, deviation) => {
        predicted += count
        // The more columns have what the one before them has, the better: there is nearly always something to gain.
        for (let i = 0; i < count; i++) {
          const row = rows.subarray(i * 100, (i + 1) * 100)
          mean[i] = row.reduce((sum, x, j) => sum + (j > 0 && x === ((row[j - 1] ?? 0) + 1) % 5 ? 1 : 0) + x / 1000, 0)
        }
        deviation.fill(1)
      }
    }
    const start = { row: new Float64Array(100), score: Number.NEGATIVE_INFINITY }
    assert.isAbove(Acquisition.climb({ columns, posterior, best: 1 }, start, Random.stream(1)).score, -1)
    assert.isAtMost(predicted, 400)
  })
})

describe("where climbs start", () => {
  it("is the best candidate, and others in proportion to their expected improvement, each once", () => {
    const scores = Float64Array.of(-40, 0, -1, -1, -40)
    const starts = Array.from({ length: 50 }, (_, seed) => Acquisition.starts(scores, 3, Random.stream(seed)))
    for (const chosen of starts) assert.strictEqual(chosen[0], 1)
    assert.isTrue(starts.every((chosen) => new Set(chosen).size === 3))
    assert.isTrue(starts.every((chosen) => chosen.includes(2) && chosen.includes(3)))
    assert.deepStrictEqual(Acquisition.starts(Float64Array.of(0, Number.NEGATIVE_INFINITY), 5, Random.stream(1)), [0])
  })
})
