import * as Effect from "effect/Effect"

/** What is in the way of something that is tried again and again: it is told of once, and again where it is another. */
export interface Obstacle<E> {
  /** It failed: tells why, unless that is what was told last. */
  readonly met: (error: E) => Effect.Effect<void>
  /** It went well: whatever fails next is told of. */
  readonly gone: Effect.Effect<void>
}

/**
 * Nothing is in the way yet. Errors are the same where their messages are.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Obstacle from "@sweepline/core/Obstacle"
 *
 * const look = Effect.fail(new Error("the disk is gone"))
 * const obstacle = Obstacle.make((error: Error) => Effect.logWarning("Could not look", error))
 *
 * // Warns once, however often it is run.
 * const patient = Effect.matchEffect(look, { onFailure: obstacle.met, onSuccess: () => obstacle.gone })
 * ```
 */
export const make = <E extends { readonly message: string }>(tell: (error: E) => Effect.Effect<void>): Obstacle<E> => {
  let told: string | undefined
  return {
    met: (error) =>
      Effect.suspend(() => {
        if (error.message === told) return Effect.void
        told = error.message
        return tell(error)
      }),
    gone: Effect.sync(() => {
      told = undefined
    })
  }
}
