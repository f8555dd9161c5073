import { assert, describe, it } from "@effect/vitest"
import * as Draws from "../src/Draws.js"

const n = 20_000
const keys = Array.from({ length: n }, (_, i) => `k3p9${String(i).padStart(4, "0")}#1`)

const firsts = (seed: number | string, subject = "duration") =>
  keys.map((key) => Draws.make(seed, subject, key).uniform())

/** Pearson's correlation of two lists of uniform numbers; its deviation is about one over the root of their length. */
const correlation = (xs: ReadonlyArray<number>, ys: ReadonlyArray<number>) => {
  let sum = 0
  for (const [i, x] of xs.entries()) sum += (x - 0.5) * ((ys[i] ?? 0.5) - 0.5)
  return (12 * sum) / xs.length
}

/** Fails where a cell holds a number that chance gives it once in a million times. */
const assertEven = (cells: ReadonlyArray<number>, count: number, what: string) => {
  const counts = Array.from({ length: count }, () => 0)
  for (const cell of cells) counts[cell] = (counts[cell] ?? 0) + 1
  const expected = cells.length / count
  for (const [cell, found] of counts.entries()) {
    assert.isBelow(Math.abs(found - expected), 5 * Math.sqrt(expected), `${what}, cell ${cell}`)
  }
}

describe("Draws", () => {
  it("gives the same numbers for the same seed and subject, in whatever order others draw", () => {
    const one = Draws.make("7/0", "duration", "a#1")
    const numbers = [one.uniform(), one.normal(), one.exponential()]
    Draws.make("7/0", "duration", "b#1").uniform()
    const again = Draws.make("7/0", "duration", "a#1")
    assert.deepStrictEqual([again.uniform(), again.normal(), again.exponential()], numbers)
  })

  it("tells seed and subject apart wherever one ends and the next begins", () => {
    const first = (...args: Parameters<typeof Draws.make>) => Draws.make(...args).uniform()
    const drawn = [first("a", "bc"), first("ab", "c"), first("a", "b", "c"), first("abc"), first("a", "cb")]
    assert.strictEqual(new Set(drawn).size, drawn.length)
  })

  it("spreads the first numbers of neighbouring subjects evenly", () => {
    for (const seed of [0, 1, "0/0", "0/1"]) {
      const cells = firsts(seed).map((x) => Math.floor(x * 100))
      assertEven(cells, 100, `seed ${seed}`)
    }
  })

  it("gives neighbouring subjects, seeds and kinds of draws unrelated numbers", () => {
    const limit = 5 / Math.sqrt(n)
    const some = firsts("0/0")
    assert.isBelow(Math.abs(correlation(some.slice(1), some.slice(0, -1))), limit, "subjects")
    assert.isBelow(Math.abs(correlation(some, firsts("0/1"))), limit, "seeds")
    assert.isBelow(Math.abs(correlation(some, firsts("0/0", "failure"))), limit, "kinds")
    const pairs = keys.map((key) => {
      const draws = Draws.make("0/0", "duration", key)
      return Math.floor(draws.uniform() * 10) * 10 + Math.floor(draws.uniform() * 10)
    })
    assertEven(pairs, 100, "a subject's first two")
  })

  it("never gives two subjects the same first number", () => {
    assert.strictEqual(new Set(firsts(3)).size, n)
  })
})
