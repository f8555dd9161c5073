/** A W&B that lives in the test: the transport is swapped, and nothing else. */
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Clock, Duration, Effect, Layer, Option, Redacted } from "effect"
import { isRecord } from "effect/Predicate"
import { Credentials } from "../src/Credentials.js"
import * as WandbClient from "../src/WandbClient.js"
import { WandbProject } from "../src/WandbProject.js"
import { WandbSettings } from "../src/WandbSettings.js"
import * as Reads from "../src/Reads.js"
import { answer, parse } from "./graph.js"

/** A request as it came. */
export interface Call {
  readonly at: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The name in the document, `file_stream`, or the path. */
  readonly operation: string
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** What is answered; an object is sent as JSON. */
export interface Answered {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

/** What happens to a request: an answer, a connection that breaks, or nothing, for ever. */
export type Outcome = Answered | { readonly broken: string } | "silence"

export type Handler = (call: Call) => Outcome

export interface FakeServer {
  readonly calls: Array<Call>
  /** The names of the operations that were asked, in order. */
  readonly operations: () => ReadonlyArray<string>
  readonly layer: Layer.Layer<HttpClient.HttpClient>
}

/** A server that answers as the handler says. */
export const make = (handle: Handler): FakeServer => {
  const calls: Array<Call> = []
  const respond = (request: HttpClientRequest.HttpClientRequest, url: URL) =>
    Effect.gen(function* () {
      const call = callOf(request, url, yield* Clock.currentTimeMillis)
      calls.push(call)
      const outcome = handle(call)
      if (outcome === "silence") return yield* Effect.never
      if ("broken" in outcome) {
        const cause = Object.assign(new Error("the connection broke"), { code: outcome.broken })
        return yield* new RequestError({ request, reason: "Transport", cause })
      }
      const { body, headers, status } = outcome
      const text = typeof body === "string" ? body : JSON.stringify(body)
      return HttpClientResponse.fromWeb(request, new Response(text, { status: status ?? 200, headers: headers ?? {} }))
    })
  return {
    calls,
    operations: () => calls.map(({ operation }) => operation),
    layer: Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request, url) => respond(request, url))
    )
  }
}

/** Answers by a graph of objects; a file stream with `{}`. */
export const graph =
  (root: {
    readonly query?: Readonly<Record<string, unknown>>
    readonly mutation?: Readonly<Record<string, unknown>>
  }): Handler =>
  (call) => {
    if (call.operation === "file_stream") return { body: {} }
    const document = parse(call.document, call.variables)
    return { body: answer(document, (document.kind === "mutation" ? root.mutation : root.query) ?? {}) }
  }

/** The first handler's outcome where it has one, else the second's. */
export const either =
  (first: (call: Call) => Outcome | undefined, second: Handler): Handler =>
  (call) =>
    first(call) ?? second(call)

/** Each outcome once, in order; the last for ever. */
export const scripted = (...outcomes: ReadonlyArray<Outcome>): Handler => {
  let n = 0
  return () => outcomes[Math.min(n++, outcomes.length - 1)] ?? "silence"
}

/** A key as W&B makes them. */
export const key = "0123456789abcdef0123456789abcdef01234567"

/** Settings of a test. */
export const settings = (options: Partial<WandbSettings["Type"]> = {}): Layer.Layer<WandbSettings> =>
  Layer.succeed(WandbSettings, {
    baseUrl: "https://wandb.example",
    appUrl: "https://wandb.example",
    entity: "ent",
    project: "proj",
    organization: undefined,
    username: "kim",
    email: undefined,
    extraHeaders: new Map(),
    httpTimeout: undefined,
    proxies: { http: undefined, https: undefined, except: [] },
    verifiesTls: true,
    credentials: Credentials.Key({ key: Redacted.make(key) }),
    ...options
  })

/** A client of a server. */
export const client = (server: FakeServer, options?: Partial<WandbSettings["Type"]>) =>
  Layer.provideMerge(WandbClient.layer, Layer.merge(server.layer, settings(options)))

/** The project `ent/proj` on a server, with its reads. */
export const project = (server: FakeServer) =>
  Layer.merge(Reads.layer, Layer.succeed(WandbProject, { entity: "ent", project: "proj" })).pipe(
    Layer.provideMerge(client(server))
  )

/** The times of calls after the first, in seconds, rounded to a tenth. */
export const secondsOf = (server: FakeServer): ReadonlyArray<number> =>
  server.calls.map(({ at }) => Math.round((at - (server.calls[0]?.at ?? 0)) / 100) / 10)

const callOf = (request: HttpClientRequest.HttpClientRequest, url: URL, at: number): Call => {
  const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
  const parsed: unknown = Option.getOrUndefined(Option.liftThrowable((): unknown => JSON.parse(body))())
  const document = isRecord(parsed) && typeof parsed["query"] === "string" ? parsed["query"] : ""
  const name = /(?:query|mutation)\s+(\w+)/.exec(document)?.[1]
  return {
    at,
    url: url.toString(),
    headers: request.headers,
    body,
    document,
    operation: name ?? url.pathname.split("/").at(-1) ?? "",
    variables: isRecord(parsed) && isRecord(parsed["variables"]) ? parsed["variables"] : {}
  }
}

/** Settled time: what is due now is done. */
export const soon = Duration.millis(1)
