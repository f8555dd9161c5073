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

/** A mutation that does something to an artifact with the aliases that it is given. */
const aliasing = (
  change: (writer: Writer, artifact: ArtifactDocument.Artifact, aliases: ReadonlyArray<string>) => void
): Value =>
  mutation(
    Aliases,
    Effect.fnUntraced(function* ({ aliases, artifactID }) {
      const artifact = yield* ArtifactDocument.found(artifactID)
      const documents = yield* Documents
      yield* documents.write((writer) =>
        change(
          writer,
          artifact,
          aliases.map(({ alias }) => alias)
        )
      )
      return node({ success: true })
    })
  )

/** The mutations on aliases. */
export const mutations: Readonly<Record<string, Value>> = {
  addAliases: aliasing(ArtifactDocument.alias),
  deleteAliases: aliasing(ArtifactDocument.unalias)
}
