import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

/** Something that is asked, and where its answer goes. */
export interface Asked<A, B, E> {
  readonly what: A
  readonly answer: Deferred.Deferred<B, E>
}

/**
 * Lets what is asked in the same moment be asked together: `use` gives each its answer. Nobody is made to wait for
 * others to come, and who asks may be interrupted without the others losing their answers.
 */
export const make = <A, B, E>(
  use: (asked: ReadonlyArray<Asked<A, B, E>>) => Effect.Effect<void>
): ((what: A) => Effect.Effect<B, E>) => {
  let waiting: Array<Asked<A, B, E>> = []

  const flush = Effect.suspend(() => {
    const asked = waiting
    waiting = []
    return Effect.catchAllCause(use(asked), (cause) =>
      Effect.forEach(asked, ({ answer }) => Deferred.failCause(answer, cause), { discard: true })
    )
  })

  return (what) =>
    Effect.gen(function* () {
      const answer = yield* Deferred.make<B, E>()
      waiting.push({ what, answer })
      if (waiting.length === 1) yield* Effect.forkDaemon(Effect.interruptible(Effect.zipRight(sameMoment, flush)))
      return yield* Deferred.await(answer)
    })
}

// internal

/** Gives those that begin in the same moment time to come in. */
const sameMoment = Effect.zipRight(Effect.yieldNow(), Effect.yieldNow({ priority: 1 }))
