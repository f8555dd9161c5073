import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"

/**
 * A listener whose making waits for the first request. Where it can't be made, requests are answered 500, and the next
 * one tries again.
 */
export const make = <R>(load: Effect.Effect<RequestListener, never, R>): Effect.Effect<RequestListener, never, R> =>
  Effect.map(Effect.runtime<R>(), (runtime) => {
    let handler: Promise<RequestListener> | undefined
    return (request: IncomingMessage, response: ServerResponse) => {
      handler ??= Runtime.runPromise(runtime)(load)
      handler.then(
        (listener) => listener(request, response),
        () => {
          handler = undefined
          response.writeHead(500).end()
        }
      )
    }
  })
