import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Says which run an item has become; the item is this agent's from then on (E.3.3). */
export const AckRunQueueItem = GraphQl.operation({
  document: `mutation ackRunQueueItem($itemId: ID!, $runId: String!) {
  ackRunQueueItem(input: {runQueueItemId: $itemId, runName: $runId}) {
    success
  }
}`,
  variables: Schema.Struct({ itemId: Schema.String, runId: Schema.String }),
  answer: Schema.Struct({
    ackRunQueueItem: Schema.NullOr(Schema.Struct({ success: Schema.optionalWith(Schema.Boolean, { nullable: true }) }))
  })
})
