/** The agents that clients registered with sweeps. */
import { AgentId } from "@sweepline/core/AgentId"
import { Documents, type Reader, type Writer } from "@sweepline/core/Documents"
import { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Collection from "./Collection.js"

/** An agent of a sweep. Times are milliseconds since 1970. */
export const AgentDocument = Schema.Struct({
  id: AgentId,
  sweep: SweepId,
  host: Schema.String,
  createdAt: Schema.Number,
  heartbeatAt: Schema.optional(Schema.Number),
  /** The runs that it was given. */
  runs: Schema.Array(Schema.String),
  /** Those that it last told of as living. */
  live: Schema.optional(Schema.Array(Schema.String))
})
export type AgentDocument = typeof AgentDocument.Type

const agents = Collection.make<[id: string]>()("agent", AgentDocument)

/** Keeps an agent. */
export const set = (writer: Writer, agent: AgentDocument): void => agents.set(writer, agent, agent.id)

/** Forgets an agent. */
export const remove = (writer: Writer, id: AgentId): void => agents.remove(writer, id)

/** An agent, if it is known. */
export const read = (reader: Reader, id: string): AgentDocument | undefined => agents.get(reader, id)

/** The same, in one read of its own. */
export const get = (id: string) =>
  Effect.flatMap(Documents, (documents) => documents.read((reader) => read(reader, id)))

/** The runs of a sweep that agents were given: what becomes of those, their clients say. */
export const runsOf = (sweep: SweepId) =>
  Effect.map(ofSweep(sweep), (all) => new Set<string>(all.flatMap(({ runs }) => runs)))

/** The agents of a sweep. */
export const ofSweep = (sweep: SweepId) =>
  Effect.map(
    Effect.flatMap(Documents, (documents) => documents.read((reader) => agents.list(reader))),
    (all) => all.filter((agent) => agent.sweep === sweep).sort((a, b) => a.createdAt - b.createdAt)
  )
