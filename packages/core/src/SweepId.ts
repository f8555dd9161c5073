import * as Schema from "effect/Schema"

/** The id of a sweep, as the backend names it (8 lower-case letters and digits on W\&B). */
export const SweepId = Schema.NonEmptyTrimmedString.pipe(Schema.brand("SweepId"))
export type SweepId = typeof SweepId.Type
