import type { QueueItem } from "../LaunchQueue.js"
import type { LaunchRequest } from "../LaunchRequest.js"
import type { QueueItemId } from "../QueueItemId.js"
import type { QueueItemState } from "../QueueItemState.js"
import type { RunKey } from "../RunKey.js"
import { Bells } from "./bells.js"

/** Where an item is; the last two are items that have left the queue, whose key is remembered. */
export type ItemStage = QueueItemState | "completed" | "withdrawn"

/** An item of a launch queue. */
export interface StoredItem {
  readonly id: QueueItemId
  readonly key: RunKey
  readonly queue: string
  /** Its place among all items ever pushed. */
  readonly index: number
  /** Gone once the item has left the queue: its key is all that is needed then. */
  request: LaunchRequest | undefined
  stage: ItemStage
  /** Who leased it last, and didn't give it back: its job may have been submitted, also if the lease ran out. */
  agent: string | undefined
  leasedUntil: number
  handle: string | undefined
  message: string | undefined
}

/** What the outside calls an item's stage. A completed item stays claimed, as on W&B; a withdrawn one isn't there. */
const visible = {
  pending: "pending",
  leased: "leased",
  claimed: "claimed",
  failed: "failed",
  completed: "claimed",
  withdrawn: undefined
} as const satisfies Record<ItemStage, QueueItemState | undefined>

/** The launch queues of a backend: each a sorted list of what waits, and the set of what is leased. */
export class Queues {
  readonly items = new Map<QueueItemId, StoredItem>()
  readonly byKey = new Map<RunKey, StoredItem>()
  readonly bells = new Bells()
  private readonly waiting = new Map<string, Array<StoredItem>>()
  private readonly taken = new Map<string, Set<StoredItem>>()

  /** Adds an item in the stage that it is in. */
  add(item: StoredItem): void {
    this.items.set(item.id, item)
    this.byKey.set(item.key, item)
    this.place(item)
  }

  push(id: QueueItemId, request: LaunchRequest): void {
    this.add({
      id,
      key: request.key,
      queue: request.queue,
      index: this.items.size,
      request,
      stage: "pending",
      agent: undefined,
      leasedUntil: 0,
      handle: undefined,
      message: undefined
    })
    this.bells.get(request.queue).emit()
  }

  state(id: QueueItemId, now: number): QueueItemState | undefined {
    const item = this.items.get(id)
    if (item === undefined) return undefined
    this.expire(item.queue, now)
    return visible[item.stage]
  }

  /** Whether a launch agent may have submitted a key: its item is leased or claimed, or its lease ran out. */
  isHeld(key: RunKey): boolean {
    const item = this.byKey.get(key)
    if (item === undefined) return false
    return item.stage === "leased" || item.stage === "claimed" || (item.stage === "pending" && item.agent !== undefined)
  }

  /** Leases up to `max` items; what `launchable` says `never` to is withdrawn on the way. */
  lease(options: {
    readonly queue: string
    readonly agent: string
    readonly max: number
    readonly now: number
    readonly until: number
    readonly launchable: (request: LaunchRequest) => "yes" | "later" | "never"
  }): ReadonlyArray<QueueItem> {
    this.expire(options.queue, options.now)
    const waiting = this.waiting.get(options.queue)
    if (waiting === undefined || options.max <= 0) return []
    const leased: Array<QueueItem> = []
    const kept: Array<StoredItem> = []
    let index = 0
    for (; index < waiting.length && leased.length < options.max; index++) {
      const item = waiting[index]
      if (item?.request === undefined) continue
      const launchable = options.launchable(item.request)
      if (launchable === "later") kept.push(item)
      else if (launchable === "never") this.leave(item, "withdrawn")
      else {
        item.stage = "leased"
        item.agent = options.agent
        item.leasedUntil = options.until
        this.place(item)
        leased.push({ id: item.id, request: item.request, handle: undefined })
      }
    }
    waiting.splice(0, index, ...kept)
    return leased
  }

  acknowledge(id: QueueItemId, handle: string): void {
    const item = this.items.get(id)
    // An expired lease may be acknowledged: the job was submitted under its key, whoever holds it now.
    if (item === undefined || (item.stage !== "leased" && item.stage !== "pending" && item.stage !== "claimed")) return
    this.displace(item)
    item.stage = "claimed"
    item.handle = handle
    this.place(item)
  }

  complete(id: QueueItemId): void {
    const item = this.items.get(id)
    if (item === undefined || visible[item.stage] === undefined) return
    this.displace(item)
    this.leave(item, "completed")
  }

  fail(id: QueueItemId, message: string): void {
    const item = this.items.get(id)
    if (item?.request === undefined) return
    this.displace(item)
    item.stage = "failed"
    item.message = message
  }

  release(id: QueueItemId, agent: string): void {
    const item = this.items.get(id)
    // Its lease may have run out.
    if ((item?.stage !== "leased" && item?.stage !== "pending") || item.agent !== agent) return
    this.displace(item)
    item.agent = undefined
    this.giveBack(item)
    this.bells.get(item.queue).emit()
  }

  /** Takes a waiting item out of its queue, for a run that will not be launched. */
  withdraw(key: RunKey): void {
    const item = this.byKey.get(key)
    if (item?.stage !== "pending") return
    this.displace(item)
    this.leave(item, "withdrawn")
  }

  held(queue: string, agent: string, now: number): ReadonlyArray<QueueItem> {
    this.expire(queue, now)
    const held = [...(this.taken.get(queue) ?? [])].filter((item) => item.agent === agent)
    return held
      .sort((a, b) => a.index - b.index)
      .flatMap(({ handle, id, request }) => (request === undefined ? [] : [{ id, request, handle }]))
  }

  private expire(queue: string, now: number): void {
    for (const item of this.taken.get(queue) ?? []) {
      if (item.stage !== "leased" || item.leasedUntil > now) continue
      this.displace(item)
      this.giveBack(item)
    }
  }

  private giveBack(item: StoredItem): void {
    item.stage = "pending"
    this.place(item)
  }

  private leave(item: StoredItem, stage: "completed" | "withdrawn"): void {
    item.stage = stage
    item.request = undefined
    item.handle = undefined
  }

  /** Puts an item where its stage belongs. */
  private place(item: StoredItem): void {
    if (item.stage === "pending")
      insert(
        entry(this.waiting, item.queue, () => []),
        item
      )
    else if (item.stage === "leased" || item.stage === "claimed") {
      entry(this.taken, item.queue, () => new Set()).add(item)
    }
  }

  private displace(item: StoredItem): void {
    this.taken.get(item.queue)?.delete(item)
    const waiting = this.waiting.get(item.queue)
    const index = item.stage === "pending" ? (waiting?.indexOf(item) ?? -1) : -1
    if (index >= 0) waiting?.splice(index, 1)
  }
}

const entry = <A>(map: Map<string, A>, key: string, make: () => A): A => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const before = (a: StoredItem, b: StoredItem): boolean => {
  const left = a.request?.priority ?? 0
  const right = b.request?.priority ?? 0
  return left === right ? a.index < b.index : left < right
}

/** Inserts in order of priority, then age; at the end, where most go, it costs one comparison. */
const insert = (waiting: Array<StoredItem>, item: StoredItem): void => {
  let index = waiting.length
  while (index > 0) {
    const previous = waiting[index - 1]
    if (previous === undefined || before(previous, item)) break
    index -= 1
  }
  waiting.splice(index, 0, item)
}
