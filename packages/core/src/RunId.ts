import * as Schema from "effect/Schema"

/** The id of a run of a sweep; a run keeps its id over all its attempts. */
export const RunId = Schema.NonEmptyTrimmedString.pipe(Schema.brand("RunId"))
export type RunId = typeof RunId.Type
