import * as NodeContext from "@effect/platform-node/NodeContext"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Documents } from "@sweepline/core/Documents"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Embedded from "@sweepline/embedded/Embedded"
import * as Stored from "@sweepline/embedded/SweepRemoval"
import * as FileStore from "@sweepline/server/FileStore"
import * as InProcess from "@sweepline/server/InProcess"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import * as Told from "@sweepline/server/SweepRemoval"
import { sweepConfig } from "../src/Fixtures.js"
import * as TestSearch from "../src/TestSearch.js"
import { temporaryFolder } from "./sqlite.js"

const apiKey = Redacted.make("0123456789abcdef0123456789abcdef01234567")

/** A sweep that an agent works on, and where a file of its run is sent to. */
interface Begun {
  readonly sweep: SweepId
  readonly agent: string
  readonly run: string
  readonly upload: string
}

const send = Effect.fnUntraced(function* (method: "POST" | "PUT", url: string, body: string) {
  const client = yield* HttpClient.HttpClient
  const isSigned = url.startsWith("http")
  const response = yield* client.execute(
    HttpClientRequest.make(method)(isSigned ? url : `http://localhost${url}`).pipe(
      isSigned ? (it) => it : HttpClientRequest.basicAuth("api", apiKey),
      HttpClientRequest.setBody(HttpBody.text(body, "application/json"))
    )
  )
  return { status: response.status, text: yield* response.text }
})

const gql = (query: string, variables: Record<string, unknown> = {}) =>
  send("POST", "/graphql", JSON.stringify({ query, variables, operationName: "" }))

const createAgent = (sweep: string) =>
  gql('mutation A($sweep: String!) { createAgent(input: {host: "h", sweep: $sweep}) { agent { id } } }', { sweep })

const heartbeat = (id: string, runState: string) =>
  gql(
    "mutation B($id: ID!, $runState: JSONString) { agentHeartbeat(input: {id: $id, runState: $runState}) { commands } }",
    {
      id,
      runState
    }
  )

const upsertBucket = (run: string, sweep: string) =>
  gql(
    'mutation U($run: String, $sweep: String) { upsertBucket(input: {name: $run, host: "h", sweep: $sweep, summaryMetrics: "{}"}) { bucket { id } } }',
    { run, sweep }
  )

const found = ({ text }: { readonly text: string }, pattern: RegExp): string =>
  pattern.exec(text)?.[1] ?? assert.fail(text)

