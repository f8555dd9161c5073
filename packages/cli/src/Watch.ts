import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Output } from "./Output.js"
import * as View from "./View.js"

/** Does something again and again, so rarely that it takes a small part of the time even of a sweep of many runs. */
export const often = <E, R>(reading: Effect.Effect<void, E, R>, interval: number) =>
  Effect.gen(function* () {
    while (true) {
      const before = yield* Clock.currentTimeMillis
      yield* Effect.uninterruptible(reading)
      const took = (yield* Clock.currentTimeMillis) - before
      yield* Effect.sleep(Math.max(interval, restAfter(took)))
    }
  })

/**
 * The same for who has to come by each `interval` anyway: a reading that is left out where the one before took so long that
 * it would take more than a small part of the time.
 */
export const sparingly = <E, R>(reading: Effect.Effect<void, E, R>, interval: number): Effect.Effect<void, E, R> => {
  let rest = 0
  return Effect.gen(function* () {
    rest -= interval
    if (rest > 0) return
    const before = yield* Clock.currentTimeMillis
    yield* reading
    rest = restAfter((yield* Clock.currentTimeMillis) - before)
  })
}

/** The view that fits who reads: a program, a terminal, or a pipe. */
export const view = (
  output: Output["Type"],
  { json, ...facts }: View.Facts & { readonly json: boolean }
): View.View => {
  return json ? View.json(output, facts) : output.live ? View.live(output, facts) : View.plain(output, facts)
}

// internal

/** No more than a minute: where the machine was suspended meanwhile, a reading seems to have taken hours. */
const restAfter = (took: number): number => Math.min(20 * took, 60_000)
