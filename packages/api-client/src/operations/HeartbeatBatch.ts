/** Several heartbeats in one request: the mutation of `Heartbeat` once for each agent. */
import { type Aliased, aliased } from "../internal/aliased.js"

/** One of them. */
export interface Beat {
  readonly id: string
  /** The agent's runs as JSON text. */
  readonly runState: string
}

/** The request for some heartbeats. */
export const make: (beats: ReadonlyArray<Beat>) => Aliased = aliased({
  name: "Heartbeats",
  mutation: "agentHeartbeat",
  alias: "h",
  fields: [
    ["id", "ID!"],
    ["runState", "JSONString"]
  ],
  shared: [["metrics", "JSONString", "{}"]],
  selection: "agent { id } commands"
})
