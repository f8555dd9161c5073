import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as Sobol from "../src/Sobol.js"

describe("Sobol", () => {
  it("has the published points, up to the shift of each dimension", () => {
    const sobol = Sobol.make(1111, 1)
    const first = pointOf(sobol, 0)
    const bits = (u: number) => Math.floor(u * 4294967296)
    table.points.forEach((expected, index) => {
      const point = pointOf(sobol, index)
      table.columns.forEach((column, i) => {
        const unshifted = (bits(point[column] ?? 0) ^ bits(first[column] ?? 0)) >>> 0
        assert.strictEqual(unshifted / 4294967296, expected[i], `point ${index}, dimension ${column}`)
      })
    })
  })

  it("puts one of every 64 points in each 64th of every dimension", () => {
    const sobol = Sobol.make(1111, 5)
    const points = Array.from({ length: 64 }, (_, index) => pointOf(sobol, index))
    for (let d = 0; d < 1111; d++) {
      assert.strictEqual(new Set(points.map((point) => Math.floor((point[d] ?? 0) * 64))).size, 64)
    }
  })

  it("differs by seed and purpose, stays inside, and goes on beyond the table", () => {
    const wide = pointOf(Sobol.make(1500, 5), 3)
    assert.isTrue(wide.every((u) => u > 0 && u < 1))
    assert.deepStrictEqual(pointOf(Sobol.make(1500, 5), 3), wide)
    assert.notDeepEqual(pointOf(Sobol.make(1500, 6), 3), wide)
    assert.notDeepEqual(pointOf(Sobol.make(1500, 5, "other"), 3), wide)
    assert.strictEqual(Sobol.tableSize, 1111)
  })
})

const pointOf = (sobol: Sobol.Sobol, index: number): Float64Array => {
  const point = new Float64Array(sobol.dimensions)
  sobol.point(index, point)
  return point
}

const table: { readonly columns: ReadonlyArray<number>; readonly points: ReadonlyArray<ReadonlyArray<number>> } =
  JSON.parse(readFileSync(new URL("./fixtures/sobol-points.json", import.meta.url), "utf8"))
