import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A moment, in milliseconds: by the clock, and by one that nobody sets and that stops while the machine sleeps, as timers do. */
export interface Moment {
  readonly now: number
  readonly awake: number
}

export const read = (clock: Clock.Clock): Moment => ({ now: clock.unsafeCurrentTimeMillis(), awake: awakeBy(clock) })

/** The present moment by the second clock alone: for what is measured, and no date. */
export const awake: Effect.Effect<number> = Effect.clockWith((clock) => Effect.succeed(awakeBy(clock)))

// internal

const awakeBy = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6
