import { assert, describe, it } from "@effect/vitest"
import * as Recurrence from "../src/Recurrence.js"

describe("Recurrence", () => {
  it("lets a line through once a minute, and counts what it kept back", () => {
    const told = Recurrence.make()
    assert.deepStrictEqual(told("the disk is full", 0), { told: true, before: 0 })
    for (const now of [1, 30_000, 59_999]) assert.isFalse(told("the disk is full", now).told)
    assert.deepStrictEqual(told("the disk is full", 60_000), { told: true, before: 3 })
    assert.deepStrictEqual(told("the disk is full", 120_000), { told: true, before: 0 })
  })

  it("keeps nothing back of what is said for the first time", () => {
    const told = Recurrence.make()
    told("the disk is full", 0)
    assert.deepStrictEqual(told("the server is gone", 1), { told: true, before: 0 })
  })
})
