import { Clock, Duration, Effect, Fiber, Random } from "effect"
import { setImmediate } from "node:timers/promises"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** A clock whose time goes on only as far as somebody sleeps, one sleeper at a time. */
class ImpatientClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly currentTimeMillis = Effect.sync(() => this.now)
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())
  now = 0
  private readonly sleepers: Array<Sleeper> = []

  unsafeCurrentTimeMillis(): number {
    return this.now
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.now) * 1_000_000n
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async<void>((resume) => {
      const sleeper = { at: this.now + Math.ceil(Duration.toMillis(duration)), wake: () => resume(Effect.void) }
      const place = this.sleepers.findLastIndex(({ at }) => at <= sleeper.at) + 1
      this.sleepers.splice(place, 0, sleeper)
      return Effect.sync(() => {
        const index = this.sleepers.indexOf(sleeper)
        if (index !== -1) this.sleepers.splice(index, 1)
      })
    })
  }

  /** Wakes the first sleeper; false if nobody sleeps. */
  wakeFirst(): boolean {
    const sleeper = this.sleepers.shift()
    if (sleeper === undefined) return false
    this.now = Math.max(this.now, sleeper.at)
    sleeper.wake()
    return true
  }
}

/**
 * Runs a program that waits for promises, too, as fast as it can: whenever nothing has happened for some turns of the
 * event loop, the clock jumps to the next sleeper. For what would take `TestClock` minutes, and what the virtual clock of
 * `simulation` can't run. What it draws comes from a seed, so that it does the same each time.
 */
export const run = <A, E>(program: Effect.Effect<A, E>, seed = 1): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const clock = new ImpatientClock()
    const fiber = yield* Effect.forkDaemon(program.pipe(Effect.withClock(clock), Effect.withRandom(Random.make(seed))))
    yield* Effect.promise(async () => {
      while (fiber.unsafePoll() === null) {
        for (let turn = 0; turn < idleTurns; turn++) await setImmediate()
        clock.wakeFirst()
      }
    })
    return yield* Fiber.join(fiber)
  })

/** How many turns of the event loop a program may wait for promises without sleeping. */
const idleTurns = 4
