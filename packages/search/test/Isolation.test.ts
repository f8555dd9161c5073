import { assert, describe, it } from "@effect/vitest"
import * as Isolation from "../src/Isolation.js"

describe("how little a value says of its neighbours", () => {
  const line = (...xs: ReadonlyArray<number>) => ({
    rows: Float64Array.from(xs),
    count: xs.length,
    columns: 1,
    numeric: 1
  })
  const isolation = (bad: ReadonlyArray<number>, ...xs: ReadonlyArray<number>) =>
    Array.from(Isolation.make(line(...xs), { floored: bad, diverged: bad }))

  it("is nothing where it is bad without having diverged", () => {
    const points = line(0, 0.1, 0.2, 0.3)
    const floored = [1, 1, 1, 0]
    assert.deepStrictEqual([...Isolation.make(points, { floored, diverged: [0, 0, 0, 0] })], floored)
  })

  it("is, where it diverged, the share of its three nearest neighbours that are good", () => {
    const xs = [0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 1]
    assert.deepStrictEqual(isolation([0, 1, 0, 0, 0, 0, 0, 0], ...xs), [0, 1, 0, 0, 0, 0, 0, 0])
    assert.deepStrictEqual(isolation([0, 0, 0, 0, 1, 1, 1, 1], ...xs), [0, 0, 0, 0, 0, 0, 0, 0])
    assert.deepStrictEqual(isolation([1, 1, 0, 0, 0, 0, 0, 0], ...xs), [2 / 3, 2 / 3, 0, 0, 0, 0, 0, 0])
  })

  it("counts other categories as far away", () => {
    const points = { rows: Float64Array.of(0, 1, 0.1, 1, 0.2, 1, 0.3, 1, 0, 2), count: 5, columns: 2, numeric: 1 }
    const bad = [1, 1, 1, 1, 0]
    assert.deepStrictEqual([...Isolation.make(points, { floored: bad, diverged: bad })], [0, 0, 0, 0, 0])
  })

  it("is whole where there are no neighbours", () => {
    assert.deepStrictEqual(isolation([1], 0.5), [1])
  })
})

describe("how little a value says of its neighbours, by how likely each run was to fail", () => {
  const isolation = (chances: ReadonlyArray<number>, diverged: ReadonlyArray<number>, floored = diverged) =>
    Array.from(Isolation.byChances(Float64Array.from(chances), { diverged, floored }))

  it("is nothing where it is good, and whole where it is bad without having diverged", () => {
    assert.deepStrictEqual(isolation([0.5, 0.5, 0], [0, 0, 0], [0, 1, 1]), [0, 1, 1])
  })

  it("is nothing where it diverged as all do there, and whole where none of the others was to", () => {
    assert.deepStrictEqual(isolation([0, 0, 1, 0], [0, 0, 1, 1]), [0, 0, 0, 1])
    assert.deepStrictEqual(isolation([0, 0, 0.75], [0, 0, 1]), [0, 0, 0.25])
  })

  it("is whole where runs diverge as often where others are good, however often that is", () => {
    assert.deepStrictEqual(isolation([0.75, 0.75, 0.75, 0.75], [0, 1, 1, 1]), [0, 1, 1, 1])
    assert.deepStrictEqual(isolation([0.5, 0.75, 0.5], [0, 1, 1]), [0, 0.5, 1])
  })

  it("is little where one point fails again and again, also where the good ones lie around it", () => {
    assert.deepStrictEqual(isolation([1, 1, 0.875, 0.875], [0, 0, 1, 1]), [0, 0, 0.25, 0.25])
  })
})
