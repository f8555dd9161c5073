/** Launch agents: programs that pop from queues and run what they find (E.3). */
import { Documents } from "@sweepline/core/Documents"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Buffer } from "node:buffer"
import * as Collection from "./Collection.js"
import { field, mutation, node, optional, type Value } from "./GraphValue.js"
import * as Projects from "./Projects.js"
import * as WireText from "./WireText.js"

/** A launch agent. Times are milliseconds since 1970. */
const LaunchAgent = Schema.Struct({
  id: Schema.String,
  entity: Schema.String,
  project: Schema.String,
  name: Schema.String,
  hostname: Schema.String,
  queues: Schema.Array(Schema.String),
  config: Schema.optional(Schema.String),
  version: Schema.optional(Schema.String),
  status: Schema.String,
  heartbeatAt: Schema.Number
})

const agents = Collection.make<[id: string]>()("launch-agent", LaunchAgent)

/** The mutations on launch agents. */
export const mutations: Readonly<Record<string, Value>> = {
  createLaunchAgent: mutation(
    Schema.Struct({
      entityName: optional(Schema.String),
      projectName: optional(Schema.String),
      runQueues: Schema.Array(Schema.String),
      hostname: Schema.String,
      agentConfig: optional(Schema.String),
      version: optional(Schema.String)
    }),
    Effect.fnUntraced(function* ({ agentConfig, entityName, hostname, projectName, runQueues, version }) {
      const place = yield* Projects.placeOf({ entity: entityName, project: projectName ?? Projects.modelRegistry })
      const documents = yield* Documents
      const now = yield* Clock.currentTimeMillis
      const id = yield* documents.write((writer) => {
        const n = Collection.next(writer, "launch-agent")
        const made = Buffer.from(`LaunchAgent:${n}`).toString("base64")
        agents.set(
          writer,
          {
            id: made,
            entity: place.entity,
            project: place.project,
            name: `launch-agent-${n}`,
            hostname,
            queues: runQueues,
            ...(agentConfig === undefined ? {} : { config: agentConfig }),
            ...(version === undefined ? {} : { version }),
            status: "POLLING",
            heartbeatAt: now
          },
          made
        )
        return made
      })
      return node({ launchAgentId: id, success: true })
    })
  ),
  updateLaunchAgent: mutation(
    Schema.Struct({ launchAgentId: Schema.String, agentStatus: optional(Schema.String) }),
    Effect.fnUntraced(function* ({ agentStatus, launchAgentId }) {
      const documents = yield* Documents
      const heartbeatAt = yield* Clock.currentTimeMillis
      const success = yield* documents.write((writer) => {
        const agent = agents.get(writer, launchAgentId)
        if (agent === undefined) return false
        agents.set(writer, { ...agent, status: agentStatus ?? agent.status, heartbeatAt }, agent.id)
        return true
      })
      return node({ success })
    })
  )
}

/** A launch agent by its id. */
export const launchAgent = field(
  Schema.Struct({ id: Schema.String }),
  Effect.fnUntraced(function* ({ id }) {
    const documents = yield* Documents
    const agent = yield* documents.read((reader) => agents.get(reader, id))
    if (agent === undefined) return null
    return node({
      id,
      name: agent.name,
      hostname: agent.hostname,
      runQueues: agent.queues,
      agentStatus: agent.status,
      stopPolling: false,
      heartbeatAt: WireText.time(agent.heartbeatAt)
    })
  })
)
