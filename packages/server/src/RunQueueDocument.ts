/** The launch queues that there are. */
import { Documents } from "@sweepline/core/Documents"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Buffer } from "node:buffer"
import * as Collection from "./Collection.js"
import * as Projects from "./Projects.js"
import * as ResourceConfig from "./ResourceConfig.js"

/** A queue of a project. */
export const RunQueue = Schema.Struct({
  id: Schema.String,
  entity: Schema.String,
  project: Schema.String,
  name: Schema.String,
  access: Schema.String,
  createdBy: Schema.String,
  createdAt: Schema.Number,
  /** The resource config that it prescribes. */
  config: Schema.optional(Schema.String)
})
export type RunQueue = typeof RunQueue.Type

const queues = Collection.make<[entity: string, project: string, name: string]>()("queue", RunQueue)
const byId = Collection.make<[id: string]>()("queue-id", RunQueue)

/** A queue by its name. */
export const find = ({ entity, project }: Projects.Place, name: string) =>
  Effect.flatMap(Documents, (documents) => documents.read((reader) => queues.get(reader, entity, project, name)))

/** A queue by its id. */
export const get = (id: string) =>
  Effect.flatMap(Documents, (documents) => documents.read((reader) => byId.get(reader, id)))

/** The queues of a project, oldest first. */
export const list = ({ entity, project }: Projects.Place) =>
  Effect.map(
    Effect.flatMap(Documents, (documents) => documents.read((reader) => queues.list(reader, entity, project))),
    (all) => [...all].sort((a, b) => a.createdAt - b.createdAt)
  )

/** Creates a queue; `undefined` where there is one of this name. */
export const create = Effect.fnUntraced(function* (
  place: Projects.Place,
  options: { readonly name: string; readonly access: string; readonly createdBy: string; readonly config?: string }
) {
  const documents = yield* Documents
  const createdAt = yield* Clock.currentTimeMillis
  return yield* documents.write((writer) => {
    if (queues.get(writer, place.entity, place.project, options.name) !== undefined) return undefined
    Projects.ensure(writer, place, createdAt)
    const id = Buffer.from(`RunQueue:${Collection.next(writer, "queue")}`).toString("base64")
    const queue: RunQueue = { id, entity: place.entity, project: place.project, createdAt, ...options }
    queues.set(writer, queue, queue.entity, queue.project, queue.name)
    byId.set(writer, queue, id)
    return queue
  })
})

/** Gives a queue another resource config. */
export const configure = Effect.fnUntraced(function* (place: Projects.Place, name: string, config: string) {
  const documents = yield* Documents
  yield* documents.write((writer) => {
    const known = queues.get(writer, place.entity, place.project, name)
    if (known === undefined) return
    queues.set(writer, { ...known, config }, known.entity, known.project, known.name)
    byId.set(writer, { ...known, config }, known.id)
  })
})

/** What a queue prescribes, if anything. */
export const configOf = ({ config }: Pick<RunQueue, "config">) =>
  Effect.flatMap(Documents, (documents) =>
    documents.read((reader) => (config === undefined ? undefined : ResourceConfig.get(reader, config)))
  )
