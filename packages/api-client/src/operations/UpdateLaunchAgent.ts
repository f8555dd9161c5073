import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** Tells what a launch agent is doing (E.3.2). */
export const UpdateLaunchAgent = GraphQl.operation({
  document: `mutation updateLaunchAgent($agentId: ID!, $agentStatus: String) {
  updateLaunchAgent(input: {launchAgentId: $agentId, agentStatus: $agentStatus}) {
    success
  }
}`,
  variables: Schema.Struct({ agentId: Schema.String, agentStatus: Schema.Literal("POLLING", "RUNNING", "KILLED") }),
  answer: Schema.Struct({ updateLaunchAgent: Schema.NullOr(Schema.Struct({})) })
})
