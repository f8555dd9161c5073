/** Artifacts as clients look them up and fetch them (B.6). */
import * as Effect from "effect/Effect"
import * as Arguments from "./FieldArguments.js"
import * as ArtifactCollections from "./ArtifactCollections.js"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactNode from "./ArtifactNode.js"
import { field, type Value } from "./GraphValue.js"
import type { Place } from "./Projects.js"

/** The fields of a project that are about artifacts. */
export const ofProject = (place: Place): Readonly<Record<string, Value>> => ({
  artifact: ArtifactNode.named(place),
  artifactCollectionMembership: field(Arguments.name, ({ name }) =>
    Effect.map(
      ArtifactDocument.reading((reader) => ArtifactDocument.named(reader, place, name)),
      (artifact) => (artifact === undefined ? null : ArtifactNode.membership(artifact))
    )
  ),
  artifactCollection: ArtifactCollections.inProject(place),
  artifactType: ArtifactCollections.typeInProject(place),
  artifactTypes: ArtifactCollections.typesOfProject(place),
  artifactCollections: ArtifactCollections.ofProject(place)
})

/** An artifact by its id. */
export const artifact = field(Arguments.id, ({ id }) =>
  Effect.map(
    ArtifactDocument.reading((reader) => ArtifactDocument.get(reader, id)),
    (found) => (found === undefined ? null : ArtifactNode.make(found))
  )
)
