import * as Schema from "effect/Schema"

/** The id of an item of a launch queue; opaque. */
export const QueueItemId = Schema.NonEmptyTrimmedString.pipe(Schema.brand("QueueItemId"))
export type QueueItemId = typeof QueueItemId.Type
