/** The bodies of requests, no longer than they may be. */
import type { RequestError } from "@effect/platform/HttpServerError"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as Headers from "@effect/platform/Headers"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Buffer } from "node:buffer"
import { badRequest, WireError } from "./WireError.js"

/** The bytes of a body, as they come. It fails with status 413 where there are more than `limit`. */
export const stream = (
  request: HttpServerRequest,
  limit: number
): Stream.Stream<Uint8Array, WireError | RequestError> => {
  if (declaredLength(request) > limit) return Stream.fail(tooLong(limit))
  return Stream.suspend(() => {
    let size = 0
    return Stream.mapEffect(request.stream, (chunk) => {
      size += chunk.length
      return size > limit ? tooLong(limit) : Effect.succeed(chunk)
    })
  })
}

/** The text of a body. */
export const text = (request: HttpServerRequest, limit: number): Effect.Effect<string, WireError | RequestError> =>
  Effect.map(Stream.runCollect(stream(request, limit)), (chunks) =>
    Buffer.concat(Chunk.toReadonlyArray(chunks)).toString("utf8")
  )

/** The JSON value of a body. */
export const json = (request: HttpServerRequest, limit: number): Effect.Effect<unknown, WireError | RequestError> =>
  Effect.flatMap(text(request, limit), (body) =>
    Effect.try({ try: (): unknown => JSON.parse(body), catch: () => badRequest("the body is no JSON") })
  )

// internal

const declaredLength = (request: HttpServerRequest): number =>
  Number(Option.getOrElse(Headers.get(request.headers, "content-length"), () => "0"))

const tooLong = (limit: number): WireError =>
  new WireError({ status: 413, detail: `the body is longer than ${limit} bytes` })
