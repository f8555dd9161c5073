import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"
import { GetRunQueueItem, RunQueueItem } from "../operations/GetRunQueueItem.js"
import { GetSweepState } from "../operations/GetSweepState.js"
import * as ReadBatch from "../operations/ReadBatch.js"
import { RunQueueItemConnection } from "../operations/RunQueueItems.js"
import { RunState } from "../operations/RunState.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type { WandbClient } from "../WandbClient.js"
import * as WireFailure from "../WireFailure.js"
import { Batching, isEmpty } from "./batching.js"
import { byQueue, ItemLookup } from "./itemLookup.js"
import { answerAll, answerRun, answerSweep } from "./readAnswers.js"
import { type Chunk, chunksOf, type Read, type ReadItem, type ReadRun, type ReadSweep } from "./readRequests.js"
import { replyPart } from "./replyPart.js"

/**
 * Answers all reads of a pass with as few requests as they need. Time limits and retries are inside, and every read is
 * answered: a read that was left open would hold its caller for ever.
 */
export const make = (client: WandbClient["Type"]): RequestResolver.RequestResolver<Read> => {
  const batching = new Batching()
  const items = new ItemLookup(client)

  const singleRun = (read: ReadRun) =>
    client.request(RunState, { project: read.project, entity: read.entity, name: read.run }).pipe(
      Effect.map(({ project }) => project?.run ?? null),
      Effect.either,
      Effect.flatMap((found) => answerRun(read, found))
    )

  const singleSweep = (read: ReadSweep) =>
    client.request(GetSweepState, { project: read.project, entity: read.entity, sweep: read.sweep }).pipe(
      Effect.map(({ project }) => project?.sweep ?? null),
      Effect.either,
      Effect.flatMap((found) => answerSweep(read, found))
    )

  const singleItem = ({ entity, item, project, queue }: ReadItem) =>
    client.request(GetRunQueueItem, { entityName: entity, projectName: project, runQueue: queue, itemId: item }).pipe(
      Effect.map(({ project }) => project?.runQueue?.runQueueItem ?? null),
      Effect.either
    )

  const singly = (chunk: Chunk): Effect.Effect<void> =>
    Effect.all(
      [
        ...chunk.runs.map(singleRun),
        ...chunk.sweeps.map(singleSweep),
        items.listed
          ? items.fromListings(chunk.items)
          : Effect.flatMap(
              Effect.forEach(chunk.items, (read) => Effect.map(singleItem(read), (found) => [read, found] as const), {
                concurrency: "unbounded"
              }),
              (found) => items.answer(found)
            )
      ],
      { concurrency: "unbounded", discard: true }
    )

  const together = (chunk: Chunk): Effect.Effect<void> =>
    Effect.suspend(() => {
      const { listed } = items
      const queues = listed ? byQueue(chunk.items) : []
      const batch = ReadBatch.make({
        runs: chunk.runs,
        sweeps: chunk.sweeps,
        items: listed ? [] : chunk.items,
        listings: queues.map(([queue]) => queue)
      })
      return Effect.matchEffect(askWhole(client, batch), {
        onFailure: (failure) => {
          if (!listed && items.noticed(failure)) return together(chunk)
          return batching.refused(failure)
            ? Effect.zipRight(logRefusal(failure), singly(chunk))
            : answerAll(chunk, failure)
        },
        onSuccess: (reply) => {
          batching.answered()
          const found = chunk.items.map((read, n) => [read, itemPart(reply, batch.items[n] ?? [])] as const)
          return Effect.all(
            [
              ...chunk.runs.map((read, n) => answerRun(read, statePart(reply, batch.runs[n] ?? []))),
              ...chunk.sweeps.map((read, n) => answerSweep(read, statePart(reply, batch.sweeps[n] ?? []))),
              ...queues.map(([, reads], n) => items.fromListing(reads, listingPart(reply, batch.listings[n] ?? []))),
              listed ? Effect.void : items.answer(found)
            ],
            { discard: true }
          )
        }
      })
    })

  const resolve = (chunk: Chunk): Effect.Effect<void> =>
    Effect.suspend(() => {
      const size = chunk.runs.length + chunk.sweeps.length + chunk.items.length
      return batching.single || size === 1 ? singly(chunk) : together(chunk)
    })

  return RequestResolver.makeBatched((reads: ReadonlyArray<Read>) =>
    Effect.forEach(chunksOf(reads, items.listed), resolve, { concurrency: "unbounded", discard: true }).pipe(
      Effect.catchAllCause((cause) =>
        Effect.forEach(reads, (read) => Request.failCause(read, cause), { discard: true })
      )
    )
  )
}

/** Asks several questions; an answer without any data is a failure of them all. */
export const askWhole = (
  client: WandbClient["Type"],
  { document, variables }: { readonly document: string; readonly variables: Readonly<Record<string, unknown>> },
  policy: RetryPolicy.RetryPolicy = RetryPolicy.call
): Effect.Effect<GraphQl.Reply, WireFailure.WireFailure> =>
  Effect.filterOrFail(
    client.ask(document, variables, policy),
    (reply) => !isEmpty(reply),
    ({ errors }) => WireFailure.make({ reason: "GraphQL", detail: GraphQl.joined(errors), delivery: "Refused" })
  )

/** Says once that a server gets single requests from now on. */
export const logRefusal = ({ detail, status }: WireFailure.WireFailure): Effect.Effect<void> =>
  Effect.logWarning("The server refuses several questions in one request: they are asked one by one").pipe(
    Effect.annotateLogs({ package: "@sweepline/api-client", module: "Reads", status: status ?? 200, detail })
  )

const statePart = replyPart(Schema.Struct({ state: Schema.NullOr(Schema.String) }))
const itemPart = replyPart(RunQueueItem)
const edges = replyPart(RunQueueItemConnection)
const listingPart = (reply: GraphQl.Reply, path: ReadonlyArray<string>) =>
  Either.map(edges(reply, path), (connection) => connection?.edges.map(({ node }) => node) ?? null)
