import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Puts a launch spec into a queue by the queue's id: how older servers take it (B.5.2). */
export const PushToRunQueue = GraphQl.operation({
  document: `mutation pushToRunQueue($queueID: ID!, $runSpec: JSONString!, $templateVariableValues: JSONString) {
  pushToRunQueue(input: {queueID: $queueID, runSpec: $runSpec, templateVariableValues: $templateVariableValues}) {
    runQueueItemId
  }
}`,
  variables: Schema.Struct({
    queueID: Schema.String,
    runSpec: Schema.String,
    templateVariableValues: Schema.optional(Schema.String)
  }),
  answer: Schema.Struct({
    pushToRunQueue: Schema.NullOr(
      Schema.Struct({ runQueueItemId: Schema.optionalWith(Schema.NonEmptyTrimmedString, { nullable: true }) })
    )
  })
})
