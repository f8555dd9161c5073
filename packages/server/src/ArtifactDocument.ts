/** The artifacts that there are, in collections of versions. A job is an artifact of type `job` (B.6). */
import { Documents, type Reader, type Writer } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict } from "@sweepline/core/PythonValue"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Buffer } from "node:buffer"
import * as Collection from "./Collection.js"
import { FileStore, pathOf } from "./FileStore.js"
import type { Place } from "./Projects.js"
import { notFound } from "./WireError.js"

const text = Schema.optional(Schema.String)

/** An artifact. `PENDING` until its files are there and it is committed. Times are milliseconds since 1970. */
export const Artifact = Schema.Struct({
  id: Schema.String,
  entity: Schema.String,
  project: Schema.String,
  type: Schema.String,
  collection: Schema.String,
  /** The run that made it, in the same project. */
  run: text,
  /** Once it is committed: 0 for the first version. */
  version: Schema.optional(Schema.Int),
  state: Schema.Literal("PENDING", "COMMITTED"),
  digest: Schema.String,
  description: text,
  metadata: text,
  aliases: Schema.Array(Schema.String),
  tags: Schema.optional(Schema.Array(Schema.String)),
  /** For how many seconds it lives; what isn't positive: for ever, which somebody has said. */
  ttl: Schema.optional(Schema.Number),
  historyStep: Schema.optional(Schema.Number),
  createdAt: Schema.Number,
  size: Schema.Number,
  fileCount: Schema.Int
})
export type Artifact = typeof Artifact.Type

/** A collection: the versions of one name, and which of them the aliases mean. */
export const ArtifactCollection = Schema.Struct({
  entity: Schema.String,
  project: Schema.String,
  name: Schema.String,
  type: Schema.String,
  createdAt: Schema.Number,
  description: text,
  tags: Schema.optional(Schema.Array(Schema.String)),
  /** The artifact of each version; empty where that was removed. */
  versions: Schema.Array(Schema.String),
  aliases: Schema.Record({ key: Schema.String, value: Schema.String })
})
export type ArtifactCollection = typeof ArtifactCollection.Type

const artifacts = Collection.make<[id: string]>()("artifact", Artifact)
const collections = Collection.make<[entity: string, project: string, name: string]>()(
  "artifact-collection",
  ArtifactCollection
)

/** An artifact by its id. */
export const get = (reader: Reader, id: string): Artifact | undefined => artifacts.get(reader, id)

/** Keeps an artifact. */
export const set = (writer: Writer, artifact: Artifact): void => {
  artifacts.set(writer, artifact, artifact.id)
  writer.set(digestKey(artifact, artifact.collection, artifact.digest), artifact.id)
}

/** A collection of a project. */
export const collection = (reader: Reader, { entity, project }: Place, name: string): ArtifactCollection | undefined =>
  collections.get(reader, entity, project, name)

/** Keeps a collection. */
export const setCollection = (writer: Writer, self: ArtifactCollection): void =>
  collections.set(writer, self, self.entity, self.project, self.name)

/** The artifact that a name of a collection means: a version such as `v3`, or an alias; `latest` without either. */
export const named = (reader: Reader, place: Place, name: string): Artifact | undefined => {
  const [collectionName = "", alias = "latest"] = name.split(":")
  const found = collection(reader, place, collectionName)
  return found === undefined ? undefined : member(reader, found, alias)
}

/** The artifact that an alias of a collection means. */
export const member = (reader: Reader, self: ArtifactCollection, alias: string): Artifact | undefined => {
  const version = /^v(\d+)$/.exec(alias)?.[1]
  const id = version === undefined ? aliasesOf(self).get(alias) : self.versions[Number(version)]
  return id === undefined ? undefined : artifacts.get(reader, id)
}

/** What the aliases of a collection mean. */
export const aliasesOf = ({ aliases }: ArtifactCollection): ReadonlyMap<string, string> =>
  new Map(Object.entries(aliases))

/** The artifact of a collection that has this content, in whichever state. */
export const ofDigest = (reader: Reader, place: Place, name: string, digest: string): Artifact | undefined => {
  const id = reader.get(digestKey(place, name, digest))
  return id === undefined ? undefined : artifacts.get(reader, id)
}

/** The last version of a collection that is still there. */
export const latest = (reader: Reader, self: ArtifactCollection): Artifact | undefined => {
  for (const [, id] of versionsOf(self)) {
    const artifact = artifacts.get(reader, id)
    if (artifact !== undefined) return artifact
  }
  return undefined
}

/** The versions that are still there, and the artifact of each: the newest first. */
export const versionsOf = ({ versions }: ArtifactCollection): ReadonlyArray<readonly [version: number, id: string]> =>
  versions.flatMap((id, version) => (id === "" ? [] : [[version, id] as const])).reverse()

