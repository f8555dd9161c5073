import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { CommError } from "./CommError.js"
import type { LaunchError } from "./LaunchError.js"
import type { LaunchRequest } from "./LaunchRequest.js"
import type { QueueItemId } from "./QueueItemId.js"
import type { ItemReading } from "./Reading.js"
import type { QueueItemState } from "./QueueItemState.js"
import type { RunKey } from "./RunKey.js"
import type { SweepId } from "./SweepId.js"

/** An item as the launch agent that leased it sees it. */
export interface QueueItem {
  readonly id: QueueItemId
  readonly request: LaunchRequest
  /** What the engine answered to `submit`, once it is acknowledged. */
  readonly handle: string | undefined
  /** An earlier lease of it, which was not acknowledged, has submitted its job: that is to be found, not to be started. */
  readonly submitted?: true
}

/**
 * A launch queue: the scheduler pushes runs, a launch agent leases them. On our own
 * backends a key is queued once, however often it is pushed; W&B's queue promises no such
 * thing, so there an ambiguous push is reported as `LaunchUncertain`.
 */
export class LaunchQueue extends Context.Tag("@sweepline/core/LaunchQueue")<
  LaunchQueue,
  {
    /** Queues a run's attempt. Pushing a key that is already queued answers the item it has. */
    readonly push: (request: LaunchRequest) => Effect.Effect<QueueItemId, CommError | LaunchError>
    /** `None`: the queue has no such item (RD13). */
    readonly itemState: (item: {
      readonly id: QueueItemId
      readonly queue: string
    }) => Effect.Effect<Option.Option<QueueItemState>, CommError>
    /** The states of many items, in as few requests as the queue allows; a failed read is that item's `Missed`. */
    readonly itemStates: (items: {
      readonly ids: ReadonlyArray<QueueItemId>
      readonly queue: string
    }) => Effect.Effect<ReadonlyArray<ItemReading>>
    /**
     * The item that holds a key: decides, after a crash, whether a push had happened. `LaunchUncertain`: it did, or may
     * have, and there is no item to be found.
     */
    readonly find: (key: RunKey) => Effect.Effect<Option.Option<QueueItemId>, CommError | LaunchError>
    /**
     * Leases up to `max` items, highest priority (lowest number) and oldest first. An item that isn't
     * acknowledged within a minute returns to the queue. Items of a paused or ended sweep stay where they are, and so do
     * those of the sweeps `except`, whose scripts are broken; but for runs that are to be ended. W&B's queue knows no sweeps:
     * there, who leases such an item gives it back.
     */
    readonly lease: (options: {
      readonly queue: string
      readonly agent: string
      readonly max: number
      readonly except?: ReadonlySet<SweepId>
    }) => Effect.Effect<ReadonlyArray<QueueItem>, CommError>
    /** The job was submitted: the item is claimed, and the engine's handle kept. */
    readonly acknowledge: (id: QueueItemId, handle: string) => Effect.Effect<void, CommError>
    /** The job has ended: the item leaves the queue. */
    readonly complete: (id: QueueItemId) => Effect.Effect<void, CommError>
    /** The job could not be run: the item is failed, with a sentence for the person. */
    readonly fail: (id: QueueItemId, message: string) => Effect.Effect<void, CommError>
    /**
     * The item goes back, as if its agent had not leased it: for a submit that was never tried. Where the lease ran out
     * and another agent has the item by now, it stays that one's.
     */
    readonly release: (id: QueueItemId, agent: string) => Effect.Effect<void, CommError>
    /** Items that this agent leased or claimed and has not completed: what a restarted agent adopts. */
    readonly held: (options: {
      readonly queue: string
      readonly agent: string
    }) => Effect.Effect<ReadonlyArray<QueueItem>, CommError>
    /** Emits when an item may be there to lease; signals coalesce, and none is promised. */
    readonly changes: (queue: string) => Stream.Stream<void>
  }
>() {}

/** How long a lease lasts that isn't acknowledged (B.5.3). */
export const leaseTime: Duration.Duration = Duration.minutes(1)
