/**
 * Reads in one batch, for adapters whose single reads are requests that one resolver merges. Where requests aren't
 * batched, reads come one after another: `Effect.all` and `Effect.forEach` take ten times their steps for it.
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"

/** Several reads of different kinds. */
export const together = <A, B, C, D>(
  a: Effect.Effect<A>,
  b: Effect.Effect<B>,
  c: Effect.Effect<C>,
  d: Effect.Effect<D>
): Effect.Effect<readonly [A, B, C, D]> =>
  Effect.flatMap(
    FiberRef.get(FiberRef.currentRequestBatchingEnabled),
    (batched): Effect.Effect<readonly [A, B, C, D]> =>
      batched
        ? Effect.all([a, b, c, d], { batching: true })
        : Effect.gen(function* () {
            return [yield* a, yield* b, yield* c, yield* d]
          })
  )

/** One read for each of several ids. None of them may fail: in effect 3, a batch in which two fail never ends. */
export const forEach = <Id, A, R>(
  ids: ReadonlyArray<Id>,
  read: (id: Id) => Effect.Effect<A, never, R>
): Effect.Effect<ReadonlyArray<A>, never, R> =>
  Effect.flatMap(FiberRef.get(FiberRef.currentRequestBatchingEnabled), (batched) =>
    batched
      ? Effect.forEach(ids, read, { batching: true })
      : Effect.gen(function* () {
          const found: Array<A> = []
          for (const id of ids) found.push(yield* read(id))
          return found
        })
  )
