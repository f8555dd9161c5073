/**
 * The items of the launch queues (B.5). Each push makes an item: like the real queue, this one has no key by which it
 * could tell that a push was repeated.
 */
import { Documents, type Reader, type Writer } from "@sweepline/core/Documents"
import { leaseTime } from "@sweepline/core/LaunchQueue"
import * as CountedId from "@sweepline/core/CountedId"
import { QueueItemState } from "@sweepline/core/QueueItemState"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Collection from "./Collection.js"
import type { RunQueue } from "./RunQueueDocument.js"

/** An item. `leased` is popped, `claimed` acknowledged; a lease that isn't acknowledged within a minute runs out. */
export const QueueItem = Schema.Struct({
  id: Schema.String,
  queue: Schema.String,
  /** Its place among all items ever pushed. */
  no: Schema.Int,
  /** The lowest goes first. */
  priority: Schema.Int,
  /** JSON text, as it was pushed. */
  runSpec: Schema.String,
  templateVariableValues: Schema.optional(Schema.String),
  state: QueueItemState,
  leasedUntil: Schema.Number,
  agent: Schema.optional(Schema.String),
  /** The run that the agent said it started. */
  run: Schema.optional(Schema.String),
  message: Schema.optional(Schema.String),
  warning: Schema.optional(Schema.String)
})
export type QueueItem = typeof QueueItem.Type

const items = Collection.make<[id: string]>()("item", QueueItem)

/** What is pushed without a priority (B4). */
export const defaultPriority = 2

/** Adds an item to a queue. */
export const push = Effect.fnUntraced(function* (
  queue: RunQueue,
  options: {
    readonly runSpec: string
    readonly priority?: number | undefined
    readonly templateVariableValues?: string | undefined
  }
) {
  const documents = yield* Documents
  return yield* documents.write((writer) => {
    const no = Collection.next(writer, "item")
    const { priority = defaultPriority, runSpec, templateVariableValues } = options
    const item: QueueItem = {
      id: CountedId.make(no),
      queue: queue.id,
      no,
      priority,
      runSpec,
      ...(templateVariableValues === undefined ? {} : { templateVariableValues }),
      state: "pending",
      leasedUntil: 0
    }
    put(writer, item)
    return item
  })
})

/** An item of a queue, if it is there. */
export const get = Effect.fnUntraced(function* (id: string, queue: RunQueue | undefined) {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  const item = yield* documents.read((reader) => items.get(reader, id))
  return item === undefined || (queue !== undefined && item.queue !== queue.id) ? undefined : expired(item, now)
})

/** Every item of a queue, oldest first. */
export const list = Effect.fnUntraced(function* (queue: RunQueue) {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  return yield* documents.read((reader) =>
    entriesOf(reader, Collection.key("queue-item", [queue.id])).map((item) => expired(item, now))
  )
})

/** Leases the first item that waits, by priority and then age; `undefined` when none does. */
export const pop = Effect.fnUntraced(function* (queue: RunQueue, agent: string | undefined) {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  return yield* documents.write((writer) => {
    for (const leased of entriesOf(writer, Collection.key("leased", [queue.id]))) {
      if (leased.state === "leased" && leased.leasedUntil <= now) put(writer, expired(leased, now))
    }
    const [first] = entriesOf(writer, Collection.key("waiting", [queue.id]), 1)
    if (first === undefined) return undefined
    const item: QueueItem = {
      ...first,
      state: "leased",
      leasedUntil: now + Duration.toMillis(leaseTime),
      ...(agent === undefined ? {} : { agent })
    }
    put(writer, item)
    return item
  })
})

/** Changes an item where `change` answers another; false where there is none or nothing is changed. */
export const update = Effect.fnUntraced(function* (id: string, change: (item: QueueItem) => QueueItem | undefined) {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  return yield* documents.write((writer) => {
    const before = items.get(writer, id)
    const after = before === undefined ? undefined : change(expired(before, now))
    if (after === undefined) return false
    put(writer, after)
    return true
  })
})

// internal

const expired = (item: QueueItem, now: number): QueueItem =>
  item.state === "leased" && item.leasedUntil <= now ? { ...item, state: "pending", leasedUntil: 0 } : item

/** Keeps an item, and under which keys it is found. */
const put = (writer: Writer, item: QueueItem): void => {
  items.set(writer, item, item.id)
  writer.set(Collection.key("queue-item", [item.queue, Collection.ordered(item.no)]), item.id)
  place(writer, waitingKey(item), item, item.state === "pending")
  place(writer, Collection.key("leased", [item.queue, Collection.ordered(item.no)]), item, item.state === "leased")
}

const place = (writer: Writer, key: string, item: QueueItem, there: boolean): void =>
  there ? writer.set(key, item.id) : writer.remove(key)

/** Sorts by priority, which may be negative, then by age. */
const waitingKey = ({ no, priority, queue }: QueueItem): string =>
  Collection.key("waiting", [queue, Collection.ordered(priority + 2 ** 31), Collection.ordered(no)])

const entriesOf = (reader: Reader, prefix: string, limit?: number): ReadonlyArray<QueueItem> =>
  reader
    .list(limit === undefined ? { prefix: `${prefix}/` } : { prefix: `${prefix}/`, limit })
    .flatMap(([, id]) => items.get(reader, id) ?? [])
