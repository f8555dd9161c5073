// A server over SQLite on 127.0.0.1: what the conformance suite talks to. It prints its port once it listens, and
// writes a line for each request into a trace: operation, status, agent.
//
//   node server.mjs <folder> <port, 0 for any> <key>
import * as HttpServer from "@effect/platform/HttpServer"
import { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as Embedded from "@sweepline/embedded/Embedded"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as FileStore from "@sweepline/server/FileStore"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import { Effect, Layer, Logger, Redacted, Stream } from "effect"
import { Buffer } from "node:buffer"
import { appendFileSync } from "node:fs"
import { createServer } from "node:http"

const [folder = "", port = "0", key = ""] = process.argv.slice(2)

const ports = Layer.mergeAll(
  Embedded.layer({ path: `${folder}/sweepline.db` }).pipe(
    Layer.provide(Layer.merge(SearchLive.layer, EarlyStopping.layerNoop))
  ),
  FileStore.layerDirectory(`${folder}/files`),
  ServerConfig.layer({ apiKey: Redacted.make(key), username: "usr", entity: "ent", project: "uncategorized" })
)

const operationOf = (url, body) => {
  const name = /^\s*(?:#graphql\s*)?(?:query|mutation)\s+(\w+)/.exec(body)?.[1]
  if (name !== undefined) return name
  return url.endsWith("/file_stream") ? "file_stream" : (url.split("/")[1]?.split("?")[0] ?? "")
}

/** The app, with a line in the trace for each request. */
const traced = (app) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest
    const graphql = request.method === "POST" && request.url === "/graphql"
    const chunks = graphql ? [...(yield* Effect.orElseSucceed(Stream.runCollect(request.stream), () => []))] : []
    const read = Object.create(request, { stream: { value: Stream.fromIterable(chunks) } })
    const response = yield* graphql ? Effect.provideService(app, HttpServerRequest, read) : app
    const text = Buffer.concat(chunks).toString()
    const query = graphql && text !== "" ? JSON.parse(text).query : ""
    const line = {
      operation: operationOf(request.url, query),
      status: response.status,
      agent: request.headers["user-agent"] ?? ""
    }
    appendFileSync(`${folder}/trace.jsonl`, `${JSON.stringify(line)}\n`)
    return response
  })

const main = Layer.unwrapEffect(
  Effect.map(Server.Server, (app) =>
    HttpServer.serve(traced(app)).pipe(
      Layer.merge(
        Layer.effectDiscard(
          HttpServer.addressWith((address) =>
            Effect.sync(() => void process.stdout.write(`${address._tag === "TcpAddress" ? address.port : 0}\n`))
          )
        )
      )
    )
  )
).pipe(
  Layer.provide(Server.layer),
  Layer.provide(ports),
  Layer.provide(NodeHttpServer.layer(createServer, { port: Number(port), host: "127.0.0.1" })),
  Layer.provide(NodeContext.layer),
  Layer.provide(Logger.replace(Logger.defaultLogger, Logger.prettyLogger({ stderr: true })))
)

NodeRuntime.runMain(Layer.launch(main), { disableErrorReporting: false })
