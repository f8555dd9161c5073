import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Whether an artifact exists, and of what type it is (B.6.2); `name` is `collection:alias`. */
export const ArtifactMembershipByName = GraphQl.operation({
  document: `query ArtifactMembershipByName($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    artifactCollectionMembership(name: $name) {
      id
      artifact {
        id
        artifactType {
          name
        }
      }
    }
  }
}`,
  variables: Schema.Struct({ entity: Schema.String, project: Schema.String, name: Schema.String }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({
        artifactCollectionMembership: Schema.NullOr(
          Schema.Struct({
            artifact: Schema.NullOr(Schema.Struct({ artifactType: Schema.Struct({ name: Schema.String }) }))
          })
        )
      })
    )
  })
})
