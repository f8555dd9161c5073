/** How long a launch agent keeps trying, and a scheduler with what its sweep would end for. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { CommError } from "../CommError.js"
import type { ExecutorError } from "../ExecutorError.js"

const firstWait = "200 millis"

/** Waits between attempts to reach a backend or an engine: the runs go on meanwhile. */
const retryPolicy = Schedule.exponential(firstWait, 2).pipe(Schedule.union(Schedule.spaced("10 seconds")))

/** For what isn't worth that patience, such as the rest of a job's output. */
export const briefly = Schedule.spaced("500 millis").pipe(Schedule.intersect(Schedule.recurs(4)))

/** Whether asking the backend again can help. */
export const isRetryable = (error: CommError): boolean => error.retryable

/** Whether asking the engine again can help. */
export const isUnavailable = (error: ExecutorError): boolean => error.reason === "Unavailable"

/**
 * Tries until it is answered, or until trying again can't help. What is asked again changes nothing when it is
 * repeated: keys and offsets see to that, and of a worker that was registered twice only one is asked. The waits
 * between calls are interruptible, whatever is around them. `Effect.retry` costs something to set up, which only a
 * failure pays.
 */
export const persistently = <A, E, R>(
  failure: string,
  effect: Effect.Effect<A, E, R>,
  canHelp: (error: E) => boolean,
  policy: Schedule.Schedule<unknown> = retryPolicy
): Effect.Effect<A, E, R> => Effect.catchAll(effect, afterFailure(failure, effect, canHelp, policy))

/**
 * Tries until the backend takes it, or says that it never will: then that one fact is lost, with an error
 * in the log, and the run goes on. A call that has begun isn't interrupted.
 */
export const patiently = (failure: string, effect: Effect.Effect<unknown, CommError>): Effect.Effect<void> => {
  const call = Effect.uninterruptible(effect)
  const again = afterFailure(failure, call, isRetryable, retryPolicy)
  return Effect.matchEffect(call, {
    onSuccess: () => Effect.void,
    onFailure: (first) =>
      Effect.matchEffect(again(first), {
        onSuccess: () => Effect.void,
        onFailure: (error) => Effect.logError(`${failure}; gave up`, error)
      })
  })
}

// internal

/** What follows a first failure: further attempts, where they can help. */
const afterFailure =
  <A, E, R>(
    failure: string,
    effect: Effect.Effect<A, E, R>,
    canHelp: (error: E) => boolean,
    policy: Schedule.Schedule<unknown>
  ) =>
  (first: E): Effect.Effect<A, E, R> => {
    const warn = (error: E) => Effect.logWarning(failure, error)
    const again = Effect.tapError(effect, warn).pipe(
      Effect.retry({ schedule: policy, while: canHelp }),
      Effect.delay(firstWait),
      Effect.interruptible
    )
    // What is final is told by whoever hears of it.
    return canHelp(first) ? Effect.zipRight(warn(first), again) : Effect.fail(first)
  }
