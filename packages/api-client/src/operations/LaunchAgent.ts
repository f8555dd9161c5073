import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** A launch agent as the server sees it: `stopPolling` asks it to leave (E.3.2). */
export const LaunchAgent = GraphQl.operation({
  document: `query LaunchAgent($agentId: ID!) {
  launchAgent(id: $agentId) {
    id
    name
    stopPolling
  }
}`,
  variables: Schema.Struct({ agentId: Schema.String }),
  answer: Schema.Struct({
    launchAgent: Schema.NullOr(
      Schema.Struct({
        name: Schema.optionalWith(Schema.String, { nullable: true }),
        stopPolling: Schema.optionalWith(Schema.Boolean, { nullable: true })
      })
    )
  })
})
