/** How long an agent keeps trying, and how it ends what it has begun. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type { CommError } from "../../CommError.js"

/** Waits between attempts to reach a backend or an engine: the runs go on meanwhile. */
export const retryPolicy = Schedule.exponential("200 millis", 2).pipe(Schedule.union(Schedule.spaced("10 seconds")))

/** Waits while the engine can't say what a job printed; after them its end is reported all the same. */
export const outputPolicy = Schedule.spaced("500 millis").pipe(Schedule.intersect(Schedule.recurs(4)))

/**
 * Tries until the backend takes it, or says that it never will: then that one fact is lost, with an error
 * in the log, and the run goes on.
 */
export const patiently =
  (failure: string) =>
  (effect: Effect.Effect<unknown, CommError>): Effect.Effect<void> =>
    effect.pipe(
      Effect.tapError((error) => Effect.logWarning(failure, error)),
      Effect.retry({ schedule: retryPolicy, while: (error) => error.retryable }),
      Effect.catchTag("CommError", (error) => Effect.logError(`${failure}; gave up`, error)),
      Effect.asVoid
    )

/** What was begun goes on for this long after an interruption, and is only then interrupted itself. */
export const finishing =
  (grace: Duration.Duration) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), (fiber) =>
        restore(Fiber.join(fiber)).pipe(
          Effect.onInterrupt(() =>
            Effect.interruptible(Fiber.await(fiber)).pipe(
              Effect.timeoutOption(grace),
              Effect.zipRight(Fiber.interruptFork(fiber))
            )
          )
        )
      )
    )
