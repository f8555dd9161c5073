import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"
import { RunQueueItem } from "./GetRunQueueItem.js"

/** The items of a queue as it lists them. */
export const RunQueueItemConnection = Schema.Struct({ edges: Schema.Array(Schema.Struct({ node: RunQueueItem })) })

/** All items of a queue: the older form of `GetRunQueueItem`, with the same name (B.5). */
export const RunQueueItems = GraphQl.operation({
  document: `query GetRunQueueItem($projectName: String!, $entityName: String!, $runQueue: String!) {
  project(name: $projectName, entityName: $entityName) {
    runQueue(name: $runQueue) {
      runQueueItems {
        edges {
          node {
            id
            state
            associatedRunId
          }
        }
      }
    }
  }
}`,
  variables: Schema.Struct({ projectName: Schema.String, entityName: Schema.String, runQueue: Schema.String }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({ runQueue: Schema.NullOr(Schema.Struct({ runQueueItems: RunQueueItemConnection })) })
    )
  })
})
