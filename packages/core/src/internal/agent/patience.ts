/** How long an agent keeps trying. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { CommError } from "../../CommError.js"
import type { ExecutorError } from "../../ExecutorError.js"

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
 * Tries until it is answered, or until trying again can't help. What an agent asks again changes nothing when
 * it is repeated: keys and offsets see to that. The waits between calls are interruptible, whatever is around
 * them. `Effect.retry` costs something to set up, which only a failure pays.
 */
export const persistently = <A, E, R>(
  failure: string,
  effect: Effect.Effect<A, E, R>,
  canHelp: (error: E) => boolean,
  policy: Schedule.Schedule<unknown> = retryPolicy
): Effect.Effect<A, E, R> =>
  Effect.catchAll(effect, (error) =>
    Effect.zipRight(
      Effect.logWarning(failure, error),
      canHelp(error) ? again(failure, effect, canHelp, policy) : Effect.fail(error)
    )
  )

/**
 * Tries until the backend takes it, or says that it never will: then that one fact is lost, with an error
 * in the log, and the run goes on. A call that has begun isn't interrupted.
 */
export const patiently = (failure: string, effect: Effect.Effect<unknown, CommError>): Effect.Effect<void> => {
  const call = Effect.uninterruptible(effect)
  const giveUp = (error: CommError) => Effect.logError(`${failure}; gave up`, error)
  return Effect.matchEffect(call, {
    onSuccess: () => Effect.void,
    onFailure: (error) =>
      Effect.zipRight(
        Effect.logWarning(failure, error),
        isRetryable(error)
          ? Effect.matchEffect(again(failure, call, isRetryable, retryPolicy), {
              onSuccess: () => Effect.void,
              onFailure: giveUp
            })
          : giveUp(error)
      )
  })
}

// internal

/** The attempts after the first. */
const again = <A, E, R>(
  failure: string,
  effect: Effect.Effect<A, E, R>,
  canHelp: (error: E) => boolean,
  policy: Schedule.Schedule<unknown>
): Effect.Effect<A, E, R> =>
  Effect.tapError(effect, (error) => Effect.logWarning(failure, error)).pipe(
    Effect.retry({ schedule: policy, while: canHelp }),
    Effect.delay(firstWait),
    Effect.interruptible
  )
