import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import type * as Scope from "effect/Scope"
import * as Moment from "./moment.js"

/** Rings once, at the time that it was set to last. */
export interface Alarm {
  /** In milliseconds since 1970; `Infinity`: not at all. */
  readonly set: (time: number) => void
}

/**
 * An alarm that isn't set. It is silent once the scope closes. To set it later costs nothing: whoever sleeps for an earlier
 * time finds out then, and sleeps on.
 */
export const make = Effect.fnUntraced(function* (
  ring: (time: number) => void
): Effect.fn.Return<Alarm, never, Scope.Scope> {
  const clock = yield* Effect.clock
  const fork = yield* FiberHandle.runtime(yield* FiberHandle.make())()
  let setTo = never
  let sleepsUntil = never
  /** When that sleep ends, as timers count (`awake`). */
  let wakesAt = never

  const wait = (time: number, { now }: Moment.Moment) => Math.max(0, Math.ceil(time) - now)
  /** Whether the sleep lasts past a time, though it was to end before: since it began, the clock has moved forward. */
  const oversleeps = (time: number) => {
    const moment = Moment.read(clock)
    return wakesAt - moment.awake > wait(time, moment) + slack
  }

  const sleep = Effect.gen(function* () {
    while (setTo < never) {
      sleepsUntil = setTo
      const moment = Moment.read(clock)
      const millis = wait(sleepsUntil, moment)
      wakesAt = moment.awake + millis
      yield* Effect.sleep(millis)
      if (setTo > sleepsUntil) continue
      setTo = never
      ring(sleepsUntil)
    }
    sleepsUntil = never
  })

  return {
    set: (time) => {
      setTo = time
      if (time < sleepsUntil || oversleeps(time)) fork(sleep)
    }
  }
})

// internal

const never = Number.POSITIVE_INFINITY

/** By how many milliseconds two clocks may differ that are read one after the other. */
const slack = 2
