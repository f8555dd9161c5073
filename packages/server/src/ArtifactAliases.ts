/** Aliases of artifacts, given and taken away. */
import { Documents, type Writer } from "@sweepline/core/Documents"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ArtifactDocument from "./ArtifactDocument.js"
import { mutation, node, type Value } from "./GraphValue.js"

const Aliases = Schema.Struct({
  artifactID: Schema.String,
  aliases: Schema.Array(Schema.Struct({ alias: Schema.String }))
})

/** The mutations on aliases. */
export const mutations: Readonly<Record<string, Value>> = {
  addAliases: mutation(Aliases, ({ aliases, artifactID }) =>
    aliasing(artifactID, (writer, artifact) =>
      ArtifactDocument.alias(
        writer,
        artifact,
        aliases.map(({ alias }) => alias)
      )
    )
  ),
  deleteAliases: mutation(Aliases, ({ aliases, artifactID }) =>
    aliasing(artifactID, (writer, artifact) =>
      ArtifactDocument.unalias(
        writer,
        artifact,
        aliases.map(({ alias }) => alias)
      )
    )
  )
}

// internal

const aliasing = Effect.fnUntraced(function* (
  id: string,
  change: (writer: Writer, artifact: ArtifactDocument.Artifact) => void
) {
  const artifact = yield* ArtifactDocument.found(id)
  const documents = yield* Documents
  yield* documents.write((writer) => change(writer, artifact))
  return node({ success: true })
})
