import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import * as Watch from "../src/Watch.js"

/** How often something is read within ten minutes by who comes by every 200 ms, where each reading takes so long. */
const readings = (millis: number) =>
  Effect.gen(function* () {
    let count = 0
    const reading = Effect.zipRight(
      Effect.sleep(millis),
      Effect.sync(() => void count++)
    )
    const look = Watch.sparingly(reading, 200)
    const fiber = yield* Effect.fork(Effect.forever(Effect.zipRight(look, Effect.sleep(200))))
    yield* TestClock.adjust("10 minutes")
    yield* Fiber.interrupt(fiber)
    return count
  })

describe("who watches a sweep", () => {
  it.effect("reads it each time, as long as that is quick", () =>
    Effect.map(readings(0), (count) => assert.strictEqual(count, 3001))
  )

  it.effect("leaves readings out that would take more than a twentieth of the time", () =>
    Effect.map(readings(1500), (count) => assert.isTrue(count > 15 && count <= 20, String(count)))
  )

  for (const [how, watch] of [
    ["often", Watch.often],
    [
      "sparingly",
      (reading: Effect.Effect<void>, interval: number) => {
        const look = Watch.sparingly(reading, interval)
        return Effect.forever(Effect.zipRight(look, Effect.sleep(interval)))
      }
    ]
  ] as const) {
    it.effect(`reads it again within a minute after the machine was suspended during a reading: ${how}`, () =>
      Effect.gen(function* () {
        let count = 0
        const reading = Effect.suspend(() => Effect.sleep(count++ === 0 ? "8 hours" : 0))
        const fiber = yield* Effect.fork(watch(reading, 200))
        yield* TestClock.adjust("8 hours")
        yield* TestClock.adjust("61 seconds")
        yield* Fiber.interrupt(fiber)
        assert.isAbove(count, 1)
      })
    )
  }
})
