import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** The files of an artifact, and where each is fetched without credentials (B.6.3); `name` is `collection:alias`. */
export const ArtifactFiles = GraphQl.operation({
  document: `query ArtifactFiles($entity: String!, $project: String!, $name: String!, $cursor: String, $perPage: Int) {
  project(name: $project, entityName: $entity) {
    artifactCollectionMembership(name: $name) {
      files(after: $cursor, first: $perPage) {
        pageInfo {
          endCursor
          hasNextPage
        }
        edges {
          node {
            name
            directUrl
          }
        }
      }
    }
  }
}`,
  variables: Schema.Struct({
    entity: Schema.String,
    project: Schema.String,
    name: Schema.String,
    cursor: Schema.NullOr(Schema.String),
    perPage: Schema.Int
  }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({
        artifactCollectionMembership: Schema.NullOr(
          Schema.Struct({
            files: Schema.NullOr(
              Schema.Struct({
                pageInfo: Schema.Struct({ endCursor: Schema.NullOr(Schema.String), hasNextPage: Schema.Boolean }),
                edges: Schema.Array(
                  Schema.Struct({
                    node: Schema.NullOr(Schema.Struct({ name: Schema.String, directUrl: Schema.String }))
                  })
                )
              })
            )
          })
        )
      })
    )
  })
})
