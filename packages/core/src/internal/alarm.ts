import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import type * as Scope from "effect/Scope"

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

  const sleep = Effect.gen(function* () {
    while (setTo < never) {
      sleepsUntil = setTo
      yield* Effect.sleep(Math.max(0, Math.ceil(sleepsUntil) - clock.unsafeCurrentTimeMillis()))
      if (setTo > sleepsUntil) continue
      setTo = never
      ring(sleepsUntil)
    }
    sleepsUntil = never
  })

  return {
    set: (time) => {
      setTo = time
      if (time < sleepsUntil) fork(sleep)
    }
  }
})

// internal

const never = Number.POSITIVE_INFINITY
