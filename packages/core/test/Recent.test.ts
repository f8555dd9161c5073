import { assert, describe, it } from "@effect/vitest"
import * as Recent from "@sweepline/core/Recent"
import { FastCheck } from "effect"

describe("Recent", () => {
  it.prop(
    "keeps just the values whose keys were used last",
    [FastCheck.integer({ min: 1, max: 5 }), FastCheck.array(FastCheck.tuple(FastCheck.boolean(), FastCheck.nat(7)))],
    ([most, uses]) => {
      const recent = Recent.make<number, string>(most)
      /** The keys there should be, the last used first. */
      let expected: ReadonlyArray<number> = []
      for (const [sets, key] of uses) {
        const value = sets ? undefined : recent.get(key)
        if (sets) recent.set(key, `value ${key}`)
        else assert.strictEqual(value, expected.includes(key) ? `value ${key}` : undefined)
        if (sets || value !== undefined) expected = [key, ...expected.filter((other) => other !== key)].slice(0, most)
      }
      for (const key of [...expected].reverse()) assert.strictEqual(recent.get(key), `value ${key}`)
    }
  )

  it("has the value that a key was given last, and none that was deleted", () => {
    const recent = Recent.make<string, number>(2)
    recent.set("a", 1)
    recent.set("b", 2)
    recent.set("a", 3)
    assert.deepStrictEqual([recent.get("a"), recent.get("b")], [3, 2])
    recent.delete("a")
    assert.deepStrictEqual([recent.get("a"), recent.get("b")], [undefined, 2])
  })

  it("keeps more than it should while they are in use", () => {
    const inUse = new Set(["b", "c", "d"])
    const recent = Recent.make<string, string>(1, (value) => inUse.has(value))
    for (const key of ["a", "b", "c", "d"]) recent.set(key, key)
    assert.deepStrictEqual(["a", "b", "c", "d"].map(recent.get), [undefined, "b", "c", "d"])
    inUse.clear()
    recent.set("e", "e")
    assert.deepStrictEqual(["b", "c", "d", "e"].map(recent.get), [undefined, undefined, undefined, "e"])
  })
})
