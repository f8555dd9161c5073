import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { RunQueueItem } from "../operations/GetRunQueueItem.js"
import type { QueuePath } from "../operations/ReadBatch.js"
import { RunQueueItems } from "../operations/RunQueueItems.js"
import type { WandbClient } from "../WandbClient.js"
import type { WireFailure } from "../WireFailure.js"
import { answerItem, type Found } from "./readAnswers.js"
import type { ReadItem } from "./readRequests.js"

/**
 * How a server tells of queue items. Those that can't be asked by id are looked for in the queue's listing (B.5.3); a
 * server where only that works is asked for the listing from then on.
 */
export class ItemLookup {
  /** Whether items are looked for in the listing at once. */
  listed = false
  /** Items that the listing hasn't either: it isn't read again for them. */
  private readonly gone = new Set<string>()

  constructor(private readonly client: WandbClient["Type"]) {}

  /** Whether a failure says that the server has no look-up by id; the listing is asked from then on. */
  noticed({ detail }: WireFailure): boolean {
    if (!detail.includes('Cannot query field "runQueueItem"')) return false
    this.listed = true
    return true
  }

  /** Answers reads of items by what the look-ups by id gave. */
  answer(items: ReadonlyArray<readonly [ReadItem, Found<RunQueueItem>]>): Effect.Effect<void> {
    const missing: Array<ReadItem> = []
    const known: Array<Effect.Effect<void>> = []
    for (const [read, found] of items) {
      const unasked = Either.isLeft(found) && this.noticed(found.left)
      const unseen = Either.isRight(found) && found.right === null && !this.gone.has(read.item)
      if (unasked || unseen) missing.push(read)
      else known.push(answerItem(read, found))
    }
    return Effect.zipRight(Effect.all(known, { discard: true }), this.fromListings(missing))
  }

  /** Answers reads of items by their queues' listings, one request a queue. */
  fromListings(items: ReadonlyArray<ReadItem>): Effect.Effect<void> {
    return Effect.forEach(
      byQueue(items),
      ([queue, reads]) =>
        Effect.flatMap(Effect.either(listing(this.client, queue)), (listed) => this.fromListing(reads, listed)),
      { concurrency: "unbounded", discard: true }
    )
  }

  /** Answers reads of items by their queue's listing; null: there is no such queue. */
  fromListing(items: ReadonlyArray<ReadItem>, listed: Found<ReadonlyArray<RunQueueItem>>): Effect.Effect<void> {
    if (Either.isLeft(listed)) {
      // Without a listing, what the look-up by id said stands: there is no such item.
      const found = listed.left.reason === "GraphQL" && !this.listed ? Either.right(null) : Either.left(listed.left)
      return Effect.forEach(items, (read) => answerItem(read, found), { discard: true })
    }
    const byId = new Map((listed.right ?? []).map((item) => [item.id, item]))
    return Effect.forEach(
      items,
      (read) => {
        const item = byId.get(read.item)
        if (item === undefined) this.gone.add(read.item)
        else this.listed = true
        return answerItem(read, Either.right(item ?? null))
      },
      { discard: true }
    )
  }
}

/** Items with their queues: each queue once. */
export const byQueue = (
  items: ReadonlyArray<ReadItem>
): ReadonlyArray<readonly [QueuePath, ReadonlyArray<ReadItem>]> => {
  const groups = new Map<string, [QueuePath, Array<ReadItem>]>()
  for (const read of items) {
    const { entity, project, queue } = read
    const key = JSON.stringify([entity, project, queue])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [{ entity, project, queue }, [read]])
    else group[1].push(read)
  }
  return [...groups.values()]
}

/** The items of a queue; null where there is no such queue. */
export const listing = (
  client: WandbClient["Type"],
  { entity, project, queue }: QueuePath
): Effect.Effect<ReadonlyArray<RunQueueItem> | null, WireFailure> =>
  Effect.map(
    client.request(RunQueueItems, { entityName: entity, projectName: project, runQueue: queue }),
    ({ project }) => project?.runQueue?.runQueueItems.edges.map(({ node }) => node) ?? null
  )
