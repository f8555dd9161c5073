import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, TestClock } from "effect"
import * as Alarm from "../src/internal/alarm.js"
import * as WallClock from "./fixtures/wallClock.js"

/** An alarm, and the times at which it rang. */
const listened = Effect.gen(function* () {
  const rang: Array<number> = []
  const alarm = yield* Alarm.make((time) => rang.push(time))
  return { alarm, rang }
})

describe("an alarm", () => {
  it.scoped("rings once, at the time that it was set to", () =>
    Effect.gen(function* () {
      const { alarm, rang } = yield* listened
      alarm.set(1000)
      yield* TestClock.setTime(999)
      assert.deepStrictEqual(rang, [])
      yield* TestClock.setTime(5000)
      assert.deepStrictEqual(rang, [1000])
    })
  )

  it.scoped("keeps to the last time that it was set to, be it earlier or later", () =>
    Effect.gen(function* () {
      const { alarm, rang } = yield* listened
      alarm.set(1000)
      alarm.set(3000)
      yield* TestClock.setTime(2000)
      assert.deepStrictEqual(rang, [])
      alarm.set(2500)
      yield* TestClock.setTime(5000)
      assert.deepStrictEqual(rang, [2500])
    })
  )

  it.scoped("doesn't ring before a time that lies between two milliseconds", () =>
    Effect.gen(function* () {
      const { alarm, rang } = yield* listened
      alarm.set(1000.5)
      yield* TestClock.setTime(1000)
      assert.deepStrictEqual(rang, [])
      yield* TestClock.setTime(1001)
      assert.deepStrictEqual(rang, [1000.5])
    })
  )

  it.scoped("can be set off, and on again", () =>
    Effect.gen(function* () {
      const { alarm, rang } = yield* listened
      alarm.set(1000)
      alarm.set(Number.POSITIVE_INFINITY)
      yield* TestClock.setTime(2000)
      assert.deepStrictEqual(rang, [])
      alarm.set(2500)
      yield* TestClock.setTime(3000)
      assert.deepStrictEqual(rang, [2500])
    })
  )

  it.scoped("rings for a time that has passed, and may be set again by whoever hears it", () =>
    Effect.gen(function* () {
      const rang: Array<number> = []
      const alarm = yield* Alarm.make((time) => {
        rang.push(time)
        if (time < 700) alarm.set(time + 100)
      })
      yield* TestClock.setTime(450)
      alarm.set(400)
      yield* TestClock.setTime(2000)
      assert.deepStrictEqual(rang, [400, 500, 600, 700])
    })
  )

  for (const [forward, wait] of [
    ["8 hours", "1 minute"],
    ["20 minutes", "11 minutes"],
    ["10 seconds", "1795 seconds"]
  ] as const) {
    it.scoped(`rings on time where the clock moved forward by ${forward} before it was set to later`, () =>
      Effect.gen(function* () {
        const { clock, set } = yield* WallClock.make
        const { alarm, rang } = yield* Effect.withClock(listened, clock)
        alarm.set(Duration.toMillis("30 minutes"))
        set(forward)
        const time = clock.unsafeCurrentTimeMillis() + Duration.toMillis(wait)
        alarm.set(time)
        yield* TestClock.adjust(wait)
        assert.deepStrictEqual(rang, [time])
      })
    )
  }

  it.effect("is silent once its scope has closed", () =>
    Effect.gen(function* () {
      const rang = yield* Effect.scoped(
        Effect.map(listened, ({ alarm, rang }) => {
          alarm.set(1000)
          return rang
        })
      )
      yield* TestClock.setTime(2000)
      assert.deepStrictEqual(rang, [])
    })
  )
})
