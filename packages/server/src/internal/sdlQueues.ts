/** Launch queues and launch agents. */
export const queues = `
enum RunQueueAccessType { PROJECT USER }
scalar RunQueuePrioritizationMode

type RunQueue {
  id: ID!
  name: String!
  createdBy: String
  access: RunQueueAccessType
  type: String
  prioritizationMode: RunQueuePrioritizationMode
  defaultResourceConfigID: ID
  externalLinks: JSONString
  runQueueItem(id: ID!): RunQueueItem
  runQueueItems(after: String, first: Int): RunQueueItemConnection
}
type RunQueueItemConnection { edges: [RunQueueItemEdge!]! pageInfo: PageInfo! }
type RunQueueItemEdge { cursor: String node: RunQueueItem! }
type RunQueueItem {
  id: ID!
  state: String
  priority: Int
  associatedRunId: String
  runSpec: JSONString
  error: RunQueueItemError
  warning: String
}
type RunQueueItemError { message: String }

input CreateRunQueueInput {
  entityName: String
  projectName: String
  queueName: String!
  access: RunQueueAccessType
  prioritizationMode: RunQueuePrioritizationMode
  defaultResourceConfigID: ID
}
type CreateRunQueuePayload { success: Boolean queueID: ID }
input CreateDefaultResourceConfigInput {
  entityName: String
  resource: String!
  config: JSONString!
  templateVariables: JSONString
}
type CreateDefaultResourceConfigPayload { defaultResourceConfigID: ID success: Boolean }
input UpsertRunQueueInput {
  entityName: String
  projectName: String
  queueName: String!
  resourceType: String
  resourceConfig: JSONString
  templateVariables: JSONString
  prioritizationMode: RunQueuePrioritizationMode
  externalLinks: JSONString
  clientMutationId: String
}
type UpsertRunQueuePayload { success: Boolean configSchemaValidationErrors: [String!] }
input PushToRunQueueByNameInput {
  entityName: String
  projectName: String
  queueName: String!
  runSpec: JSONString!
  priority: Int
  templateVariableValues: JSONString
}
type PushToRunQueueByNamePayload { runQueueItemId: ID runSpec: JSONString }
input PushToRunQueueInput { queueID: ID! runSpec: JSONString! priority: Int templateVariableValues: JSONString }
type PushToRunQueuePayload { runQueueItemId: ID runSpec: JSONString }
input PopFromRunQueueInput { entityName: String projectName: String queueName: String! launchAgentId: ID }
type PopFromRunQueuePayload { runQueueItemId: ID! runSpec: JSON! }
input AckRunQueueItemInput { runQueueItemId: ID! runName: String! }
input FailRunQueueItemInput { runQueueItemId: ID! message: String! stage: String! filePaths: [String!] }

type LaunchAgent {
  id: ID!
  name: String
  runQueues: [ID!]
  hostname: String
  agentStatus: String
  stopPolling: Boolean
  heartbeatAt: DateTime
}
input CreateLaunchAgentInput {
  entityName: String
  projectName: String
  runQueues: [ID!]!
  hostname: String!
  agentConfig: JSONString
  version: String
}
type CreateLaunchAgentPayload { launchAgentId: ID success: Boolean }
input UpdateLaunchAgentInput { launchAgentId: ID! agentStatus: String }
`
