/** The server's side of W&B's wire (wandb.md B, D–F), as an Effect `HttpApp` over the ports. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Access from "./Access.js"
import * as ArtifactExpiry from "./ArtifactExpiry.js"
import * as Body from "./Body.js"
import { FileStore } from "./FileStore.js"
import * as FileStream from "./FileStream.js"
import * as GraphQl from "./GraphQl.js"
import type { Ports } from "./GraphValue.js"
import { jsonText } from "./internal/jsonText.js"
import { RequestOrigin } from "./RequestOrigin.js"
import * as RunFiles from "./RunFiles.js"
import * as RunSelections from "./RunSelections.js"
import * as RunWatch from "./RunWatch.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SignedUrl from "./SignedUrl.js"
import { badRequest, notFound } from "./WireError.js"

/** What requests share. */
type Kept = Ports | RunSelections.RunSelections

/** The server: what it answers to a request. It never fails. */
export class Server extends Context.Tag("@sweepline/server/Server")<Server, HttpApp.Default>() {}

/**
 * The server over the ports. While the scope is open it looks for runs that have fallen silent, where their clients
 * say how they end, and for artifacts whose time is over.
 */
export const make: Effect.Effect<HttpApp.Default, never, Kept | Scope.Scope> = Effect.gen(function* () {
  const ports = yield* Effect.context<Kept>()
  const config = yield* ServerConfig
  const answer = yield* GraphQl.make
  if (config.runEnds === "client") yield* RunWatch.start
  yield* ArtifactExpiry.start

  const router = HttpRouter.empty.pipe(
    HttpRouter.get("/healthz", healthy),
    HttpRouter.get("/health", healthy),
    // Telemetry: clients switch it off where there is none (D.1.10).
    HttpRouter.all("/sdk/otel/*", refusal(404, "this server takes no telemetry")),
    HttpRouter.put(`${SignedUrl.prefix}*`, signed("PUT", upload)),
    HttpRouter.get(`${SignedUrl.prefix}*`, signed("GET", download)),
    HttpRouter.post("/graphql", authorized(graphql(answer))),
    HttpRouter.post("/files/:entity/:project/:run/file_stream", authorized(fileStream))
  )
  // Names may be longer than a router takes a part of an address to be; how long, `Projects.isName` says.
  const routes = yield* HttpRouter.withRouterConfig(HttpRouter.toHttpApp(router), {
    maxParamLength: Number.POSITIVE_INFINITY
  })

  return Effect.flatMap(HttpServerRequest, (request) => {
    if (!Access.isOwnHost(request.headers, config)) {
      return refusal(421, "this server doesn't answer to that host name")
    }
    if (Access.isOfForeignPage(request.headers, config)) {
      return refusal(403, "this server answers no pages of others")
    }
    const origin = Access.originOf(request.headers, config)
    return Effect.provideService(routes, RequestOrigin, origin)
  }).pipe(
    Effect.catchTags({
      // And not by a route for all that is left, which would also take HEAD of what there is.
      RouteNotFound: () => authorized(refusal(404, "there is nothing here")),
      RequestError: () => refusal(400, "the request could not be read"),
      ParseError: ({ message }) => refusal(400, message),
      WireError: ({ detail, status }) => refusal(status, detail),
      CommError: ({ detail, message, retryable, status }) =>
        status === undefined ? refusal(retryable ? 503 : 500, message) : refusal(status, detail)
    }),
    Effect.catchAllDefect((defect) =>
      Effect.zipRight(
        Effect.logError("A request met a defect", defect),
        refusal(500, "the server met a defect; its log says more")
      )
    ),
    Effect.provide(ports),
    Effect.annotateLogs({ package: "@sweepline/server", module: "Server" }),
    Effect.withTracerEnabled(false)
  )
})

/** The server over the ports. */
export const layer: Layer.Layer<Server, never, Ports> = Layer.provide(Layer.scoped(Server, make), RunSelections.layer)

// internal

const healthy = HttpServerResponse.unsafeJson({ status: "ok" })

/** As clients read errors (B.2.4). */
const refusal = (status: number, message: string): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.succeed(HttpServerResponse.unsafeJson({ errors: [{ message }] }, { status }))

/** Answers only who shows the key. */
const authorized = <E, R>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest
    const config = yield* ServerConfig
    if (Access.isAuthorized(request.headers, config)) return yield* handler
    return HttpServerResponse.unsafeJson(
      { errors: [{ message: "user is not logged in: the request shows no key, or another one than this server's" }] },
      { status: 401, headers: { "www-authenticate": 'Basic realm="sweepline"' } }
    )
  })

const decodeRequest = Schema.decodeUnknown(GraphQl.Request)

const graphql = (answer: Effect.Effect.Success<typeof GraphQl.make>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest
    const { maxQuery } = yield* ServerConfig
    const { result, status } = yield* answer(yield* decodeRequest(yield* Body.json(request, maxQuery)))
    const errors = result.errors?.map(({ locations, message, path }) => ({ message, path, locations }))
    return HttpServerResponse.text(jsonText({ errors, data: result.data }), {
      status,
      contentType: "application/json"
    })
  })

const decodeBatch = Schema.decodeUnknown(FileStream.Batch)

const fileStream = Effect.gen(function* () {
  const request = yield* HttpServerRequest
  const { maxStream } = yield* ServerConfig
  const { entity = "", project = "", run: name = "" } = yield* HttpRouter.params
  const batch = yield* decodeBatch(yield* Body.json(request, maxStream))
  const { stopped } = yield* FileStream.receive({ entity, project, name }, batch)
  return HttpServerResponse.unsafeJson(stopped ? { stopped: true } : {})
})

/** Answers only an address that this server has signed for the method. */
const signed = <E, R>(
  method: SignedUrl.Method,
  handler: (path: string) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest
    const url = new URL(request.url, "http://localhost")
    const path = yield* Effect.try({
      try: () => url.pathname.slice(SignedUrl.prefix.length).split("/").map(decodeURIComponent).join("/"),
      catch: () => badRequest("the address can't be read")
    })
    const expires = url.searchParams.get("expires") ?? ""
    const signature = url.searchParams.get("signature") ?? ""
    if (yield* SignedUrl.verify(method, path, { expires, signature })) return yield* handler(path)
    return yield* refusal(403, "this address is not one of this server, or it has expired")
  })

const upload = Effect.fnUntraced(function* (path: string) {
  const request = yield* HttpServerRequest
  const { maxUpload } = yield* ServerConfig
  const store = yield* FileStore
  const stored = yield* store.put(path, Body.stream(request, maxUpload))
  yield* RunFiles.arrived(path, stored)
  return HttpServerResponse.empty({ status: 200 })
})

const download = Effect.fnUntraced(function* (path: string) {
  const store = yield* FileStore
  const found = yield* store.get(path)
  if (Option.isNone(found)) return yield* notFound("there is no such file")
  return HttpServerResponse.stream(Stream.orDie(found.value), { contentType: "application/octet-stream" })
})
