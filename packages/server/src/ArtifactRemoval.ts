/** Artifacts that are gone: their version stays counted, and nothing has it any more. */
import { Documents } from "@sweepline/core/Documents"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as Collection from "./Collection.js"
import { FileStore } from "./FileStore.js"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import { badRequest } from "./WireError.js"

/** The mutation that removes one. */
export const mutations: Readonly<Record<string, Value>> = {
  deleteArtifact: mutation(
    Schema.Struct({ artifactID: Schema.String, deleteAliases: optional(Schema.Boolean) }),
    Effect.fnUntraced(function* ({ artifactID, deleteAliases }) {
      const artifact = yield* ArtifactDocument.found(artifactID)
      const aliases = yield* ArtifactDocument.reading((reader) => {
        const collection = ArtifactDocument.collection(reader, artifact, artifact.collection)
        return collection === undefined ? [] : [...ArtifactDocument.aliasesOf(collection)]
      })
      const own = aliases.flatMap(([alias, id]) => (id === artifactID ? [alias] : []))
      if (own.length > 0 && deleteAliases !== true) {
        return yield* badRequest(
          `the artifact has aliases: ${own.join(", ")}. Delete them with it: delete_aliases=True`
        )
      }
      yield* remove(artifact)
      return node({ artifact: node({ id: artifactID }) })
    })
  )
}

/**
 * Removes an artifact, and its files once no version of its collection has any of them: what was drafted from it has
 * them by its id. Files that had to stay go with the last version that has them.
 */
export const remove = Effect.fnUntraced(function* (artifact: ArtifactDocument.Artifact) {
  const documents = yield* Documents
  const store = yield* FileStore
  const names = [artifact.entity, artifact.project, artifact.collection]
  const [others, gone] = yield* documents.write((writer) => {
    ArtifactDocument.remove(writer, artifact)
    writer.set(Collection.key(prefix, [...names, artifact.id]), artifact.id)
    const collection = ArtifactDocument.collection(writer, artifact, artifact.collection)
    return [
      collection === undefined ? [] : ArtifactDocument.versionsOf(collection),
      writer.list({ prefix: `${Collection.key(prefix, names)}/` })
    ] as const
  })
  const births = new Set<string>()
  for (const [, other] of others) for (const { birth } of yield* ArtifactDocument.manifest(other)) births.add(birth)
  for (const [key, id] of gone) {
    if (births.has(id)) continue
    yield* store.remove(ArtifactDocument.folderPath(id))
    yield* documents.write((writer) => writer.remove(key))
  }
})

// internal

/** Artifacts that are gone, whose files may still be there. */
const prefix = "artifact-gone"
