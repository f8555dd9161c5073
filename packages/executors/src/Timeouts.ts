import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Callbacks after one and the same time, or up to a tenth later. One fiber sees to all: most are cancelled in time. */
export interface Timeouts {
  /** Answers how it is cancelled. */
  readonly add: (callback: () => void) => () => void
}

/** No callbacks. They end with the scope. */
export const make = Effect.fnUntraced(function* (
  limit: Duration.Duration
): Effect.fn.Return<Timeouts, never, Scope.Scope> {
  const some = yield* Effect.makeLatch(false)
  const ticksLeft = new Map<() => void, number>()
  const tick = Effect.sync(() => {
    for (const [callback, left] of ticksLeft) {
      if (left > 0) ticksLeft.set(callback, left - 1)
      else {
        ticksLeft.delete(callback)
        callback()
      }
    }
    if (ticksLeft.size === 0) some.unsafeClose()
  })
  yield* some.await.pipe(
    Effect.zipRight(Effect.sleep(Duration.millis(Math.ceil(Duration.toMillis(limit) / ticks)))),
    Effect.zipRight(tick),
    Effect.forever,
    Effect.interruptible,
    Effect.forkScoped
  )
  return {
    add: (callback) => {
      ticksLeft.set(callback, ticks)
      some.unsafeOpen()
      return () => void ticksLeft.delete(callback)
    }
  }
})

// internal

/** How often it is looked, within the time. */
const ticks = 10
