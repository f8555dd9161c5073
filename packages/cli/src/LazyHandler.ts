import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"

/**
 * A listener whose making waits for the first request. Where it can't be made, requests are answered 500, and the next
 * one tries again. A listener that throws ends its own request alone.
 */
export const make = <R>(load: Effect.Effect<RequestListener, never, R>): Effect.Effect<RequestListener, never, R> =>
  Effect.map(Effect.runtime<R>(), (runtime) => {
    let handler: Promise<RequestListener> | undefined
    const log = (message: string, cause: unknown) => Runtime.runSync(runtime)(Effect.logError(message, cause))
    return (request: IncomingMessage, response: ServerResponse) => {
      handler ??= Runtime.runPromise(runtime)(load)
      handler
        .then(
          (listener) => listener(request, response),
          (cause: unknown) => {
            handler = undefined
            log("What answers requests could not be loaded", cause)
            response.writeHead(500).end()
          }
        )
        .catch((cause: unknown) => {
          log("A request met a defect", cause)
          response.destroy()
        })
    }
  })
