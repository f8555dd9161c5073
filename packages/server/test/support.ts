/** A server over memory layers, and a client of it that says what it sends byte for byte. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Effect, Layer, Redacted } from "effect"
import * as MemoryDocuments from "@sweepline/core/MemoryDocuments"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import type { PythonValue } from "@sweepline/core/PythonValue"
import * as MemoryRunLog from "@sweepline/core/MemoryRunLog"
import * as Search from "@sweepline/core/Search"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as MemorySweepAdmin from "@sweepline/core/MemorySweepAdmin"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"
import * as FileStore from "../src/FileStore.js"
import * as InProcess from "../src/InProcess.js"
import * as Server from "../src/Server.js"
import * as ServerConfig from "../src/ServerConfig.js"

export const key = "k".repeat(40)

const points: ReadonlyArray<ReadonlyMap<string, PythonValue>> = [
  new Map<string, PythonValue>([
    ["lr", 0.5],
    ["10", 1n]
  ]),
  new Map<string, PythonValue>([
    ["lr", 1e-5],
    ["10", 2n]
  ])
]

/** Suggests two points. */
const search = Layer.succeed(Search.Search, {
  suggest: ({ history }) =>
    Effect.sync(() => {
      const trial = points[history.length]
      return trial === undefined ? Search.Suggestion.Exhausted() : Search.Suggestion.Suggested({ trial })
    })
})

/** Condemns every run that has logged `hopeless`. */
const stopping = Layer.succeed(EarlyStopping.EarlyStopping, {
  judge: ({ curves }) =>
    Effect.sync(() =>
      curves
        .filter(({ values }) => values.includes(1000))
        .map(({ id }) => ({ run: id, rung: 1, value: 1000, threshold: 1, peers: [] }))
    )
})

const ports = Layer.mergeAll(MemorySweepApi.layer, MemorySweepAdmin.layer, MemoryRunLog.layer).pipe(
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide(Layer.merge(search, stopping)),
  Layer.merge(MemoryDocuments.layer),
  Layer.merge(FileStore.layerMemory)
)

/** The ports of a server, the server and its client; `altered` is what the server sees of its sweeps. */
export const serverWith = (
  options: Partial<ServerConfig.ServerConfig["Type"]> = {},
  altered: (api: SweepApi["Type"]) => SweepApi["Type"] = (api) => api
) =>
  InProcess.layer.pipe(
    Layer.provideMerge(Server.layer),
    Layer.provideMerge(Layer.effect(SweepApi, Effect.map(SweepApi, altered))),
    Layer.provideMerge(ports),
    Layer.provideMerge(
      ServerConfig.layer({
        apiKey: Redacted.make(key),
        username: "usr",
        entity: "ent",
        teams: ["team"],
        project: "proj",
        email: "u@example.org",
        ...options
      })
    )
  )

export const server = serverWith()

export const base = "http://localhost:8080"

export interface Reply {
  readonly status: number
  readonly text: string
}

/** Sends a request as it stands. */
export const send = Effect.fnUntraced(function* (
  method: "GET" | "HEAD" | "POST" | "PUT",
  path: string,
  options: { readonly body?: string; readonly headers?: Record<string, string>; readonly key?: string } = {}
) {
  const client = yield* HttpClient.HttpClient
  const request = HttpClientRequest.make(method)(path.startsWith("http") ? path : `${base}${path}`).pipe(
    HttpClientRequest.setHeaders(options.headers ?? {}),
    options.key === undefined ? (it) => it : HttpClientRequest.basicAuth("api", options.key),
    options.body === undefined ? (it) => it : HttpClientRequest.setBody(HttpBody.text(options.body, "application/json"))
  )
  const response = yield* client.execute(request)
  return { status: response.status, text: yield* response.text } satisfies Reply
})

/** Sends a GraphQL request with the key. */
export const post = (body: unknown) =>
  send("POST", "/graphql", { key, body: typeof body === "string" ? body : JSON.stringify(body) })

/** Sends an operation as hand-written clients do, with an empty name; answers its data, and dies of errors. */
export const gql = Effect.fnUntraced(function* (query: string, variables?: Record<string, unknown>) {
  const { status, text } = yield* post({ query, variables, operationName: "" })
  const body: unknown = JSON.parse(text)
  if (status !== 200 || at(body, "errors") !== undefined) return yield* Effect.die(new Error(`${status} ${text}`))
  return at(body, "data")
})

/** The status and the first error of an operation that is refused. */
export const refusedBy = Effect.fnUntraced(function* (query: string, variables?: Record<string, unknown>) {
  const { status, text } = yield* post({ query, variables, operationName: "" })
  return [status, at(JSON.parse(text), "errors", 0, "message")] as const
})

/** Streams lines of a run; answers the reply. */
export const stream = (run: string, batch: unknown) =>
  Effect.map(
    send("POST", `/files/ent/proj/${run}/file_stream`, {
      key,
      body: typeof batch === "string" ? batch : JSON.stringify(batch)
    }),
    ({ status, text }): unknown => (status === 200 ? JSON.parse(text) : { status, text })
  )

/** A part of some JSON. */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((part, name) => {
    if (Array.isArray(part)) return part[Number(name)]
    return typeof part === "object" && part !== null ? Object.entries(part).find(([it]) => it === name)?.[1] : undefined
  }, value)

