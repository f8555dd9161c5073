import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Inspectable, Layer, Logger, LogLevel, Redacted, TestClock, Tracer } from "effect"
import { Credentials } from "../src/Credentials.js"
import { RunState } from "../src/operations/RunState.js"
import { execute, WandbClient } from "../src/WandbClient.js"
import * as FakeServer from "./FakeServer.js"

const secrets = [FakeServer.key, btoa(`api:${FakeServer.key}`), "header-secret", "jwt-secret", "access-secret"]

/** Everything that logs, spans and errors of a request say. */
const told = (handle: FakeServer.Handler, options: Parameters<typeof FakeServer.client>[1] = {}) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>((options) => {
      lines.push(Logger.stringLogger.log(options), Inspectable.toStringUnknown(options.message))
    })
    const server = FakeServer.make(handle)
    const headers = new Map([["X-Token", Redacted.make("header-secret")]])
    const request = Effect.gen(function* () {
      const client = yield* WandbClient
      const answer = execute(client, RunState, { project: "p", entity: "e", name: "r" }, { doing: "look" })
      return yield* answer.pipe(Effect.tapErrorCause((cause) => Effect.logError("It failed", cause)))
    }).pipe(
      Effect.provide(
        FakeServer.client(server, { extraHeaders: headers, ...options }).pipe(
          Layer.provideMerge(
            Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.All))
          )
        )
      ),
      Effect.withTracer(recording(lines))
    )
    const fiber = yield* Effect.fork(request)
    yield* TestClock.adjust("10 minutes")
    const exit = yield* Fiber.await(fiber)
    if (Exit.isFailure(exit)) lines.push(Cause.pretty(exit.cause), JSON.stringify(exit.cause))
    return { text: lines.join("\n"), server }
  })

const assertSecret = (text: string) => {
  assert.isNotEmpty(text)
  for (const secret of secrets) assert.notInclude(text, secret)
}

describe("no log, span or error has a secret", () => {
  it.effect("of a request that is answered", () =>
    Effect.gen(function* () {
      const { server, text } = yield* told(() => ({ body: { data: { project: null } } }))
      assertSecret(text)
      assert.include(server.calls[0]?.headers["authorization"] ?? "", btoa(`api:${FakeServer.key}`))
      assert.strictEqual(server.calls[0]?.headers["x-token"], "header-secret")
    })
  )

  it.effect("of a request that the server refuses with the key in its words", () =>
    Effect.gen(function* () {
      const { text } = yield* told(({ headers }) => ({
        status: 401,
        body: `bad ${headers["authorization"]}, ${FakeServer.key}`
      }))
      assertSecret(text)
      assert.include(text, "<redacted>")
    })
  )

  it.effect("of errors in an answer, and of answers of another shape", () =>
    Effect.gen(function* () {
      assertSecret((yield* told(() => ({ body: { errors: [{ message: `no ${FakeServer.key}` }] } }))).text)
      assertSecret((yield* told(() => ({ body: { data: { project: FakeServer.key } } }))).text)
    })
  )

  it.effect("of a connection that breaks", () =>
    Effect.gen(function* () {
      assertSecret((yield* told(() => ({ broken: "ECONNRESET" }))).text)
      assertSecret((yield* told(() => "silence")).text)
    })
  )

  const identity = { credentials: Credentials.Identity({ token: Effect.succeed(Redacted.make("jwt-secret")) }) }

  it.effect("of an identity token and what it is exchanged for, which is done once while it lasts", () =>
    Effect.gen(function* () {
      const { server, text } = yield* told((call) => {
        if (call.operation === "token") return { body: { access_token: "access-secret", expires_in: 3600 } }
        return server500(call)
      }, identity)
      assertSecret(text)
      assert.strictEqual(server.operations().filter((name) => name === "token").length, 1)
      assert.include(server.calls[0]?.body ?? "", "assertion=jwt-secret")
      assert.strictEqual(server.calls[1]?.headers["authorization"], "Bearer access-secret")
    })
  )

  it.effect("of an identity token that isn't accepted", () =>
    Effect.gen(function* () {
      const { text } = yield* told(() => ({ status: 400, body: "jwt-secret is expired" }), identity)
      assertSecret(text)
      assert.include(text, "was not exchanged")
    })
  )
})

const server500 = ({ headers }: FakeServer.Call): FakeServer.Outcome => ({
  status: 500,
  body: headers["authorization"]
})

/** Spans with all that they hold, as text. */
const recording = (lines: Array<string>): Tracer.Tracer =>
  Tracer.make({
    span: (name, parent, context, links, startTime, kind) => ({
      _tag: "Span",
      name,
      parent,
      context,
      links,
      kind,
      sampled: true,
      spanId: "0",
      traceId: "0",
      attributes: new Map(),
      status: { _tag: "Started", startTime },
      attribute: (key, value) => lines.push(`${name} ${key}=${Inspectable.toStringUnknown(value)}`),
      event: (event, _, attributes) => lines.push(`${name} ${event} ${JSON.stringify(attributes)}`),
      addLinks: () => {},
      end: (_, exit) => lines.push(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "")
    }),
    context: (run) => run()
  })
