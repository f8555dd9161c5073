import * as Schema from "effect/Schema"

/** The states of a launch queue's item (B.5.3): leased means popped, claimed means acknowledged. */
export const QueueItemState = Schema.Literal("pending", "leased", "claimed", "failed")
export type QueueItemState = typeof QueueItemState.Type
