/** Artifacts that are gone: their version stays counted, and nothing has it any more. */
import { Documents } from "@sweepline/core/Documents"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ArtifactDocument from "./ArtifactDocument.js"
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

/** Removes an artifact, and its files unless another one was drafted from it. */
export const remove = Effect.fnUntraced(function* (artifact: ArtifactDocument.Artifact) {
  const documents = yield* Documents
  const store = yield* FileStore
  const others = yield* documents.write((writer) => {
    ArtifactDocument.remove(writer, artifact)
    const collection = ArtifactDocument.collection(writer, artifact, artifact.collection)
    return collection === undefined ? [] : ArtifactDocument.versionsOf(collection)
  })
  for (const [, other] of others) {
    const entries = yield* ArtifactDocument.manifest(other)
    if (entries.some(({ birth }) => birth === artifact.id)) return
  }
  yield* store.remove(ArtifactDocument.folderPath(artifact.id))
})
