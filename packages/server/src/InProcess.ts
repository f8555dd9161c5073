/** The server without a socket: an `HttpClient` whose every request it answers in the caller's own fiber. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Server } from "./Server.js"

/** A client of an app, whatever address its requests have. */
export const make = (app: HttpApp.Default): HttpClient.HttpClient =>
  HttpClient.make(
    Effect.fnUntraced(function* (request, url) {
      const runtime = yield* Effect.runtime()
      const body = yield* bodyOf(request)
      const web = new Request(url, {
        method: request.method,
        headers: { host: url.host, ...request.headers },
        ...(body === undefined ? {} : { body })
      })
      const response = yield* Effect.scoped(
        Effect.provideService(app, HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(web))
      )
      return HttpClientResponse.fromWeb(
        request,
        HttpServerResponse.toWeb(response, { runtime, withoutBody: request.method === "HEAD" })
      )
    })
  )

/** A client of the server. */
export const layer: Layer.Layer<HttpClient.HttpClient, never, Server> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(Server, make)
)

// internal

const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<Uint8Array<ArrayBuffer> | FormData | string | undefined, HttpClientError.RequestError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(undefined)
    case "Uint8Array":
      return Effect.succeed(new Uint8Array(body.body))
    case "FormData":
      return Effect.succeed(body.formData)
    case "Raw":
      return typeof body.body === "string" ? Effect.succeed(body.body) : unsupported(request)
    case "Stream":
      return Effect.map(
        Effect.mapError(
          Stream.runFold(body.stream, new Uint8Array(), joined),
          (cause) => new HttpClientError.RequestError({ request, reason: "Encode", cause })
        ),
        (bytes) => bytes
      )
  }
}

const joined = (bytes: Uint8Array<ArrayBuffer>, chunk: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(bytes.length + chunk.length)
  both.set(bytes)
  both.set(chunk, bytes.length)
  return both
}

const unsupported = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.fail(
    new HttpClientError.RequestError({ request, reason: "Encode", description: "a raw body must be a text here" })
  )
