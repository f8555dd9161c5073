import * as Schema from "effect/Schema"

/** The id of a worker that was registered with the backend; opaque (F.2). */
export const AgentId = Schema.NonEmptyTrimmedString.pipe(Schema.brand("AgentId"))
export type AgentId = typeof AgentId.Type
