import * as Schema from "effect/Schema"
import * as GraphQl from "../GraphQl.js"

/** What a heartbeat answers: the commands as JSON text (B.4.1). */
export const HeartbeatAnswer = Schema.NullOr(
  Schema.Struct({ commands: Schema.optionalWith(Schema.String, { nullable: true }) })
)

/** Tells of an agent's runs, as JSON text; an unknown sweep or agent answers HTTP 404 (B.2.6, B50). */
export const Heartbeat = GraphQl.operation({
  document: `mutation Heartbeat($id: ID!, $metrics: JSONString, $runState: JSONString) {
  agentHeartbeat(input: {id: $id, metrics: $metrics, runState: $runState}) {
    agent {
      id
    }
    commands
  }
}`,
  variables: Schema.Struct({ id: Schema.String, metrics: Schema.String, runState: Schema.String }),
  answer: Schema.Struct({ agentHeartbeat: HeartbeatAnswer })
})
