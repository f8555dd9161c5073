import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as Heap from "../src/Heap.js"

describe("a heap", () => {
  it("gives what was added in order, also while more is", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.option(FastCheck.nat(20))), (steps) => {
        const heap = Heap.make<number>((a, b) => a < b)
        const held: Array<number> = []
        for (const step of steps) {
          if (step === null) assert.strictEqual(heap.take(), held.shift())
          else {
            heap.add(step)
            held.push(step)
            held.sort((a, b) => a - b)
          }
        }
        for (const next of [...held, undefined]) assert.strictEqual(heap.take(), next)
      }),
      { seed: 1 }
    )
  })

  it("compares a few times for each of thousands", () => {
    const count = 10_000
    let compared = 0
    const heap = Heap.make<number>((a, b) => (compared++, a < b))
    for (let i = 0; i < count; i++) heap.add((i * 7919) % count)
    for (let i = 0; i < count; i++) assert.strictEqual(heap.take(), i)
    assert.isBelow(compared, 50 * count)
  })
})
