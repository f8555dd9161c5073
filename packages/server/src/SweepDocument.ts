/** What the server keeps of a sweep beside what `SweepApi` tells. */
import { Documents, type Reader, type Writer } from "@sweepline/core/Documents"
import { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Collection from "./Collection.js"
import * as GlobalId from "./GlobalId.js"
import type { Place } from "./Projects.js"
import { ServerConfig } from "./ServerConfig.js"

const text = Schema.optional(Schema.String)

/** A sweep as clients told of it. Texts named after fields of `UpsertSweep` are as they were sent. */
export const SweepDocument = Schema.Struct({
  id: SweepId,
  entity: Schema.String,
  project: Schema.String,
  displayName: text,
  description: text,
  /** Whether a program of the user's searches, not the backend (F.9). */
  local: Schema.optional(Schema.Boolean),
  /** Whether agents were told that there is nothing more. */
  spent: Schema.optional(Schema.Boolean),
  controller: text,
  scheduler: text,
  priorRunsFilters: text,
  templateVariableValues: text,
  updatedAt: Schema.optional(Schema.Number),
  heartbeatAt: Schema.optional(Schema.Number)
})
export type SweepDocument = typeof SweepDocument.Type

const sweeps = Collection.make<[id: string]>()("sweep", SweepDocument)

/** Keeps a sweep's document. */
export const set = (writer: Writer, sweep: SweepDocument): void => sweeps.set(writer, sweep, sweep.id)

/** Forgets what a client said of a sweep. */
export const remove = (writer: Writer, id: SweepId): void => sweeps.remove(writer, id)

/** A sweep's document; one that was not made over the wire is in the server's own project. */
export const read = (reader: Reader, id: SweepId, config: ServerConfig["Type"]): SweepDocument =>
  sweeps.get(reader, id) ?? { id, entity: config.entity, project: config.project }

/** The same, in one read of its own. */
export const get = (id: SweepId) =>
  Effect.flatMap(Effect.all([Documents, ServerConfig]), ([documents, config]) =>
    documents.read((reader) => read(reader, id, config))
  )

/** Whether a sweep is in a project. */
export const isIn = (self: SweepDocument, { entity, project }: Place): boolean =>
  self.entity === entity && self.project === project

/** The sweep that a client means: by its id over the wire, or by its name alone; `undefined` where that names none. */
export const idOf = (given: string): SweepId | undefined => {
  const name = (GlobalId.decode("Sweep", given)?.name ?? given).trim()
  return name === "" ? undefined : SweepId.make(name)
}
