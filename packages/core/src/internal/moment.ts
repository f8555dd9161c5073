import type * as Clock from "effect/Clock"

/** A moment, in milliseconds: by the clock, and by one that nobody sets and that stops while the machine sleeps, as timers do. */
export interface Moment {
  readonly now: number
  readonly awake: number
}

export const read = (clock: Clock.Clock): Moment => ({
  now: clock.unsafeCurrentTimeMillis(),
  awake: Number(clock.unsafeCurrentTimeNanos()) / 1e6
})
