import { assert, describe, it } from "@effect/vitest"
import * as Subset from "../src/Subset.js"

describe("the rows that a model keeps", () => {
  const values = Float64Array.of(0, 9, 1, 8, 2, 7, 3, 6, 4, 5)

  it("are all while it can afford them", () => {
    const sizes = { total: 10, best: 3, newest: 2 }
    assert.deepStrictEqual([...Subset.choose(values, Int32Array.of(), sizes)], [...values.keys()])
  })

  it("are the best, the newest, and anchors as far as there is room, in the order of the history", () => {
    const sizes = { total: 6, best: 2, newest: 2 }
    assert.deepStrictEqual([...Subset.choose(values, Int32Array.of(3, 6, 0, 4), sizes)], [0, 1, 3, 6, 8, 9])
  })

  it("are the next best where there are too few anchors, and of equals the newer", () => {
    const sizes = { total: 5, best: 1, newest: 1 }
    assert.deepStrictEqual([...Subset.choose(values, Int32Array.of(0), sizes)], [0, 1, 3, 5, 9])
    assert.deepStrictEqual([...Subset.choose(new Float64Array(6), Int32Array.of(), sizes)], [1, 2, 3, 4, 5])
  })
})

describe("rows far from each other", () => {
  it("begin with the first, and each is the farthest from all before it; ties go to the earlier", () => {
    const rows = Float64Array.of(0.25, 0, 1, 0.5, 0.75, 0.1)
    const points = { rows, count: 6, columns: 1, numeric: 1 }
    assert.deepStrictEqual([...Subset.farthest(points, 1, 5)], [1, 2, 3, 0, 4])
    assert.deepStrictEqual([...Subset.farthest(points, 1, 9)].sort(), [0, 1, 2, 3, 4, 5])
  })

  it("count categories that differ as one apart, whatever their numbers", () => {
    const rows = Float64Array.of(0, 0, 0.9, 0, 0, 7, 0.5, 1)
    const points = { rows, count: 4, columns: 2, numeric: 1 }
    assert.deepStrictEqual([...Subset.farthest(points, 0, 3)], [0, 3, 2])
  })
})
