/** Entities and projects. A project is there once something was put into it; `model-registry` always is (B4). */
import { Documents, type Reader, type Writer } from "@sweepline/core/Documents"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Collection from "./Collection.js"
import { entities, ServerConfig } from "./ServerConfig.js"
import { badRequest, notFound, type WireError } from "./WireError.js"

/** Where something is. */
export interface Place {
  readonly entity: string
  readonly project: string
}

/** A project. */
export const Project = Schema.Struct({
  entity: Schema.String,
  project: Schema.String,
  /** Its number, by which some clients know it. */
  no: Schema.Int,
  createdAt: Schema.Number,
  description: Schema.optional(Schema.String)
})
export type Project = typeof Project.Type

const projects = Collection.make<[entity: string, project: string]>()("project", Project)

/** The project of queues, where nobody names another. */
export const modelRegistry = "model-registry"

/** Whether a text can be the name of an entity, a project or a run: any other would be an address of something else. */
export const isName = (name: string): boolean =>
  /^[^/\\#?%:\p{C}]{1,128}$/u.test(name) && name.trim() === name && name !== "." && name !== ".."

/** The same for a sentence. */
export const nameRule = "1 to 128 characters, none of / \\ # ? % :, no blanks around"

/** Refuses a name that can't be one of a project or a run. */
export const checkName = (kind: "project" | "run", name: string): Effect.Effect<void, WireError> =>
  isName(name) ? Effect.void : badRequest(`${JSON.stringify(name)} can't be the name of a ${kind}: ${nameRule}`)

/** A place as an operation names it, the server's own where it names none. Refuses an entity that there isn't. */
export const placeOf = Effect.fnUntraced(function* (named: {
  readonly entity?: string | undefined
  readonly project?: string | undefined
}): Effect.fn.Return<Place, WireError, ServerConfig> {
  const config = yield* ServerConfig
  const entity = orElse(named.entity, config.entity)
  yield* checkEntity(entity)
  const project = orElse(named.project, config.project)
  yield* checkName("project", project)
  return { entity, project }
})

/** Makes sure that a project is there, within a write. */
export const ensure = (writer: Writer, { entity, project }: Place, now: number): Project => {
  const known = projects.get(writer, entity, project)
  if (known !== undefined) return known
  const made: Project = { entity, project, no: Collection.next(writer, "project"), createdAt: now }
  projects.set(writer, made, entity, project)
  return made
}

/** A project, if it is there. */
export const get = (reader: Reader, { entity, project }: Place): Project | undefined =>
  projects.get(reader, entity, project)

/** A project, if it is there; that of queues, and the server's own, always are. */
export const find = Effect.fnUntraced(function* (place: Place) {
  const documents = yield* Documents
  const config = yield* ServerConfig
  if (!entities(config).has(place.entity)) return undefined
  const known = yield* documents.read((reader) => get(reader, place))
  const always = place.project === modelRegistry || (place.entity === config.entity && place.project === config.project)
  if (known !== undefined || !always) return known
  const now = yield* Clock.currentTimeMillis
  return yield* documents.write((writer) => ensure(writer, place, now))
})

/** The projects of an entity. */
export const list = (entity: string) =>
  Effect.flatMap(Documents, (documents) => documents.read((reader) => projects.list(reader, entity)))

/** Keeps a project's description. */
export const describe = (writer: Writer, project: Project, description: string): void =>
  projects.set(writer, { ...project, description }, project.entity, project.project)

// internal

/** Refuses an entity that there isn't. */
const checkEntity = (entity: string): Effect.Effect<void, WireError, ServerConfig> =>
  Effect.flatMap(ServerConfig, (config) =>
    entities(config).has(entity)
      ? Effect.void
      : notFound(`entity ${entity} not found: this server has ${[...entities(config)].join(", ")}`)
  )

const orElse = (text: string | undefined, otherwise: string): string =>
  text === undefined || text === "" ? otherwise : text
