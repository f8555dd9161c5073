import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Registers a launch agent with queues of a project (E.3.1). `agentConfig` is JSON text. */
export const CreateLaunchAgent = GraphQl.operation({
  document: `mutation createLaunchAgent($entity: String!, $project: String!, $queues: [ID!]!, $hostname: String!, $agentConfig: JSONString, $version: String) {
  createLaunchAgent(input: {entityName: $entity, projectName: $project, runQueues: $queues, hostname: $hostname, agentConfig: $agentConfig, version: $version}) {
    launchAgentId
  }
}`,
  variables: Schema.Struct({
    entity: Schema.String,
    project: Schema.String,
    queues: Schema.Array(Schema.String),
    hostname: Schema.String,
    agentConfig: Schema.String,
    version: Schema.String
  }),
  answer: Schema.Struct({ createLaunchAgent: Schema.Struct({ launchAgentId: Schema.NonEmptyTrimmedString }) })
})
