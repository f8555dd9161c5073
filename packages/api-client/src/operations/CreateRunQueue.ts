import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Creates a launch queue (B.5). */
export const CreateRunQueue = GraphQl.operation({
  document: `mutation CreateRunQueue($entity: String!, $project: String!, $queueName: String!, $access: RunQueueAccessType!) {
  createRunQueue(input: {entityName: $entity, projectName: $project, queueName: $queueName, access: $access}) {
    success
    queueID
  }
}`,
  variables: Schema.Struct({
    entity: Schema.String,
    project: Schema.String,
    queueName: Schema.String,
    access: Schema.Literal("PROJECT", "USER")
  }),
  answer: Schema.Struct({
    createRunQueue: Schema.NullOr(
      Schema.Struct({
        success: Schema.optionalWith(Schema.Boolean, { nullable: true }),
        queueID: Schema.optionalWith(Schema.String, { nullable: true })
      })
    )
  })
})
