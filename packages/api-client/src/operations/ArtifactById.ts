import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** By which name an artifact is found whose id is known (B.6.3). */
export const ArtifactById = GraphQl.operation({
  document: `query ArtifactByID($id: ID!) {
  artifact(id: $id) {
    versionIndex
    artifactSequence {
      name
      project {
        name
        entity {
          name
        }
      }
    }
  }
}`,
  variables: Schema.Struct({ id: Schema.String }),
  answer: Schema.Struct({
    artifact: Schema.NullOr(
      Schema.Struct({
        versionIndex: Schema.NullOr(Schema.Int),
        artifactSequence: Schema.Struct({
          name: Schema.String,
          project: Schema.NullOr(Schema.Struct({ name: Schema.String, entity: Schema.Struct({ name: Schema.String }) }))
        })
      })
    )
  })
})