/** Makes a pending artifact the next version of its collection, and its aliases mean it. */
export const commit = (
  writer: Writer,
  artifact: Artifact,
  contents: { readonly size: number; readonly fileCount: number }
): Artifact => {
  if (artifact.state === "COMMITTED") return artifact
  const known = collection(writer, artifact, artifact.collection) ?? {
    entity: artifact.entity,
    project: artifact.project,
    name: artifact.collection,
    type: artifact.type,
    createdAt: artifact.createdAt,
    versions: [],
    aliases: {}
  }
  const committed: Artifact = { ...artifact, ...contents, state: "COMMITTED", version: known.versions.length }
  set(writer, committed)
  setCollection(writer, { ...known, versions: [...known.versions, artifact.id] })
  alias(writer, committed, ["latest", ...artifact.aliases])
  return committed
}

/** Makes aliases of a collection mean a version of it. */
export const alias = (writer: Writer, artifact: Artifact, names: ReadonlyArray<string>): void => {
  const known = collection(writer, artifact, artifact.collection)
  if (known === undefined || artifact.state !== "COMMITTED") return
  const aliases = Object.fromEntries(names.map((name) => [name, artifact.id]))
  setCollection(writer, { ...known, aliases: { ...known.aliases, ...aliases } })
}

/** Takes aliases of its collection away from a version, where they mean it. */
export const unalias = (writer: Writer, artifact: Artifact, names: ReadonlyArray<string>): void => {
  const known = collection(writer, artifact, artifact.collection)
  if (known === undefined) return
  const kept = Object.entries(known.aliases).filter(([name, id]) => id !== artifact.id || !names.includes(name))
  setCollection(writer, { ...known, aliases: Object.fromEntries(kept) })
}

/** Forgets an artifact. Where it was the latest of its collection, the one before it is. */
export const remove = (writer: Writer, artifact: Artifact): void => {
  artifacts.remove(writer, artifact.id)
  const digest = digestKey(artifact, artifact.collection, artifact.digest)
  if (writer.get(digest) === artifact.id) writer.remove(digest)
  const known = collection(writer, artifact, artifact.collection)
  if (known === undefined) return
  const aliases = [...aliasesOf(known)]
  unalias(
    writer,
    artifact,
    aliases.map(([alias]) => alias)
  )
  const last = latest(writer, known)
  if (last !== undefined && aliasesOf(known).get("latest") === artifact.id) alias(writer, last, ["latest"])
  const left = collection(writer, artifact, artifact.collection) ?? known
  setCollection(writer, { ...left, versions: left.versions.map((id) => (id === artifact.id ? "" : id)) })
}

/** The collections of a project, in the order of their names. */
export const collectionsOf = (reader: Reader, { entity, project }: Place): ReadonlyArray<ArtifactCollection> =>
  collections.list(reader, entity, project)

/** The id of a new artifact. */
export const newId = (writer: Writer): string =>
  Buffer.from(`Artifact:${Collection.next(writer, "artifact")}`).toString("base64")

/** The number of an artifact among all, in the order of their making; `NaN` for what is no id. */
export const numberOf = (id: string): number => Number(Buffer.from(id, "base64").toString("utf8").split(":")[1])

/** Where all that an artifact has is in the file store. */
export const folderPath = (id: string): string => `artifacts/${encodeURIComponent(id)}`

/** Where its manifest is. */
export const manifestPath = (id: string): string => `${folderPath(id)}/manifest.json`

/** Where a file of an artifact is; `undefined` for an id that is none, and for a name that could lead elsewhere. */
export const filePath = (id: string, name: string): string | undefined =>
  /^[A-Za-z0-9+/=]+$/.test(id) ? pathOf(folderPath(id), "files", name) : undefined

/** A file of a manifest. */
export interface ManifestEntry {
  readonly name: string
  readonly size: number
  readonly digest: string
  /** The artifact that the file was uploaded with: this one, or one that it was drafted from. */
  readonly birth: string
}

/** The files of an artifact, as its manifest lists them; none where there is no manifest (B.6.3). */
export const manifest = Effect.fnUntraced(function* (id: string) {
  const store = yield* FileStore
  const bytes = yield* store.get(manifestPath(id))
  if (Option.isNone(bytes)) return []
  const text = Buffer.concat(Chunk.toReadonlyArray(yield* Stream.runCollect(bytes.value))).toString("utf8")
  const contents = Either.getOrUndefined(PythonJson.parseDict(text))?.get("contents")
  if (!isDict(contents)) return []
  return Array.from(contents, ([name, entry]): ManifestEntry => {
    const size = isDict(entry) ? entry.get("size") : undefined
    const digest = isDict(entry) ? entry.get("digest") : undefined
    const birth = isDict(entry) ? entry.get("birthArtifactID") : undefined
    return {
      name,
      birth: typeof birth === "string" ? birth : id,
      size: typeof size === "bigint" ? Number(size) : 0,
      digest: typeof digest === "string" ? digest : ""
    }
  })
})

/** Reads documents in a step of their own. */
export const reading = <A>(body: (reader: Reader) => A) =>
  Effect.flatMap(Documents, (documents) => documents.read(body))

/** An artifact by its id; refused where there is none. */
export const found = Effect.fnUntraced(function* (id: string) {
  const artifact = yield* reading((reader) => get(reader, id))
  return artifact ?? (yield* notFound(`artifact ${id} not found`))
})

// internal

const digestKey = ({ entity, project }: Place, name: string, digest: string): string =>
  Collection.key("artifact-digest", [entity, project, name, digest])
