import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** A page of a project's sweeps. */
export const GetSweeps = GraphQl.operation({
  document: `query GetSweeps($project: String!, $entity: String!, $cursor: String, $perPage: Int = 50) {
  project(name: $project, entityName: $entity) {
    sweeps(after: $cursor, first: $perPage) {
      edges {
        node {
          id
          name
          displayName
          state
          config
          createdAt
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
}`,
  variables: Schema.Struct({
    project: Schema.String,
    entity: Schema.String,
    cursor: Schema.NullOr(Schema.String),
    perPage: Schema.Int
  }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({
        sweeps: Schema.Struct({
          edges: Schema.Array(
            Schema.Struct({
              node: Schema.Struct({
                id: Schema.String,
                name: Schema.String,
                displayName: Schema.optionalWith(Schema.String, { nullable: true }),
                state: Schema.NullOr(Schema.String),
                config: Schema.String,
                createdAt: Schema.optionalWith(Schema.String, { nullable: true })
              })
            })
          ),
          pageInfo: Schema.Struct({ endCursor: Schema.NullOr(Schema.String), hasNextPage: Schema.Boolean })
        })
      })
    )
  })
})
