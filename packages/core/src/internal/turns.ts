import * as Effect from "effect/Effect"

/** Work of which one goes on at a time. */
export interface Turns {
  readonly take: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Like a semaphore of one permit, at a third of its steps where nobody waits, which is nearly always. */
export const make = (): Turns => {
  const free = Effect.unsafeMakeLatch(true)
  let taken = false
  const leave = () => {
    taken = false
    free.unsafeOpen()
  }
  const take: Turns["take"] = (work) =>
    Effect.uninterruptibleMask((restore) => {
      if (taken) return Effect.zipRight(restore(free.await), restore(take(work)))
      taken = true
      free.unsafeClose()
      return Effect.matchCauseEffect(restore(work), {
        onFailure: (cause) => {
          leave()
          return Effect.failCause(cause)
        },
        onSuccess: (done) => {
          leave()
          return Effect.succeed(done)
        }
      })
    })
  return { take }
}
