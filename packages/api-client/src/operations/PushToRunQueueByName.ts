import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** The item that a push has made. */
export const Pushed = Schema.Struct({
  runQueueItemId: Schema.optionalWith(Schema.NonEmptyTrimmedString, { nullable: true })
})

const Answer = Schema.Struct({ pushToRunQueueByName: Schema.NullOr(Pushed) })

const Variables = Schema.Struct({
  entityName: Schema.String,
  projectName: Schema.String,
  queueName: Schema.String,
  /** JSON text. */
  runSpec: Schema.String,
  priority: Schema.optional(Schema.Int),
  /** JSON text. */
  templateVariableValues: Schema.optional(Schema.String)
})

/** Puts a launch spec into a queue; what isn't given is not declared either (B.5.1). */
export const pushToRunQueueByName = (given: {
  readonly priority: boolean
  readonly templateVariableValues: boolean
}) => {
  const optional = [
    ...(given.priority ? [["priority", "Int"]] : []),
    ...(given.templateVariableValues ? [["templateVariableValues", "JSONString"]] : [])
  ]
  const declared = optional.map(([name, type]) => `, $${name}: ${type}`).join("")
  const sent = optional.map(([name]) => `, ${name}: $${name}`).join("")
  return GraphQl.operation({
    document: `mutation pushToRunQueueByName($entityName: String!, $projectName: String!, $queueName: String!, $runSpec: JSONString!${declared}) {
  pushToRunQueueByName(input: {entityName: $entityName, projectName: $projectName, queueName: $queueName, runSpec: $runSpec${sent}}) {
    runQueueItemId
    runSpec
  }
}`,
    variables: Variables,
    answer: Answer
  })
}

/** The same on servers whose answer has no `runSpec`: they take neither priority nor template variables (B.5.2). */
export const pushToRunQueueByNameOlder = GraphQl.operation({
  document: `mutation pushToRunQueueByName($entityName: String!, $projectName: String!, $queueName: String!, $runSpec: JSONString!) {
  pushToRunQueueByName(input: {entityName: $entityName, projectName: $projectName, queueName: $queueName, runSpec: $runSpec}) {
    runQueueItemId
  }
}`,
  variables: Variables,
  answer: Answer
})
