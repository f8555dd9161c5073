// A server over memory on 127.0.0.1 that answers late, and a launch agent in it whose runs end at once. It prints its port.
//
//   node server.mjs <key> <milliseconds>
import * as HttpServer from "@effect/platform/HttpServer"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as MemoryDocuments from "@sweepline/core/MemoryDocuments"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as MemoryRunLog from "@sweepline/core/MemoryRunLog"
import * as MemorySweepAdmin from "@sweepline/core/MemorySweepAdmin"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as FileStore from "@sweepline/server/FileStore"
import * as QueueItems from "@sweepline/server/QueueItems"
import * as RunQueueDocument from "@sweepline/server/RunQueueDocument"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import { Effect, Layer, Redacted } from "effect"
import { createServer } from "node:http"

const [key = "", delay = "0"] = process.argv.slice(2)

const ports = Layer.mergeAll(MemorySweepApi.layer, MemorySweepAdmin.layer, MemoryRunLog.layer).pipe(
  Layer.provideMerge(MemoryStore.layer),
  Layer.provide(Layer.merge(SearchLive.layer, EarlyStopping.layerNoop)),
  Layer.merge(MemoryDocuments.layer),
  Layer.merge(FileStore.layerMemory),
  Layer.merge(ServerConfig.layer({ apiKey: Redacted.make(key), username: "usr", entity: "ent" }))
)

/** A launch agent: takes what is queued and ends it at once, for ever. It costs little: the server's time is its clients'. */
const agent = Effect.gen(function* () {
  const api = yield* SweepApi.SweepApi
  const report = { attempt: 1, state: "finished", exitCode: 0, summary: new Map() }
  const place = { entity: "ent", project: "model-registry" }
  const work = Effect.gen(function* () {
    const queue = yield* RunQueueDocument.find(place, "q")
    const item = queue && (yield* QueueItems.pop(queue, "agent"))
    if (item === undefined) return yield* Effect.sleep("5 millis")
    const { run_id: run, sweep_id: sweep } = JSON.parse(item.runSpec)
    yield* QueueItems.update(item.id, (it) => ({ ...it, state: "claimed", run }))
    yield* api.reportRun({ sweep, run, report })
  })
  yield* Effect.forever(work)
})

const main = Layer.unwrapEffect(
  Effect.map(Server.Server, (app) =>
    Layer.mergeAll(
      HttpServer.serve(Effect.zipLeft(app, Effect.sleep(`${Number(delay)} millis`))),
      Layer.scopedDiscard(Effect.forkScoped(agent)),
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
