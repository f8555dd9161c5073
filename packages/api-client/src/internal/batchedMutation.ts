import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Reply } from "../GraphQl.js"
import type * as RetryPolicy from "../RetryPolicy.js"
import type { WandbClient } from "../WandbClient.js"
import type { WireFailure } from "../WireFailure.js"
import type { Aliased } from "./aliased.js"
import { Batching } from "./batching.js"
import { chunkSize } from "./readRequests.js"
import { askWhole, logRefusal } from "./readResolver.js"

/** How one mutation is made for several at once. */
export interface Options<One, A> {
  readonly client: WandbClient["Type"]
  readonly policy: RetryPolicy.RetryPolicy
  readonly request: (ones: ReadonlyArray<One>) => Aliased
  readonly part: (reply: Reply, path: ReadonlyArray<string>) => Either.Either<A, WireFailure>
  /** Gives one its answer. */
  readonly answer: (one: One, found: Either.Either<A, WireFailure>) => Effect.Effect<unknown>
  /** Asks for one alone, and gives it its answer. */
  readonly singly: (one: One) => Effect.Effect<unknown>
}

/**
 * Makes a mutation that may be repeated for several at once, 250 in a request. A server that refuses that gets single
 * ones. One that failed within such a request is asked again by itself, since only then can the server say with its
 * status why (B.2.6, F.2).
 */
export const make = <One, A>(options: Options<One, A>): ((ones: ReadonlyArray<One>) => Effect.Effect<void>) => {
  const { answer, client, part, policy, request, singly } = options
  const batching = new Batching()

  const together = (ones: ReadonlyArray<One>): Effect.Effect<void> => {
    const batch = request(ones)
    return Effect.matchEffect(askWhole(client, batch, policy), {
      onFailure: (failure) =>
        batching.refused(failure)
          ? Effect.zipRight(logRefusal(failure), each(ones, singly))
          : each(ones, (one) => answer(one, Either.left(failure))),
      onSuccess: (reply) => {
        batching.answered()
        return each(ones, (one, n) => {
          const found = part(reply, batch.paths[n] ?? [])
          return Either.isLeft(found) && found.left.reason === "GraphQL" ? singly(one) : answer(one, found)
        })
      }
    })
  }

  return (ones) =>
    Effect.forEach(
      Arr.chunksOf(ones, chunkSize),
      (chunk) => (batching.single || chunk.length === 1 ? each(chunk, singly) : together(chunk)),
      { concurrency: "unbounded", discard: true }
    )
}

// internal

const each = <One>(ones: ReadonlyArray<One>, use: (one: One, n: number) => Effect.Effect<unknown>) =>
  Effect.forEach(ones, use, { concurrency: "unbounded", discard: true })
