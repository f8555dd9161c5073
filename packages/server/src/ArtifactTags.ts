/** Tags of artifacts and of their collections, and what else a collection's owner says of it. */
import { Documents } from "@sweepline/core/Documents"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Buffer } from "node:buffer"
import * as ArtifactCollections from "./ArtifactCollections.js"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactNode from "./ArtifactNode.js"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import { badRequest, notFound } from "./WireError.js"

/** Tags as clients send them. */
export const Tags = Schema.Array(Schema.Struct({ tagName: Schema.String }))
type Tags = typeof Tags.Type

const Assignments = Schema.Struct({
  entityName: Schema.String,
  projectName: Schema.String,
  artifactCollectionName: Schema.String,
  tags: Tags
})

/** Tags after some were added, each once, and others taken away. */
export const changed = (
  before: ReadonlyArray<string> = [],
  added: Tags = [],
  gone: Tags = []
): ReadonlyArray<string> => {
  const names = new Set([...before, ...added.map(({ tagName }) => tagName)])
  for (const { tagName } of gone) names.delete(tagName)
  return [...names]
}

/** The mutations on collections. */
export const mutations: Readonly<Record<string, Value>> = {
  createArtifactCollectionTagAssignments: mutation(
    Assignments,
    Effect.fnUntraced(function* ({ tags, ...of }) {
      const collection = yield* changing(of, (self) => ({ ...self, tags: changed(self.tags, tags) }))
      return node({ tags: (collection.tags ?? []).map(ArtifactNode.tag) })
    })
  ),
  deleteArtifactCollectionTagAssignments: mutation(
    Assignments,
    Effect.fnUntraced(function* ({ tags, ...of }) {
      yield* changing(of, (self) => ({ ...self, tags: changed(self.tags, [], tags) }))
      return node({ success: true })
    })
  ),
  updateArtifactSequence: mutation(
    Schema.Struct({
      artifactSequenceID: Schema.String,
      name: optional(Schema.String),
      description: optional(Schema.String)
    }),
    Effect.fnUntraced(function* ({ artifactSequenceID, description, name }) {
      const of = named(artifactSequenceID)
      if (of === undefined) return yield* notFound(`collection ${artifactSequenceID} not found`)
      // Whoever used one of its versions knows it by the name that it had.
      if (name !== undefined && name !== of.artifactCollectionName) {
        return yield* badRequest("collections of this server can't be renamed")
      }
      const collection = yield* changing(of, (self) => (description === undefined ? self : { ...self, description }))
      return node({ artifactCollection: ArtifactCollections.collectionNode(collection) })
    })
  )
}

// internal

interface Collection {
  readonly entityName: string
  readonly projectName: string
  readonly artifactCollectionName: string
}

/** What the id of a collection says (`ArtifactNode.sequenceFields`). */
const named = (id: string): Collection | undefined => {
  const [kind, entityName, projectName, ...rest] = Buffer.from(id, "base64").toString("utf8").split(":")
  if (kind !== "ArtifactSequence" || entityName === undefined || projectName === undefined) return undefined
  return { entityName, projectName, artifactCollectionName: rest.join(":") }
}

const changing = Effect.fnUntraced(function* (
  { artifactCollectionName: name, entityName: entity, projectName: project }: Collection,
  change: (self: ArtifactDocument.ArtifactCollection) => ArtifactDocument.ArtifactCollection
) {
  const documents = yield* Documents
  const after = yield* documents.write((writer) => {
    const known = ArtifactDocument.collection(writer, { entity, project }, name)
    if (known === undefined) return undefined
    const made = change(known)
    ArtifactDocument.setCollection(writer, made)
    return made
  })
  return after ?? (yield* notFound(`collection ${entity}/${project}/${name} not found`))
})
