import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Who the credentials belong to; null where they are nobody's (B.3). */
export const Viewer = GraphQl.operation({
  document: `query Viewer {
  viewer {
    id
    entity
    username
    email
    teams {
      edges {
        node {
          name
        }
      }
    }
  }
}`,
  variables: Schema.Struct({}),
  answer: Schema.Struct({
    viewer: Schema.NullOr(
      Schema.Struct({
        id: Schema.String,
        entity: Schema.optionalWith(Schema.String, { nullable: true }),
        username: Schema.optionalWith(Schema.String, { nullable: true }),
        email: Schema.optionalWith(Schema.String, { nullable: true }),
        teams: Schema.optionalWith(
          Schema.Struct({ edges: Schema.Array(Schema.Struct({ node: Schema.Struct({ name: Schema.String }) })) }),
          { nullable: true }
        )
      })
    )
  })
})
