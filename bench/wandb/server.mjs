// A server over memory on 127.0.0.1 that answers late, and a launch agent in it whose runs end at once. It prints its port.
//
//   node server.mjs <key> <milliseconds>
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpServer from "@effect/platform/HttpServer"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Documents from "@sweepline/core/Documents"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as RunLog from "@sweepline/core/RunLog"
import * as SweepAdmin from "@sweepline/core/SweepAdmin"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as FileStore from "@sweepline/server/FileStore"
import * as InProcess from "@sweepline/server/InProcess"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import { Effect, Layer, Redacted } from "effect"
import { createServer } from "node:http"

const [key = "", delay = "0"] = process.argv.slice(2)

const ports = Layer.mergeAll(SweepApi.layerMemory, SweepAdmin.layerMemory, RunLog.layerMemory).pipe(
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide(Layer.merge(SearchLive.layer, EarlyStopping.layerNoop)),
  Layer.merge(Documents.layerMemory),
  Layer.merge(FileStore.layerMemory),
  Layer.merge(ServerConfig.layer({ apiKey: Redacted.make(key), username: "usr", entity: "ent" }))
)

/** How many items the agent takes at a time. */
const atOnce = 10

const popping = Array.from(
  { length: atOnce },
  (_, n) =>
    `p${n}: popFromRunQueue(input: {entityName: "ent", projectName: "model-registry", queueName: "q"}) { runQueueItemId runSpec }`
)

/** Takes what is queued and ends it, past the wire, for ever. It costs the server little: its time is the clients'. */
const agent = Effect.gen(function* () {
  const api = yield* SweepApi.SweepApi
  const http = (yield* HttpClient.HttpClient).pipe(
    HttpClient.mapRequest(HttpClientRequest.basicAuth("api", key)),
    HttpClient.mapRequest(HttpClientRequest.prependUrl("http://localhost"))
  )
  const ask = (query) =>
    Effect.flatMap(
      http.execute(HttpClientRequest.post("/graphql").pipe(HttpClientRequest.bodyUnsafeJson({ query }))),
      (response) => response.json
    )
  const report = { attempt: 1, state: "finished", exitCode: 0, summary: new Map() }
  const work = Effect.gen(function* () {
    const items = Object.values((yield* ask(`mutation P { ${popping.join(" ")} }`)).data).filter(
      (item) => item !== null
    )
    if (items.length === 0) return yield* Effect.sleep("5 millis")
    const claims = items.map(
      ({ runQueueItemId, runSpec }, n) =>
        `a${n}: ackRunQueueItem(input: {runQueueItemId: "${runQueueItemId}", runName: "${runSpec.run_id}"}) { success }`
    )
    yield* ask(`mutation A { ${claims.join(" ")} }`)
    for (const { runSpec } of items) yield* api.reportRun({ sweep: runSpec.sweep_id, run: runSpec.run_id, report })
  })
  yield* Effect.forever(work)
})

const main = Layer.unwrapEffect(
  Effect.map(Server.Server, (app) =>
    Layer.mergeAll(
      HttpServer.serve(Effect.zipLeft(app, Effect.sleep(`${Number(delay)} millis`))),
      Layer.scopedDiscard(Effect.forkScoped(agent)).pipe(Layer.provide(InProcess.layer)),
      Layer.effectDiscard(
        HttpServer.addressWith((address) => Effect.sync(() => void process.stdout.write(`${address.port}\n`)))
      )
    )
  )
).pipe(
  Layer.provide(Server.layer),
  Layer.provide(ports),
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

NodeRuntime.runMain(Layer.launch(main))
