import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as PushBatch from "../operations/PushBatch.js"
import { Pushed, pushToRunQueueByName } from "../operations/PushToRunQueueByName.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type { WandbClient } from "../WandbClient.js"
import type * as WireFailure from "../WireFailure.js"
import { Batching } from "./batching.js"
import { askWhole } from "./readResolver.js"
import { replyPart } from "./replyPart.js"

/** What a queue answers to a push. */
type Answer = typeof Pushed.Type | null

/** Pushes several at once where they begin together. */
export interface PushBatching {
  /** Whether the server takes several in one request, as far as is known. */
  readonly isOpen: () => boolean
  /** Pushes once. A request that fails is the failure of each push in it: whether they happened is found out one by one. */
  readonly push: (push: PushBatch.BatchedPush) => Effect.Effect<Answer, WireFailure.WireFailure>
}

/** How many pushes share a request: with a lost answer, nobody knows of any of them. */
const most = 10

/** How many characters of specs share a request. */
const longest = 500_000

/**
 * Lets pushes that begin in the same moment share requests. Nobody is made to wait for others to come; a server that
 * refuses several in one request is given them one by one from then on.
 */
export const make = (client: WandbClient["Type"]): PushBatching => {
  const batching = new Batching()
  let waiting: Array<Waiting> = []

  const alone = ({ answer, push }: Waiting) =>
    Deferred.complete(
      answer,
      Effect.map(client.request(single, push, RetryPolicy.once), (it) => it.pushToRunQueueByName)
    )

  const together = (pushes: ReadonlyArray<Waiting>) => {
    const batch = PushBatch.make(pushes.map(({ push }) => push))
    return Effect.matchEffect(askWhole(client, batch, RetryPolicy.once), {
      onFailure: (failure) => {
        batching.refused(failure)
        return Effect.forEach(pushes, ({ answer }) => Deferred.fail(answer, failure), { discard: true })
      },
      onSuccess: (reply) => {
        batching.answered()
        return Effect.forEach(
          pushes,
          ({ answer }, n) => {
            const found: Either.Either<Answer, WireFailure.WireFailure> = part(reply, batch.paths[n] ?? [])
            return Deferred.complete(answer, found)
          },
          { discard: true }
        )
      }
    })
  }

  /** Gives those that begin in the same moment time to come in. */
  const flush = Effect.yieldNow().pipe(
    Effect.zipRight(Effect.yieldNow({ priority: 1 })),
    Effect.zipRight(
      Effect.suspend(() => {
        const pushes = waiting
        waiting = []
        return Effect.forEach(
          chunksOf(pushes),
          (chunk) => {
            const [only, ...others] = chunk
            return only !== undefined && others.length === 0 ? alone(only) : together(chunk)
          },
          { concurrency: "unbounded", discard: true }
        )
      })
    )
  )

  return {
    isOpen: () => !batching.single,
    push: (push) =>
      Effect.gen(function* () {
        const answer = yield* Deferred.make<Answer, WireFailure.WireFailure>()
        waiting.push({ push, answer })
        // Those who push must not be interrupted, and neither is what they share.
        if (waiting.length === 1) yield* Effect.forkDaemon(flush)
        return yield* Deferred.await(answer)
      })
  }
}

// internal

interface Waiting {
  readonly push: PushBatch.BatchedPush
  readonly answer: Deferred.Deferred<Answer, WireFailure.WireFailure>
}

const single = pushToRunQueueByName({ priority: true, templateVariableValues: false })

const part = replyPart(Pushed)

const chunksOf = (pushes: ReadonlyArray<Waiting>): ReadonlyArray<ReadonlyArray<Waiting>> => {
  const chunks: Array<Array<Waiting>> = []
  let length = 0
  for (const waiting of pushes) {
    const last = chunks.at(-1)
    const own = waiting.push.runSpec.length
    if (last === undefined || last.length >= most || length + own > longest) {
      chunks.push([waiting])
      length = own
    } else {
      last.push(waiting)
      length += own
    }
  }
  return chunks
}
