import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** An item of a queue; `associatedRunId` once an agent has claimed it (B.5.3). */
export const RunQueueItem = Schema.Struct({
  id: Schema.String,
  state: Schema.String,
  associatedRunId: Schema.optionalWith(Schema.String, { nullable: true })
})
export type RunQueueItem = typeof RunQueueItem.Type

/** One item of a queue (B.5). */
export const GetRunQueueItem = GraphQl.operation({
  document: `query GetRunQueueItem($projectName: String!, $entityName: String!, $runQueue: String!, $itemId: ID!) {
  project(name: $projectName, entityName: $entityName) {
    runQueue(name: $runQueue) {
      runQueueItem(id: $itemId) {
        id
        state
        associatedRunId
      }
    }
  }
}`,
  variables: Schema.Struct({
    projectName: Schema.String,
    entityName: Schema.String,
    runQueue: Schema.String,
    itemId: Schema.String
  }),
  answer: Schema.Struct({
    project: Schema.NullOr(
      Schema.Struct({ runQueue: Schema.NullOr(Schema.Struct({ runQueueItem: Schema.NullOr(RunQueueItem) })) })
    )
  })
})
