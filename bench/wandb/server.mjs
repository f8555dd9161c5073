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

/** Takes what is queued and ends it, past the wire, for ever. It asks seldom: the server's time is the clients'. */
const agent = Effect.gen(function* () {
  const http = (yield* HttpClient.HttpClient).pipe(
    HttpClient.mapRequest(HttpClientRequest.basicAuth("api", key)),
    HttpClient.mapRequest(HttpClientRequest.prependUrl("http://localhost"))
  )
  const send = (path, body) =>
    Effect.flatMap(
      http.execute(HttpClientRequest.post(path).pipe(HttpClientRequest.bodyUnsafeJson(body))),
      (response) => response.json
    )
  const pop = send("/graphql", {
    query:
      'mutation P { popFromRunQueue(input: {entityName: "ent", projectName: "model-registry", queueName: "q"}) { runSpec } }'
  })
  const work = Effect.gen(function* () {
    const item = (yield* pop).data?.popFromRunQueue
    if (!item) return yield* Effect.sleep("20 millis")
    yield* send(`/files/ent/proj/${item.runSpec.run_id}/file_stream`, { complete: true, exitcode: 0 })
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
