import { assert, describe, it } from "@effect/vitest"
import * as Failures from "../src/Failures.js"
import type { Points } from "../src/Points.js"
import * as Posterior from "../src/Posterior.js"
import * as Random from "../src/Random.js"

describe("how likely a run was to fail, by the others", () => {
  const chances = (points: Points, failed: ReadonlyArray<number>) => {
    const found = Failures.learn(points, failed)
    return Array.from(found === undefined ? [] : Failures.chances(points, failed, found))
  }

  it("is seen where a region fails, by the one column of several that says so", () => {
    const points = scattered(40, 4)
    const failed = Array.from({ length: 40 }, (_, i) => ((points.rows[4 * i + 1] ?? 0) > 0.55 ? 1 : 0))
    const far = chances(points, failed).flatMap((chance, i) =>
      Math.abs((points.rows[4 * i + 1] ?? 0) - 0.55) > 0.15 ? Math.abs(chance - (failed[i] ?? 0)) : []
    )
    assert.isAbove(far.length, 20)
    assert.isBelow(Math.max(...far), 0.5)
  })

  it("is about the same of those that failed and of the others where chance has it, be it most", () => {
    const random = Random.stream(3)
    const failed = Array.from({ length: 50 }, () => (random.uniform() < 0.7 ? 1 : 0))
    const all = chances(scattered(50, 3), failed)
    const mean = (of: number) => {
      const some = all.filter((_, i) => failed[i] === of)
      return some.reduce((sum, x) => sum + x, 0) / some.length
    }
    assert.approximately(mean(1), mean(0), 0.15)
    assert.isAbove(mean(0), 0.6)
  })

  it("is unknown where all failed, or none did", () => {
    assert.isUndefined(Failures.learn(scattered(9, 2), new Array<number>(9).fill(1)))
    assert.isUndefined(Failures.learn(scattered(9, 2), new Array<number>(9).fill(0)))
  })

  it("is what the process of all others predicts", () => {
    const points = scattered(12, 2)
    const failed = [0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0]
    const found = { weights: Float64Array.of(4, 9), skews: Float64Array.of(0, 0), scale: 1, noise: 0.01, doubt: 0.4 }
    const told = Failures.chances(points, failed, found)
    const share = 5 / 12
    for (const i of [0, 5, 11]) {
      const others = failed.flatMap((_, k) => (k === i ? [] : [k]))
      const { fitted } = Posterior.make(
        found,
        {
          ...points,
          count: 11,
          rows: Float64Array.from(others.flatMap((k) => Array.from(points.rows.subarray(2 * k, 2 * k + 2))))
        },
        Float64Array.from(others, (k) => (failed[k] ?? 0) - share),
        new Float64Array(11).fill(1),
        { ...points, count: 1, rows: points.rows.slice(2 * i, 2 * i + 2) }
      )
      assert.approximately(told[i] ?? 0, Math.min(Math.max(share + (fitted[11] ?? 0), 0), 1), 1e-9)
    }
  })
})

const scattered = (count: number, columns: number): Points => {
  const random = Random.stream(7)
  return {
    rows: Float64Array.from({ length: count * columns }, () => random.uniform()),
    count,
    columns,
    numeric: columns
  }
}
