/** Runs, what they logged and their files. */
export const runs = `
type Run {
  id: ID!
  name: String!
  displayName: String
  description: String
  notes: String
  tags: [String!]
  group: String
  jobType: String
  commit: String
  host: String
  readOnly: Boolean
  state: String
  exitcode: Int
  shouldStop: Boolean
  stopped: Boolean
  failed: Boolean
  running: Boolean
  createdAt: DateTime
  updatedAt: DateTime
  heartbeatAt: DateTime
  sweepName: String
  sweep: Sweep
  project: Project
  projectId: String
  user: User
  config: JSONString
  summaryMetrics: JSONString
  systemMetrics: JSONString
  historyLineCount: Int
  eventsLineCount: Int
  logLineCount: Int
  historyTail: JSONString
  eventsTail: JSONString
  historyKeys: JSON
  history(minStep: Int64, maxStep: Int64, samples: Int): [String!]
  events(samples: Int): [String!]
  sampledHistory(specs: [JSONString!]!): [JSON!]!
  parquetHistory(liveKeys: [String!]): ParquetHistory
  logLines(first: Int, after: String, last: Int, useImprovedPagination: Boolean): LogLineConnection
  files(names: [String], after: String, first: Int, pattern: String): FileConnection
  fileCount: Int
  runInfo: RunInfo
  wandbConfig(keys: [String!]): JSONString
  inputArtifacts(after: String, first: Int): ArtifactConnection
  outputArtifacts(after: String, first: Int): ArtifactConnection
}
type RunConnection { totalCount: Int edges: [RunEdge!]! pageInfo: PageInfo! }
type RunEdge { cursor: String node: Run! }
type ParquetHistory { parquetUrls: [String!]! liveData: [JSON!]! }
type LogLineConnection { edges: [LogLineEdge!]! pageInfo: PageInfo! }
type LogLineEdge { cursor: String node: LogLine! }
type LogLine { number: Int timestamp: DateTime level: String label: String line: String! }
type File {
  id: ID!
  name: String!
  displayName: String
  url(upload: Boolean): String
  directUrl: String
  sizeBytes: Int64
  mimetype: String
  md5: String
  digest: String
  storagePath: String
  updatedAt: DateTime
}
type FileConnection { totalCount: Int edges: [FileEdge!]! pageInfo: PageInfo! }
type FileEdge { cursor: String node: File }
type RunInfo {
  program: String
  args: [String!]
  os: String
  python: String
  colab: String
  executable: String
  codeSaved: Boolean
  cpuCount: Int
  gpuCount: Int
  gpu: String
  git: GitInfo
}
type GitInfo { remote: String commit: String }

input UpsertBucketInput {
  id: String
  name: String
  modelName: String
  entityName: String
  groupName: String
  description: String
  displayName: String
  notes: String
  commit: String
  config: JSONString
  host: String
  debug: Boolean
  jobProgram: String
  jobRepo: String
  jobType: String
  state: String
  sweep: String
  tags: [String!]
  summaryMetrics: JSONString
  clientMutationId: String
}
type UpsertBucketPayload { bucket: Run inserted: Boolean serverSettings: ServerSettings! }
input StopRunInput { id: ID! clientMutationId: String }
type StopRunPayload { clientMutationId: String success: Boolean }
input DeleteRunInput { id: ID! deleteArtifacts: Boolean clientMutationId: String }
type DeleteRunPayload { clientMutationId: String }
input UpdateRunStateInput { id: ID! state: String! }
input CreateRunFilesInput { entityName: String projectName: String runName: String! files: [String!]! }
type CreateRunFilesPayload { runID: ID! uploadHeaders: [String!]! files: [UploadTarget!]! }
type UploadTarget { name: String! uploadUrl: String! }
enum AlertSeverity { INFO WARN ERROR }
input NotifyScriptableRunAlertInput {
  entityName: String
  projectName: String
  runName: String!
  title: String!
  text: String!
  severity: AlertSeverity
  waitDuration: Duration
}
input MarkRunFilesUploadedInput { entityName: String projectName: String runName: String files: [String!] }
`
