import * as NodeContext from "@effect/platform-node/NodeContext"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { join } from "node:path"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as Embedded from "@sweepline/embedded/Embedded"
import * as FileStore from "@sweepline/server/FileStore"
import * as InProcess from "@sweepline/server/InProcess"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import { sweepConfig } from "../src/Fixtures.js"
import * as TestSearch from "../src/TestSearch.js"
import { temporaryFolder } from "./sqlite.js"

const apiKey = Redacted.make("0123456789abcdef0123456789abcdef01234567")

/** A server over the database and the files of a folder, until the scope of what is provided with it closes. */
const serverIn = (folder: string) =>
  InProcess.layer.pipe(
    Layer.provide(Server.layer),
    Layer.provideMerge(
      Embedded.layer({ path: join(folder, "sweepline.db"), watch: false }).pipe(
        Layer.provide(Layer.merge(TestSearch.layerCounting(), EarlyStopping.layerNoop))
      )
    ),
    Layer.provide(FileStore.layerDirectory(join(folder, "files"))),
    Layer.provide(ServerConfig.layer({ apiKey, entity: "ent", project: "proj" })),
    Layer.provide(NodeContext.layer)
  )

const send = Effect.fnUntraced(function* (method: "GET" | "POST" | "PUT", url: string, body?: string) {
  const client = yield* HttpClient.HttpClient
  const address = url.startsWith("http") ? url : `http://localhost${url}`
  const response = yield* client.execute(
    HttpClientRequest.make(method)(address).pipe(
      url.startsWith("http") ? (it) => it : HttpClientRequest.basicAuth("api", apiKey),
      body === undefined ? (it) => it : HttpClientRequest.setBody(HttpBody.text(body, "application/json"))
    )
  )
  assert.strictEqual(response.status, 200, url)
  return yield* response.text
})

const gql = <A>(query: string, variables: Record<string, unknown>, answer: Schema.Schema<A>) =>
  Effect.flatMap(send("POST", "/graphql", JSON.stringify({ query, variables, operationName: "" })), (text) =>
    Effect.map(Schema.decode(Schema.parseJson(Schema.Struct({ data: answer })))(text), ({ data }) => data)
  )

const stream = (run: string, batch: unknown) =>
  send("POST", `/files/ent/proj/${run}/file_stream`, JSON.stringify(batch))

const begin = (name: string, sweep?: string) =>
  send(
    "POST",
    "/graphql",
    JSON.stringify({
      query:
        "mutation UpsertBucket($name: String, $host: String, $sweep: String, $config: JSONString) { upsertBucket(input: {name: $name, host: $host, sweep: $sweep, config: $config}) { bucket { id } } }",
      variables: { name, host: "box", sweep, config: "{}" }
    })
  )

const Agent = Schema.Struct({ createAgent: Schema.Struct({ agent: Schema.Struct({ id: Schema.String }) }) })
const Beat = Schema.Struct({ agentHeartbeat: Schema.Struct({ commands: Schema.String }) })
const Runs = Schema.Struct({
  project: Schema.Struct({
    runs: Schema.Struct({
      edges: Schema.Array(
        Schema.Struct({
          node: Schema.Struct({ name: Schema.String, state: Schema.String, historyLineCount: Schema.Int })
        })
      )
    })
  })
})
const Upload = Schema.Struct({
  createRunFiles: Schema.Struct({ files: Schema.Array(Schema.Struct({ uploadUrl: Schema.String })) })
})
const Files = Schema.Struct({
  project: Schema.Struct({
    run: Schema.Struct({
      files: Schema.Struct({
        edges: Schema.Array(Schema.Struct({ node: Schema.Struct({ name: Schema.String, directUrl: Schema.String }) }))
      })
    })
  })
})
const Made = Schema.Struct({
  artifact: Schema.Struct({ id: Schema.String, versionIndex: Schema.optional(Schema.Int) })
})

const heartbeat = (id: string) =>
  gql("mutation Heartbeat($id: ID!) { agentHeartbeat(input: {id: $id}) { commands } }", { id }, Beat)

const history = (offset: number, ...content: ReadonlyArray<string>) => ({
  files: { "wandb-history.jsonl": { offset, content } }
})

