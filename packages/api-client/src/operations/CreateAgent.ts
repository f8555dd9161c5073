import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** The agent that was made. */
export const CreatedAgent = Schema.Struct({ agent: Schema.Struct({ id: Schema.NonEmptyTrimmedString }) })

/** Registers an agent with a sweep; one that isn't running answers HTTP 400 (F.2). */
export const CreateAgent = GraphQl.operation({
  document: `mutation CreateAgent($host: String!, $projectName: String, $entityName: String, $sweep: String!) {
  createAgent(input: {host: $host, projectName: $projectName, entityName: $entityName, sweep: $sweep}) {
    agent {
      id
    }
  }
}`,
  variables: Schema.Struct({
    host: Schema.String,
    projectName: Schema.String,
    entityName: Schema.String,
    sweep: Schema.String
  }),
  answer: Schema.Struct({ createAgent: CreatedAgent })
})