const begin = Effect.gen(function* () {
  const api = yield* SweepApi
  const sweep = yield* api.createSweep({ config: sweepConfig(), name: "", seed: 1 })
  const agent = found(yield* createAgent(sweep), /"id":"([^"]+)"/)
  const run = found(yield* heartbeat(agent, "{}"), /run_id[\\": ]+([a-z0-9]+)/)
  yield* upsertBucket(run, sweep)
  const files = yield* gql(
    'mutation F($run: String!) { createRunFiles(input: {runName: $run, files: ["a.txt"]}) { files { uploadUrl } } }',
    { run }
  )
  return { sweep, agent, run, upload: found(files, /"uploadUrl":"([^"]+)"/) } satisfies Begun
})

const batch = JSON.stringify({
  files: {
    "wandb-history.jsonl": { offset: 0, content: ['{"loss": 1}'] },
    "output.log": { offset: 0, content: ["hello"] },
    "wandb-summary.json": { offset: 0, content: ['{"loss": 1}'] }
  },
  complete: true,
  exitcode: 0
})

/** What clients ask that makes a server keep something; each answers the status. */
const requests: ReadonlyArray<
  readonly [string, (begun: Begun) => Effect.Effect<number, HttpClientError, HttpClient.HttpClient>]
> = [
  ["lines of a run", ({ run }) => statusOf(send("POST", `/files/ent/proj/${run}/file_stream`, batch))],
  ["the beginning of a run", ({ run, sweep }) => statusOf(upsertBucket(run, sweep))],
  ["a file of a run", ({ upload }) => statusOf(send("PUT", upload, "x"))],
  [
    "the heartbeat of an agent that is idle",
    ({ agent, run }) => statusOf(heartbeat(agent, JSON.stringify({ [run]: false })))
  ],
  [
    "the heartbeat of an agent that is busy",
    ({ agent, run }) => statusOf(heartbeat(agent, JSON.stringify({ [run]: true })))
  ],
  ["another agent", ({ sweep }) => statusOf(createAgent(sweep))],
  [
    "a change of the sweep",
    ({ sweep }) =>
      statusOf(
        gql('mutation S($id: ID) { upsertSweep(input: {id: $id, description: "new"}) { sweep { id } } }', { id: sweep })
      )
  ]
]

const statusOf = <E, R>(reply: Effect.Effect<{ readonly status: number }, E, R>) =>
  Effect.map(reply, ({ status }) => status)

/** A server in whose requests another process removes a sweep, before it writes something down. */
const world = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const backend = yield* Layer.build(
    Layer.mergeAll(
      Embedded.layer({ path: join(folder, "sweepline.db"), watch: false }).pipe(
        Layer.provide(Layer.merge(TestSearch.layerCounting(), EarlyStopping.layerNoop))
      ),
      FileStore.layerDirectory(join(folder, "files")).pipe(Layer.provide(NodeContext.layer)),
      ServerConfig.layer({ apiKey, entity: "ent", project: "proj" })
    )
  )
  const documents = Context.get(backend, Documents)

  /** What is still to be done, and before which write. */
  let steps: ReadonlyArray<readonly [number, Effect.Effect<void, unknown>]> = []
  let writes = 0
  const due = (before: number) =>
    Effect.suspend(() => {
      const now = steps.filter(([at]) => at <= before)
      steps = steps.filter(([at]) => at > before)
      return Effect.orDie(Effect.forEach(now, ([, step]) => step, { discard: true }))
    })
  const watched = Layer.succeed(Documents, {
    read: documents.read,
    write: (body) =>
      Effect.zipRight(
        Effect.suspend(() => due(writes++)),
        documents.write(body)
      )
  })
  const server = yield* Layer.build(
    InProcess.layer.pipe(
      Layer.provide(Server.layer),
      Layer.provide(watched),
      Layer.provideMerge(Layer.succeedContext(backend))
    )
  )
  return {
    folder,
    server,
    remove: {
      /** Removes a sweep before one of the writes that come, and what is left of it before another one. */
      at: (sweep: SweepId, first: number, second: number) => {
        writes = 0
        steps = [
          [first, Effect.provide(Stored.begin(sweep), backend)],
          [
            second,
            Effect.provide(
              Effect.flatMap(Stored.pending, (all) =>
                Effect.forEach(all, (removal) => Stored.finish(removal, Told.remove(sweep)), { discard: true })
              ),
              backend
            )
          ]
        ]
      },
      /** Whether anything of it was done. */
      happened: () => steps.length < 2,
      /** What wasn't done yet. */
      rest: due(Number.POSITIVE_INFINITY)
    },
    /** The documents that tell of any of some names. */
    keys: (names: ReadonlyArray<string>) =>
      documents.read((reader) =>
        reader
          .list({ prefix: "" })
          .filter((entry) => names.some((name) => entry.join(" ").includes(name)))
          .map(([key]) => key)
      )
  }
})

describe("A server of which another process removes a sweep", () => {
  for (const [what, ask] of requests) {
    it.scoped(`keeps nothing of it, whenever that comes: ${what}`, () =>
      Effect.gen(function* () {
        const { folder, keys, remove, server } = yield* world
        for (const gap of [0, 1]) {
          for (let step = 0, happened = true; happened; step++) {
            const begun = yield* Effect.provide(begin, server)
            remove.at(begun.sweep, step, step + gap)
            const status = yield* Effect.provide(ask(begun), server)
            assert.include([200, 404], status)
            happened = remove.happened()
            yield* remove.rest
            const { agent, run, sweep } = begun
            const left = (yield* keys([agent, run, sweep])).filter((key) => !/^(run-change|settling)[/]/.test(key))
            assert.deepStrictEqual(left, [], `at ${step}, ${gap} further`)
            assert.isFalse(existsSync(join(folder, "files", "runs", "ent", "proj", run)))
          }
        }
      })
    )
  }

  it.scoped("doesn't count its runs any more, also where no client has told of them", () =>
    Effect.gen(function* () {
      const { remove, server } = yield* world
      yield* Effect.gen(function* () {
        const api = yield* SweepApi
        const sweeps = yield* Effect.replicateEffect(api.createSweep({ config: sweepConfig(), name: "", seed: 1 }), 2)
        for (const sweep of sweeps) {
          const run = yield* api.createRun({ sweep, trial: new Map() })
          const report = { attempt: 1, state: "finished", exitCode: 0, summary: new Map() } as const
          yield* api.reportRun({ sweep, run, report })
        }
        const count = Effect.map(gql('{ project(name: "proj", entityName: "ent") { runCount } }'), ({ text }) =>
          Number(/"runCount":(\d+)/.exec(text)?.[1])
        )
        assert.strictEqual(yield* count, 2)
        remove.at(sweeps[0] ?? assert.fail(), 0, 0)
        yield* remove.rest
        assert.strictEqual(yield* count, 1)
      }).pipe(Effect.provide(server))
    })
  )
})
