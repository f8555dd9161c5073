/** Sweeps and their agents. */
export const sweeps = `
type Sweep {
  id: ID!
  name: String!
  displayName: String
  description: String
  method: String
  state: String
  config: String!
  controller: JSONString
  scheduler: JSONString
  createdAt: DateTime
  updatedAt: DateTime
  heartbeatAt: DateTime
  earlyStopJobRunning: Boolean
  bestLoss: Float
  runCount: Int
  runCountExpected: Int
  priorRunsFilters: JSONString
  user: User
  project: Project
  runs(order: String, after: String, before: String, first: Int, last: Int, filters: JSONString): RunConnection
  agent(agentName: String!): Agent
  agents: AgentConnection
}
type SweepConnection { totalCount: Int edges: [SweepEdge!]! pageInfo: PageInfo! }
type SweepEdge { cursor: String node: Sweep! }
type Agent {
  id: ID!
  name: String
  host: String
  state: String
  totalRuns: Int
  createdAt: DateTime
  heartbeatAt: DateTime
  runs(order: String, after: String, before: String, first: Int, last: Int, filters: JSONString): RunConnection
}
type AgentConnection { edges: [AgentEdge!]! pageInfo: PageInfo! }
type AgentEdge { cursor: String node: Agent! }

input UpsertSweepInput {
  id: ID
  config: String
  description: String
  displayName: String
  entityName: String
  projectName: String
  controller: JSONString
  launchScheduler: JSONString
  templateVariableValues: JSONString
  scheduler: JSONString
  state: String
  priorRunsFilters: JSONString
  clientMutationId: String
}
type UpsertSweepPayload { sweep: Sweep configValidationWarnings: [String!] }
input CreateAgentInput { host: String! projectName: String entityName: String sweep: String! }
type CreateAgentPayload { agent: Agent }
input AgentHeartbeatInput { id: ID! metrics: JSONString runState: JSONString }
type AgentHeartbeatPayload { agent: Agent commands: JSONString }
`
