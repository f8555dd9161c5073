import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as PushBatch from "../operations/PushBatch.js"
import { Pushed, pushToRunQueueByName } from "../operations/PushToRunQueueByName.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type { WandbClient } from "../WandbClient.js"
import type * as WireFailure from "../WireFailure.js"
import { Batching } from "./batching.js"
import * as Gathering from "./gathering.js"
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
 * Lets pushes that begin in the same moment share requests. A server that refuses several in one request is given them
 * one by one from then on.
 */
export const make = (client: WandbClient["Type"]): PushBatching => {
  const batching = new Batching()

  const alone = ({ answer, what }: Waiting) =>
    Deferred.complete(
      answer,
      Effect.map(client.request(single, what, RetryPolicy.once), (it) => it.pushToRunQueueByName)
    )

  const together = (pushes: ReadonlyArray<Waiting>) => {
    const batch = PushBatch.make(pushes.map(({ what }) => what))
    return Effect.matchEffect(askWhole(client, batch, RetryPolicy.once), {
      onFailure: (failure) => {
        const first = !batching.single && batching.refused(failure)
        const failed = Effect.forEach(pushes, ({ answer }) => Deferred.fail(answer, failure), { discard: true })
        return first ? Effect.zipRight(logRefusal(failure), failed) : failed
      },
      onSuccess: (reply) => {
        batching.answered()
        return Effect.forEach(pushes, ({ answer }, n) => Deferred.complete(answer, part(reply, batch.paths[n] ?? [])), {
          discard: true
        })
      }
    })
  }

  return {
    isOpen: () => !batching.single,
    // Those who push must not be interrupted, and neither is what they share.
    push: Gathering.make((pushes) =>
      Effect.forEach(
        chunksOf(pushes),
        (chunk) => {
          const [only, ...others] = chunk
          return only !== undefined && others.length === 0 ? alone(only) : together(chunk)
        },
        { concurrency: "unbounded", discard: true }
      )
    )
  }
}

// internal

type Waiting = Gathering.Asked<PushBatch.BatchedPush, Answer, WireFailure.WireFailure>

/** Each push of the request warns of its own failure. */
const logRefusal = ({ detail, status }: WireFailure.WireFailure) =>
  Effect.logDebug("The server refuses several pushes in one request: they are made one by one").pipe(
    Effect.annotateLogs({
      package: "@sweepline/api-client",
      module: "WandbLaunchQueue",
      status: status ?? 200,
      detail
    })
  )

const single = pushToRunQueueByName({ priority: true, templateVariableValues: false })

const part = replyPart(Pushed)

const chunksOf = (pushes: ReadonlyArray<Waiting>): ReadonlyArray<ReadonlyArray<Waiting>> => {
  const chunks: Array<Array<Waiting>> = []
  let length = 0
  for (const waiting of pushes) {
    const last = chunks.at(-1)
    const own = waiting.what.runSpec.length
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
