import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Lines that a run printed, from a cursor on, and its state, as W&B's clients from 0.31 on read them. */
export const RunConsoleLogPage = GraphQl.operation({
  document: `query RunConsoleLogPage($entity: String!, $project: String!, $runName: String!, $first: Int, $after: String) {
  project(name: $project, entityName: $entity) {
    run(name: $runName) {
      state
      logLines(first: $first, after: $after, useImprovedPagination: true) {
        edges {
          node {
            number
            timestamp
            level
            line
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  }
}`,
  variables: Schema.Struct({
    entity: Schema.String,
    project: Schema.String,
    runName: Schema.String,
    first: Schema.Int,
    after: Schema.NullOr(Schema.String)
  }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({
        run: Schema.NullOr(
          Schema.Struct({
            state: Schema.NullOr(Schema.String),
            logLines: Schema.NullOr(
              Schema.Struct({
                edges: Schema.Array(
                  Schema.Struct({
                    node: Schema.Struct({
                      number: Schema.NullOr(Schema.Int),
                      timestamp: Schema.NullOr(Schema.String),
                      level: Schema.NullOr(Schema.String),
                      line: Schema.String
                    })
                  })
                ),
                pageInfo: Schema.Struct({ endCursor: Schema.NullOr(Schema.String), hasNextPage: Schema.Boolean })
              })
            )
          })
        )
      })
    )
  })
})
