import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Says that an item couldn't be run, and at which stage it failed (E.3.3). */
export const FailRunQueueItem = GraphQl.operation({
  document: `mutation failRunQueueItem($runQueueItemId: ID!, $message: String!, $stage: String!) {
  failRunQueueItem(input: {runQueueItemId: $runQueueItemId, message: $message, stage: $stage}) {
    success
  }
}`,
  variables: Schema.Struct({
    runQueueItemId: Schema.String,
    message: Schema.String,
    stage: Schema.Literal("agent", "build", "run")
  }),
  answer: Schema.Struct({ failRunQueueItem: Schema.NullOr(Schema.Struct({})) })
})
