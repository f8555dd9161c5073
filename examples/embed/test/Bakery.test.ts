import { assert, describe, it } from "@effect/vitest"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Effect, Fiber, TestClock } from "effect"
import * as Bakery from "../src/Bakery.js"

describe("Bakery", () => {
  it.effect("finds the best bread, in hours of baking that take no time", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Bakery.bake)
      yield* TestClock.adjust("12 hours")
      const { baked, outcome, taste, temperature } = yield* Fiber.join(fiber)
      assert.deepInclude(outcome, {
        state: "COMPLETED",
        reason: "SearchExhausted",
        detail: "no neighbour is better"
      })
      assert.isAbove(taste, 98)
      assert.approximately(temperature, 230, 8)
      assert.isBelow(baked, 60)
    }).pipe(Effect.provide(Bakery.layer({ ovens: 2, baking: "20 minutes" })))
  )

  it.effect("bakes on after a power cut in the kitchen, without starting over", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Bakery.bake)
      yield* TestClock.adjust("12 hours")
      const { baked, outcome, taste } = yield* Fiber.join(fiber)
      assert.strictEqual(outcome.reason, "SearchExhausted")
      assert.deepInclude(outcome.counts, { finished: baked, preempted: 0 })
      const loaves = yield* Effect.flatMap(SweepApi, (api) => api.runs(outcome.sweep))
      assert.deepStrictEqual(new Set(loaves.map(({ attempt }) => attempt)), new Set([2]))
      assert.isAbove(taste, 98)
    }).pipe(Effect.provide(Bakery.layer({ ovens: 2, baking: "20 minutes", powerCuts: true })))
  )

  it.effect("never bakes more than the cap", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Bakery.bake)
      yield* TestClock.adjust("12 hours")
      assert.isAtMost((yield* Fiber.join(fiber)).baked, 60)
    }).pipe(Effect.provide(Bakery.layer({ ovens: 7, baking: "20 minutes" })))
  )
})
