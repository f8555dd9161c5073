import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type { RequestListener } from "node:http"

/** A listener that is made later. */
export interface LazyHandler {
  readonly listener: RequestListener
  /** Makes what answers now, before anybody asks. */
  readonly load: Effect.Effect<void>
}

/**
 * A listener whose making waits for the first request. Where it can't be made, requests are answered 500, and the next
 * one tries again. A listener that throws ends its own request alone.
 */
export const make = <R>(load: Effect.Effect<RequestListener, never, R>): Effect.Effect<LazyHandler, never, R> =>
  Effect.map(Effect.runtime<R>(), (runtime) => {
    let made: Promise<RequestListener> | undefined
    const log = (message: string, cause: unknown) => Runtime.runSync(runtime)(Effect.logError(message, cause))
    const handler = () =>
      (made ??= Runtime.runPromise(runtime)(load).catch((cause: unknown) => {
        made = undefined
        log("What answers requests could not be loaded", cause)
        throw cause
      }))
    return {
      listener: (request, response) => {
        handler()
          .then(
            (listener) => listener(request, response),
            () => response.writeHead(500).end()
          )
          .catch((cause: unknown) => {
            log("A request met a defect", cause)
            response.destroy()
          })
      },
      load: Effect.ignore(Effect.tryPromise(handler))
    }
  })