describe("A server over SQLite", () => {
  it.scoped("goes on after a restart where it was: runs, agents, lines, files, queues", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const before = yield* Effect.gen(function* () {
        const api = yield* SweepApi
        const sweep = yield* api.createSweep({ config: sweepConfig(), name: "", seed: 1 })
        const { createAgent } = yield* gql(
          'mutation CreateAgent($sweep: String!) { createAgent(input: {host: "h", sweep: $sweep}) { agent { id } } }',
          { sweep },
          Agent
        )
        const { agentHeartbeat } = yield* heartbeat(createAgent.agent.id)
        const run = /"run_id": "([^"]+)"/.exec(agentHeartbeat.commands)?.[1] ?? ""
        yield* begin(run, sweep)
        yield* begin("plain")
        yield* stream(run, history(0, `{"loss":2}`, `{"loss":1}`))
        yield* stream("plain", history(0, `{"x":1}`))
        const { createRunFiles } = yield* gql(
          'mutation CreateRunFiles($files: [String!]!) { createRunFiles(input: {runName: "plain", files: $files}) { files { uploadUrl } } }',
          { files: ["sub/early.txt", "späte.txt"] },
          Upload
        )
        const [early = "", late = ""] = createRunFiles.files.map(({ uploadUrl }) => uploadUrl)
        yield* send("PUT", early, "early")
        return { sweep, run, agent: createAgent.agent.id, late }
      }).pipe(Effect.provide(serverIn(folder)))

      yield* Effect.gen(function* () {
        const api = yield* SweepApi
        const { agent, late, run, sweep } = before
        const { agentHeartbeat } = yield* heartbeat(agent)
        assert.include(agentHeartbeat.commands, `"type": "run"`)
        // Lines that came with the answer lost are taken once.
        yield* stream(run, history(1, `{"loss":1}`, `{"loss":0.5}`))
        yield* stream(run, { complete: true, exitcode: 0 })
        const [record] = (yield* api.runs(SweepId.make(sweep))).filter(({ id }) => id === RunId.make(run))
        assert.deepStrictEqual([record?.state, record?.exitCode], ["finished", 0])
        assert.deepStrictEqual([...(record?.summary ?? [])], [["loss", 0.5]])
        const { project } = yield* gql(
          'query Q($filters: JSONString) { project(name: "proj", entityName: "ent") { runs(filters: $filters) { edges { node { name state historyLineCount } } } } }',
          { filters: JSON.stringify({ state: { $ne: "pending" } }) },
          Runs
        )
        assert.deepStrictEqual(
          new Set(project.runs.edges.map(({ node }) => `${node.name} ${node.state} ${node.historyLineCount}`)),
          new Set([`${run} finished 3`, "plain running 1"])
        )
        // An address that was given out before is still good.
        yield* send("PUT", late, "late")
        const files = yield* gql(
          'query Q { project(name: "proj", entityName: "ent") { run(name: "plain") { files { edges { node { name directUrl } } } } } }',
          {},
          Files
        )
        const contents = yield* Effect.forEach(files.project.run.files.edges, ({ node }) =>
          Effect.map(send("GET", node.directUrl), (text) => [node.name, text] as const)
        )
        assert.deepStrictEqual(contents, [
          ["späte.txt", "late"],
          ["sub/early.txt", "early"]
        ])
      }).pipe(Effect.provide(serverIn(folder)))
    })
  )

  it.scoped("tells of a sweep's runs as they become, page after page, whoever changes them", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.gen(function* () {
        const api = yield* SweepApi
        const sweep = yield* api.createSweep({ config: sweepConfig(), name: "", seed: 1 })
        const best = Effect.map(
          gql(
            'query B($filters: JSONString) { project(name: "proj", entityName: "ent") { runs(first: 10, filters: $filters, order: "-summary_metrics.loss") { edges { node { name state historyLineCount } } } } }',
            { filters: JSON.stringify({ sweep, state: { $ne: "killed" } }) },
            Runs
          ),
          ({ project }) => project.runs.edges.map(({ node }) => `${node.name} ${node.state}`)
        )
        const report = (run: RunId, state: "running" | "finished", loss: number) =>
          api.reportRun({
            sweep,
            run,
            report: { attempt: 1, state, exitCode: undefined, summary: new Map([["loss", loss]]) }
          })
        const first = yield* api.createRun({ sweep, trial: new Map() })
        const second = yield* api.createRun({ sweep, trial: new Map() })
        yield* report(first, "running", 1)
        yield* report(second, "running", 2)
        assert.deepStrictEqual(yield* best, [`${second} running`, `${first} running`])
        // What a run that lives logs raises no mark.
        yield* stream(first, history(0, `{"loss":3}`))
        assert.deepStrictEqual(yield* best, [`${first} running`, `${second} running`])
        yield* report(first, "finished", 3)
        const third = yield* api.createRun({ sweep, trial: new Map() })
        assert.deepStrictEqual(yield* best, [`${first} finished`, `${second} running`, `${third} pending`])
        yield* api.stopRun({ sweep, run: third, reason: "Killed" })
        assert.deepStrictEqual(yield* best, [`${first} finished`, `${second} running`])
      }).pipe(Effect.provide(serverIn(folder)))
    })
  )

  it.scoped("makes one version of an artifact, also where its client, told nothing yet, asks for it again", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.gen(function* () {
        const { createArtifact } = yield* gql(
          "mutation C($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }",
          {
            input: {
              entityName: "ent",
              projectName: "proj",
              artifactTypeName: "t",
              artifactCollectionName: "ds",
              digest: "d"
            }
          },
          Schema.Struct({ createArtifact: Made })
        )
        const commit = gql(
          "mutation C($id: ID!) { commitArtifact(input: {artifactID: $id}) { artifact { id versionIndex } } }",
          { id: createArtifact.artifact.id },
          Schema.Struct({ commitArtifact: Made })
        )
        const answers = yield* Effect.replicateEffect(commit, 3, { concurrency: "unbounded" })
        assert.deepStrictEqual(
          answers.map(({ commitArtifact }) => commitArtifact.artifact.versionIndex),
          [0, 0, 0]
        )
      }).pipe(Effect.provide(serverIn(folder)))
    })
  )
})
