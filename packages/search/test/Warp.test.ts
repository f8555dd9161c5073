import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import { Either } from "effect"
import * as Columns from "../src/Columns.js"
import * as Space from "../src/Space.js"
import * as Warp from "../src/Warp.js"

describe("a warp", () => {
  it("takes a row to its skewed axes and back, and leaves categories alone", () => {
    const warp = Warp.make(columns, Float64Array.of(11, -6, 3, 0))
    const row = Float64Array.of(0.001, 0.5 / 4089, 1, 2)
    const bent = warp.bend(row)
    assert.isAbove(bent[0] ?? 0, 0.3)
    assert.strictEqual(bent[3], 2)
    warp.unbend(bent).forEach((x, j) => assert.approximately(x, row[j] ?? 0, 1e-12))
    assert.deepStrictEqual(warp.points({ rows: row, count: 1, columns: 4, numeric: 3 }).rows, bent)
  })

  it("keeps each level what it is, wherever it lies", () => {
    const warp = Warp.make(columns, Float64Array.of(0, 12, -7, 0))
    for (const j of [1, 2]) {
      const [declared, warped] = [columns.dimensions[j], warp.columns.dimensions[j]]
      if (declared === undefined || warped === undefined) return assert.fail("no such column")
      for (let level = 0; level < declared.levels; level++) {
        const at = warped.coordinateOf(level)
        assert.strictEqual(warped.levelOf(at), level)
        assert.strictEqual(warped.draw(at), at)
        assert.strictEqual(
          declared.levelOf(warp.unbend(Float64Array.from([0, 0, 0, 0], (_, k) => (k === j ? at : 0)))[j] ?? 0),
          level
        )
      }
    }
  })

  it("is none without skews", () => {
    const row = Float64Array.of(0.1, 0.2, 0.3, 1)
    const warp = Warp.make(columns, new Float64Array(4))
    assert.deepStrictEqual(warp.bend(row), row)
    assert.deepStrictEqual(warp.columns.dimensions, columns.dimensions)
  })
})

const parameters: ReadonlyArray<readonly [string, Parameter]> = [
  ["rate", { distribution: "uniform", min: 1e-5, max: 1 }],
  ["units", { distribution: "int_uniform", min: 8, max: 4096 }],
  ["share", { distribution: "q_uniform", min: 0, max: 0.9, q: { value: 0.01, integer: false } }],
  ["kind", { distribution: "categorical", values: ["x", "y", "z"] }]
]

const columns = Columns.make(Either.getOrThrow(Space.make(new Map(parameters))))