/** A part of some JSON that must be a text. */
export const textAt = (value: unknown, ...path: ReadonlyArray<string | number>): string => {
  const part = at(value, ...path)
  if (typeof part !== "string") throw new Error(`no text at ${path.join(".")} of ${JSON.stringify(value)}`)
  return part
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64")

// operations, in the words of the clients

export const upsertBucket = `mutation UpsertBucket($id: String, $name: String, $project: String, $entity: String, $groupName: String, $description: String, $displayName: String, $notes: String, $commit: String, $config: JSONString, $host: String, $debug: Boolean, $program: String, $repo: String, $jobType: String, $state: String, $sweep: String, $tags: [String!], $summaryMetrics: JSONString) {
  upsertBucket(input: {id: $id, name: $name, groupName: $groupName, modelName: $project, entityName: $entity, description: $description, displayName: $displayName, notes: $notes, config: $config, commit: $commit, host: $host, debug: $debug, jobProgram: $program, jobRepo: $repo, jobType: $jobType, state: $state, sweep: $sweep, tags: $tags, summaryMetrics: $summaryMetrics}) {
    bucket { id name displayName description config sweepName project { id name entity { id name } } historyLineCount }
    inserted
  }
}`

/** Begins a run as a client does. */
export const begin = (name: string, variables: Record<string, unknown> = {}) =>
  gql(upsertBucket, { name, project: "proj", entity: "ent", host: "box", config: "{}", ...variables })

export const runState = (name: string, project = "proj") =>
  Effect.map(
    gql(
      "query RunState($project: String!, $entity: String!, $name: String!) { project(name: $project, entityName: $entity) { run(name: $name) { state } } }",
      { project, entity: "ent", name }
    ),
    (data) => at(data, "project", "run", "state")
  )

export const upsertSweep = `mutation UpsertSweep($id: ID, $config: String, $description: String, $entityName: String, $projectName: String, $controller: JSONString,$launchScheduler: JSONString, $templateVariableValues: JSONString, $scheduler: JSONString, $state: String, $priorRunsFilters: JSONString, $displayName: String) {
  upsertSweep(input: {id: $id, config: $config, description: $description, entityName: $entityName, projectName: $projectName, controller: $controller,launchScheduler: $launchScheduler,templateVariableValues: $templateVariableValues, scheduler: $scheduler, state: $state, priorRunsFilters: $priorRunsFilters, displayName: $displayName}) {
    sweep { name project { id name entity { id name } } }
    configValidationWarnings
  }
}`

export const sweepConfig = `method: random
metric:
  goal: minimize
  name: loss
parameters:
  lr:
    max: 1.0
    min: 0.0
program: train.py
`

/** Creates a sweep as a client does; answers its name. */
export const createSweep = (variables: Record<string, unknown> = {}) =>
  Effect.map(gql(upsertSweep, { config: sweepConfig, entityName: "ent", projectName: "proj", ...variables }), (data) =>
    textAt(data, "upsertSweep", "sweep", "name")
  )

export const createAgent =
  "mutation CreateAgent($host: String! $projectName: String, $entityName: String, $sweep: String!) { createAgent(input: {host: $host, projectName: $projectName, entityName: $entityName, sweep: $sweep}) { agent { id } } }"

export const registerAgent = (sweep: string) =>
  Effect.map(gql(createAgent, { host: "box-0", entityName: "ent", projectName: "proj", sweep }), (data) =>
    textAt(data, "createAgent", "agent", "id")
  )

export const heartbeatMutation =
  "mutation Heartbeat($id: ID!, $metrics: JSONString, $runState: JSONString) { agentHeartbeat(input: {id: $id, metrics: $metrics, runState: $runState}) { agent { id } commands } }"

/** A heartbeat; answers the text of the commands. */
export const heartbeat = (id: string, runState = "{}") =>
  Effect.map(gql(heartbeatMutation, { id, metrics: "{}", runState }), (data) =>
    textAt(data, "agentHeartbeat", "commands")
  )

/** A sweep with an agent that was given its first run. */
export const sweepWithRun = Effect.gen(function* () {
  const sweep = yield* createSweep()
  const agent = yield* registerAgent(sweep)
  const run = textAt(JSON.parse(yield* heartbeat(agent)), 0, "run_id")
  return { sweep, agent, run }
})

export const stopRun = (run: string) =>
  gql("mutation stopRun($id: ID!) { stopRun(input: {id: $id}) { clientMutationId success } }", {
    id: base64(`Run:v1:${run}:proj:ent`)
  })

export const createRunQueue =
  "mutation CreateRunQueue($entity: String!, $project: String!, $queueName: String!, $access: RunQueueAccessType!, $prioritizationMode: RunQueuePrioritizationMode, $defaultResourceConfigID: ID) { createRunQueue(input: {entityName: $entity, projectName: $project, queueName: $queueName, access: $access, prioritizationMode: $prioritizationMode, defaultResourceConfigID: $defaultResourceConfigID}) { success queueID } }"

export const createQueue = (queueName: string) =>
  Effect.map(gql(createRunQueue, { entity: "ent", project: "model-registry", queueName, access: "PROJECT" }), (data) =>
    textAt(data, "createRunQueue", "queueID")
  )
