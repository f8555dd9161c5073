import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Takes the next item of a queue, for a minute; null where there is none. Its spec is an object, not text (E.3.2). */
export const PopFromRunQueue = GraphQl.operation({
  document: `mutation popFromRunQueue($entity: String!, $project: String!, $queueName: String!, $launchAgentId: ID) {
  popFromRunQueue(input: {entityName: $entity, projectName: $project, queueName: $queueName, launchAgentId: $launchAgentId}) {
    runQueueItemId
    runSpec
  }
}`,
  variables: Schema.Struct({
    entity: Schema.String,
    project: Schema.String,
    queueName: Schema.String,
    launchAgentId: Schema.String
  }),
  answer: Schema.Struct({
    popFromRunQueue: Schema.NullOr(
      Schema.Struct({ runQueueItemId: Schema.NonEmptyTrimmedString, runSpec: Schema.Unknown })
    )
  })
})
