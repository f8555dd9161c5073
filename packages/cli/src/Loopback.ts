import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { createServer, type RequestListener, type Server } from "node:http"

/** A port can't be listened on. */
export class ListenError extends Data.TaggedError("ListenError")<{
  readonly reason: "Taken" | "Refused"
  readonly message: string
}> {}

/** This machine, to itself. */
export const host = "127.0.0.1"

/**
 * Answers requests of this machine while the scope is open; on this port if it is free, else on some other one. Answers
 * the port.
 */
export const listen = Effect.fnUntraced(function* (
  handler: RequestListener,
  preferred: number | undefined
): Effect.fn.Return<number, ListenError, Scope.Scope> {
  const drawn = yield* Effect.replicateEffect(Random.nextIntBetween(first, last), attempts)
  const candidates = preferred === undefined ? drawn : [preferred, ...drawn]
  return yield* candidates.reduceRight<Effect.Effect<number, ListenError, Scope.Scope>>(
    (otherwise, port) =>
      Effect.catchIf(
        serve(handler, { host, port }),
        ({ reason }) => reason === "Taken",
        () => otherwise
      ),
    serve(handler, { host, port: 0 })
  )
})

/** Answers requests at an address while the scope is open. Answers the port, which port 0 leaves to the system. */
export const serve = (
  handler: RequestListener,
  at: { readonly host: string; readonly port: number }
): Effect.Effect<number, ListenError, Scope.Scope> =>
  Effect.acquireRelease(open(handler, at), close).pipe(
    Effect.map((server) => {
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : at.port
    })
  )

// internal

/**
 * Ports that the system doesn't give to connections of its own: a client that tries again and again to reach a server
 * that is away could otherwise come to hold the very port that it tries.
 */
const first = 20_000
const last = 32_000

/** How long a request may take to arrive, in milliseconds: a large file over a slow network takes longer than Node's 5 minutes. */
const requestTimeout = 3_600_000

/**
 * How long a connection that nothing comes over stays, in milliseconds: longer than clients are silent. Node's 5 seconds are
 * just as long as agents take from one heartbeat to the next, which then meets the end of its connection.
 */
const keepAliveTimeout = 65_000

/** How many of them are tried. */
const attempts = 5

const open = (handler: RequestListener, { host, port }: { readonly host: string; readonly port: number }) =>
  Effect.async<Server, ListenError>((resume) => {
    const server = createServer({ requestTimeout, keepAliveTimeout }, handler)
    // It may fail again to take a connection: an error that nobody listens for would end the process.
    server.on("error", (error: NodeJS.ErrnoException) =>
      resume(new ListenError({ reason: error.code === "EADDRINUSE" ? "Taken" : "Refused", message: error.message }))
    )
    server.listen({ host, port }, () => resume(Effect.succeed(server)))
  })

/** Takes no more requests, and leaves those under way a moment. */
const close = (server: Server) =>
  Effect.async<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeIdleConnections()
  }).pipe(
    Effect.timeoutOption("1 second"),
    Effect.ensuring(Effect.sync(() => server.closeAllConnections())),
    Effect.interruptible
  )
