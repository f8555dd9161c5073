/**
 * The schema of the operations that W&B's clients use (B.3–B.7, D, E.3, F). It is the whole of what this server knows:
 * a document that asks for more is refused with the words of the GraphQL specification, as the real server refuses it.
 */
import { artifacts } from "./internal/sdlArtifacts.js"
import { queues } from "./internal/sdlQueues.js"
import { runs } from "./internal/sdlRuns.js"
import { sweeps } from "./internal/sdlSweeps.js"

const root = `
"A JSON document as text."
scalar JSONString
"A JSON document as itself."
scalar JSON
scalar DateTime
scalar Int64
scalar Duration

type Query {
  viewer: User
  users(query: String): UserConnection
  serverInfo: ServerInfo
  entity(name: String): Entity
  organization(name: String): Organization
  project(name: String, entityName: String): Project
  model(name: String, entityName: String): Project
  projects(entityName: String, after: String, before: String, first: Int, last: Int, order: String, filters: JSONString): ProjectConnection
  models(entityName: String, after: String, before: String, first: Int, last: Int, order: String, filters: JSONString): ProjectConnection
  launchAgent(id: ID!): LaunchAgent
  artifact(id: ID!): Artifact
}

type Mutation {
  upsertModel(input: UpsertModelInput!): UpsertModelPayload
  upsertBucket(input: UpsertBucketInput!): UpsertBucketPayload
  stopRun(input: StopRunInput!): StopRunPayload
  deleteRun(input: DeleteRunInput!): DeleteRunPayload
  updateRunState(input: UpdateRunStateInput!): SuccessPayload
  createRunFiles(input: CreateRunFilesInput!): CreateRunFilesPayload
  notifyScriptableRunAlert(input: NotifyScriptableRunAlertInput!): SuccessPayload
  markRunFilesUploaded(input: MarkRunFilesUploadedInput!): SuccessPayload
  upsertSweep(input: UpsertSweepInput!): UpsertSweepPayload
  createAgent(input: CreateAgentInput!): CreateAgentPayload
  agentHeartbeat(input: AgentHeartbeatInput!): AgentHeartbeatPayload
  createRunQueue(input: CreateRunQueueInput!): CreateRunQueuePayload
  createDefaultResourceConfig(input: CreateDefaultResourceConfigInput!): CreateDefaultResourceConfigPayload
  upsertRunQueue(input: UpsertRunQueueInput!): UpsertRunQueuePayload
  pushToRunQueueByName(input: PushToRunQueueByNameInput!): PushToRunQueueByNamePayload
  pushToRunQueue(input: PushToRunQueueInput!): PushToRunQueuePayload
  popFromRunQueue(input: PopFromRunQueueInput!): PopFromRunQueuePayload
  ackRunQueueItem(input: AckRunQueueItemInput!): SuccessPayload
  failRunQueueItem(input: FailRunQueueItemInput!): SuccessPayload
  updateRunQueueItemWarning(input: FailRunQueueItemInput!): SuccessPayload
  createLaunchAgent(input: CreateLaunchAgentInput!): CreateLaunchAgentPayload
  updateLaunchAgent(input: UpdateLaunchAgentInput!): SuccessPayload
  createArtifact(input: CreateArtifactInput!): CreateArtifactPayload
  createArtifactManifest(input: CreateArtifactManifestInput!): ArtifactManifestPayload
  updateArtifactManifest(input: UpdateArtifactManifestInput!): ArtifactManifestPayload
  createArtifactFiles(input: CreateArtifactFilesInput!): CreateArtifactFilesPayload
  commitArtifact(input: CommitArtifactInput!): ArtifactPayload
  useArtifact(input: UseArtifactInput!): ArtifactPayload
  updateArtifact(input: UpdateArtifactInput!): ArtifactPayload
  deleteArtifact(input: DeleteArtifactInput!): ArtifactPayload
  addAliases(input: AddAliasesInput!): SuccessPayload
  deleteAliases(input: DeleteAliasesInput!): SuccessPayload
  createArtifactCollectionTagAssignments(
    input: CreateArtifactCollectionTagAssignmentsInput!
  ): CreateArtifactCollectionTagAssignmentsPayload
  deleteArtifactCollectionTagAssignments(input: DeleteArtifactCollectionTagAssignmentsInput!): SuccessPayload
  updateArtifactSequence(input: UpdateArtifactSequenceInput!): UpdateArtifactSequencePayload
}

type PageInfo { endCursor: String hasNextPage: Boolean! }

type SuccessPayload { success: Boolean clientMutationId: String }

type User {
  id: ID!
  name: String
  username: String
  email: String
  admin: Boolean
  flags: JSONString
  entity: String
  deletedAt: DateTime
  apiKeys: ApiKeyConnection
  teams: EntityConnection
  organizations: [Organization!]
}
type UserConnection { edges: [UserEdge!]! }
type UserEdge { node: User }
type ApiKeyConnection { edges: [ApiKeyEdge!]! }
type ApiKeyEdge { node: ApiKey }
type ApiKey { id: ID! name: String description: String }

type Entity {
  id: ID!
  name: String!
  isTeam: Boolean!
  entityType: String
  available: Boolean
  readOnly: Boolean
  xxhashDigestsEnabled: Boolean
  organization: Organization
  user: User
}
type EntityConnection { edges: [EntityEdge!]! }
type EntityEdge { node: Entity }
type Organization {
  id: ID!
  name: String!
  coreWeaveOrganizationId: String
  orgEntity: Entity
  featureFlags(rampIDType: String): [FeatureFlag!]
}
type FeatureFlag { rampKey: String! isEnabled: Boolean! }

type ServerInfo {
  features: [ServerFeature!]
  cliVersionInfo: JSON
  latestLocalVersionInfo: LocalVersionInfo
}
type ServerFeature { name: String! isEnabled: Boolean! }
type ServerSettings { serverMessages: [ServerMessage!]! }
"What clients up to 0.18 print when a run begins; they look for it by introspection."
type ServerMessage { utfText: String plainText: String htmlText: String messageType: String messageLevel: String }
type LocalVersionInfo { outOfDate: Boolean latestVersionString: String versionOnThisInstanceString: String }

type Project {
  id: ID!
  internalId: ID
  name: String!
  entity: Entity!
  entityName: String!
  description: String
  createdAt: DateTime
  updatedAt: DateTime
  isBenchmark: Boolean
  readOnly: Boolean
  access: String
  views: JSONString
  user: User
  run(name: String!, desc: String): Run
  bucket(name: String!, missingOk: Boolean, desc: String): Run
  runs(filters: JSONString, order: String, after: String, before: String, first: Int, last: Int): RunConnection
  runCount(filters: JSONString): Int
  sweep(sweepName: String!): Sweep
  sweeps(filters: JSONString, order: String, after: String, before: String, first: Int, last: Int): SweepConnection
  totalSweeps: Int
  runQueues: [RunQueue!]!
  runQueue(name: String!): RunQueue
  artifact(name: String!): Artifact
  artifactCollectionMembership(name: String!): ArtifactCollectionMembership
  artifactCollection(name: String!): ArtifactCollection
  artifactType(name: String!): ArtifactType
  artifactTypes(after: String, first: Int): ArtifactTypeConnection
  artifactCollections(after: String, first: Int, filters: JSONString, order: String): ArtifactCollectionConnection
}
type ProjectConnection { edges: [ProjectEdge!]! pageInfo: PageInfo! }
type ProjectEdge { cursor: String node: Project }
input UpsertModelInput {
  id: String
  entityName: String
  name: String
  description: String
  access: String
  views: JSONString
  framework: String
  repo: String
  dockerImage: String
}
type UpsertModelPayload { project: Project model: Project inserted: Boolean }
`

/** The schema in GraphQL's definition language. */
export const sdl: string = [root, runs, sweeps, queues, artifacts].join("\n")
