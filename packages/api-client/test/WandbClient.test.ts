import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Exit, Fiber, Redacted, Schema, TestClock } from "effect"
import { Credentials } from "../src/Credentials.js"
import * as GraphQl from "../src/GraphQl.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import { execute, WandbClient } from "../src/WandbClient.js"
import type { WireFailure } from "../src/WireFailure.js"
import * as FakeServer from "./FakeServer.js"

const Ping = GraphQl.operation({
  document: "query Ping($b: String, $a: String) {\n  ping(a: $a, b: $b)\n}",
  variables: Schema.Struct({ b: Schema.optional(Schema.String), a: Schema.optional(Schema.String) }),
  answer: Schema.Struct({ ping: Schema.String })
})

const pong: FakeServer.Outcome = { body: { data: { ping: "pong" } } }

/** Asks under virtual time until there is an answer. */
const asked = (
  server: FakeServer.FakeServer,
  policy?: RetryPolicy.RetryPolicy,
  settings?: Parameters<typeof FakeServer.client>[1]
) =>
  Effect.gen(function* () {
    const client = yield* WandbClient
    const fiber = yield* Effect.fork(Effect.either(client.request(Ping, {}, policy)))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provide(FakeServer.client(server, settings)))

const failureOf = (answer: Either.Either<unknown, WireFailure>): WireFailure => Either.getOrThrow(Either.flip(answer))

describe("requests", () => {
  it.effect("are posted to the server with credentials, names and an empty operation name", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => pong)
      const client = yield* Effect.provide(WandbClient, FakeServer.client(server))
      assert.deepStrictEqual(yield* client.request(Ping, { b: "<x> & y\u2028", a: "1" }), { ping: "pong" })
      const [call] = server.calls
      assert.strictEqual(call?.url, "https://wandb.example/graphql")
      assert.strictEqual(
        call?.body,
        '{"query":"query Ping($b: String, $a: String) {\\n  ping(a: $a, b: $b)\\n}",' +
          '"variables":{"a":"1","b":"\\u003cx\\u003e \\u0026 y\\u2028"},"operationName":""}'
      )
      assert.strictEqual(call?.headers["content-type"], "application/json")
      assert.strictEqual(call?.headers["authorization"], `Basic ${btoa(`api:${FakeServer.key}`)}`)
      assert.match(call?.headers["user-agent"] ?? "", /^W&B Public Client /)
      assert.strictEqual(call?.headers["use-admin-privileges"], "true")
      assert.strictEqual(call?.headers["x-wandb-username"], "kim")
      assert.strictEqual(call?.headers["x-wandb-user-email"], "")
    })
  )

  it.effect("leave variables out where there are none", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => pong)
      yield* asked(server)
      assert.match(server.calls[0]?.body ?? "", /^\{"query":".*","operationName":""\}$/)
    })
  )

  it.effect("carry the extra headers of the settings", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => pong)
      yield* asked(server, undefined, { extraHeaders: new Map([["X-Team", Redacted.make("ml")]]) })
      assert.strictEqual(server.calls[0]?.headers["x-team"], "ml")
    })
  )

  it.effect("go out ten at a time", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => "silence")
      const client = yield* Effect.provide(WandbClient, FakeServer.client(server))
      yield* Effect.fork(
        Effect.all(
          Array.from({ length: 25 }, () => Effect.exit(client.request(Ping, {}, RetryPolicy.once))),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(server.calls.length, 10)
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(server.calls.length, 20)
    })
  )
})

describe("a request that fails", () => {
  it.effect("is sent again after 2 s, 4 s, 8 s and a quarter more, until its time is over", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ status: 500, body: "oops" }))
      const failure = failureOf(yield* asked(server))
      assert.deepStrictEqual([failure.reason, failure.status, failure.detail], ["Status", 500, "oops"])
      assert.isTrue(failure.retryable)
      const waits = server.calls.map(({ at }, n) => at - (server.calls[n - 1]?.at ?? at)).slice(1)
      assert.isAtLeast(waits.length, 3)
      for (const [n, wait] of waits.entries()) {
        assert.isAtLeast(wait, 2000 * 2 ** n)
        assert.isAtMost(wait, 2500 * 2 ** n + 1)
      }
      assert.isAtMost(server.calls.at(-1)?.at ?? 0, 19_000)
    })
  )

  for (const [policy, name, seconds] of [
    [RetryPolicy.call, "a call", 19],
    [RetryPolicy.heartbeat, "a heartbeat", 60],
    [RetryPolicy.login, "a login", 10]
  ] as const) {
    it.effect(`is given up after ${seconds} s, where it is ${name}`, () =>
      Effect.gen(function* () {
        const client = yield* WandbClient
        const fiber = yield* Effect.fork(Effect.exit(client.request(Ping, {}, policy)))
        yield* TestClock.adjust(Duration.subtract(Duration.seconds(seconds), Duration.millis(1)))
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust("1 millis")
        assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
      }).pipe(Effect.provide(FakeServer.client(FakeServer.make(() => ({ status: 503, body: "" })))))
    )
  }

  it.effect("is given up in time also where it must not be interrupted, and not before", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => "silence")
      const client = yield* Effect.provide(WandbClient, FakeServer.client(server))
      for (const [policy, seconds] of [
        [RetryPolicy.once, 30],
        [RetryPolicy.call, 19]
      ] as const) {
        const request = Effect.uninterruptible(Effect.either(client.request(Ping, {}, policy)))
        const fiber = yield* Effect.fork(request)
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.interruptFork(fiber)
        yield* TestClock.adjust(Duration.seconds(seconds - 2))
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust("1 seconds")
        assert.isNotNull(fiber.unsafePoll())
      }
    })
  )

  it.effect("has the time that the settings say, for the attempt and in all", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => "silence")
      const client = yield* Effect.provide(WandbClient, FakeServer.client(server, { httpTimeout: Duration.seconds(5) }))
      const fiber = yield* Effect.fork(Effect.either(client.request(Ping, {})))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(failureOf(yield* Fiber.join(fiber)).reason, "Timeout")
    })
  )

  it.effect("is sent again 20 times at most", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ status: 502, headers: { "retry-after": "1" }, body: "" }))
      yield* asked(server, { ...RetryPolicy.call, budget: Duration.infinity })
      assert.strictEqual(server.calls.length, 21)
    })
  )

  it.effect("waits as long as Retry-After says, in seconds or as a date", () =>
    Effect.gen(function* () {
      const date = new Date(12_000).toUTCString()
      const server = FakeServer.make(
        FakeServer.scripted(
          { status: 429, headers: { "retry-after": "7" }, body: "" },
          { status: 429, headers: { "retry-after": date }, body: "" },
          pong
        )
      )
      assert.isTrue(Either.isRight(yield* asked(server)))
      assert.deepStrictEqual(FakeServer.secondsOf(server), [0, 7, 12])
    })
  )

  const final = [400, 401, 403, 404, 409, 410, 413, 422, 501]
  for (const status of [...final, 402, 408, 418, 429, 500, 502, 503, 599, 301]) {
    const again = !final.includes(status) && status !== 301
    it.effect(`is ${again ? "" : "not "}sent again after status ${status}`, () =>
      Effect.gen(function* () {
        const server = FakeServer.make(FakeServer.scripted({ status, body: "" }, pong))
        assert.strictEqual(Either.isRight(yield* asked(server)), again)
        assert.strictEqual(server.calls.length, again ? 2 : 1)
      })
    )
  }

  it.effect("is sent again after a conflict only where a run is changed", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.scripted({ status: 409, body: "" }, pong))
      assert.isTrue(Either.isRight(yield* asked(server, RetryPolicy.upsertRun)))
    })
  )

  it.effect("is sent again when the connection breaks or nothing comes back", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.scripted({ broken: "ECONNRESET" }, "silence", pong))
      assert.isTrue(Either.isRight(yield* asked(server, RetryPolicy.heartbeat)))
      assert.strictEqual(server.calls.length, 3)
    })
  )

  it.effect("is not sent again when the certificate isn't trusted", () =>
    Effect.gen(function* () {
      for (const code of ["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]) {
        const server = FakeServer.make(() => ({ broken: code }))
        const failure = failureOf(yield* asked(server))
        assert.deepStrictEqual([failure.retryable, failure.delivery], [false, "NotSent"])
        assert.strictEqual(server.calls.length, 1)
      }
    })
  )

  it.effect("is never sent again where the transport refuses it, for one of its headers", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ broken: "UND_ERR_INVALID_ARG" }))
      assert.isFalse(failureOf(yield* asked(server)).retryable)
      assert.strictEqual(server.calls.length, 1)
    })
  )

  it.effect("is never sent again after errors in an answer with status 200", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ body: { data: null, errors: [{ message: "no" }, { message: "nay" }] } }))
      const failure = failureOf(yield* asked(server))
      assert.deepStrictEqual([failure.reason, failure.detail, failure.retryable], ["GraphQL", "[no; nay]", false])
      assert.strictEqual(server.calls.length, 1)
    })
  )

  it.effect("says whether it may have had its effect", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [FakeServer.Outcome, WireFailure["delivery"]]> = [
        [{ broken: "ECONNREFUSED" }, "NotSent"],
        [{ broken: "ENOTFOUND" }, "NotSent"],
        [{ broken: "UND_ERR_INVALID_ARG" }, "NotSent"],
        [{ broken: "ECONNRESET" }, "Unknown"],
        ["silence", "Unknown"],
        [{ status: 429, body: "" }, "Refused"],
        [{ status: 400, body: "" }, "Refused"],
        [{ status: 502, body: "" }, "Unknown"],
        [{ body: "<html>" }, "Unknown"],
        [{ body: { data: {} } }, "Unknown"],
        [{ body: { errors: [{ message: "no" }] } }, "Refused"]
      ]
      for (const [outcome, delivery] of cases) {
        const server = FakeServer.make(() => outcome)
        assert.strictEqual(failureOf(yield* asked(server, RetryPolicy.once)).delivery, delivery)
        assert.strictEqual(server.calls.length, 1)
      }
    })
  )
})

describe("an access token", () => {
  it.effect("is waited for no longer than any answer, and what was to be sent with it wasn't", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => "silence")
      const credentials = Credentials.Identity({ token: Effect.succeed(Redacted.make("jwt")) })
      const failure = failureOf(yield* asked(server, RetryPolicy.once, { credentials }))
      assert.deepStrictEqual([failure.reason, failure.delivery], ["Timeout", "NotSent"])
      assert.deepStrictEqual(server.operations(), ["token"])
    })
  )

  it.effect("that can't be had leaves nothing open: no request went with it", () =>
    Effect.gen(function* () {
      const credentials = Credentials.Identity({ token: Effect.succeed(Redacted.make("jwt")) })
      for (const outcome of [{ broken: "ECONNRESET" }, { status: 503, body: "" }, { body: "<html>" }] as const) {
        const server = FakeServer.make(() => outcome)
        const failure = failureOf(yield* asked(server, RetryPolicy.once, { credentials }))
        assert.strictEqual(failure.delivery, "NotSent", JSON.stringify(outcome))
      }
    })
  )
})

describe("an answer", () => {
  const words: ReadonlyArray<readonly [unknown, string]> = [
    [{ errors: [{ message: "one" }] }, "one"],
    [{ errors: [{ message: "one" }, { message: "two" }] }, "[one; two]"],
    [{ errors: ["plain"] }, '{"errors":["plain"]}'],
    [{ reason: "none" }, 'returned error 400: {"reason":"none"}'],
    ["not JSON", "not JSON"],
    ["", "returned error 400"]
  ]
  for (const [body, detail] of words) {
    it.effect(`of status 400 with ${JSON.stringify(body)} is told as ${detail}`, () =>
      Effect.gen(function* () {
        const failure = failureOf(yield* asked(FakeServer.make(() => ({ status: 400, body }))))
        assert.strictEqual(failure.detail, detail)
      })
    )
  }

  for (const body of ["<html>", "[]", "1", "{}", '{"data":null}', '{"data":{}}', '{"data":{"ping":1}}']) {
    it.effect(`that reads ${body} is of no use, and final`, () =>
      Effect.gen(function* () {
        const server = FakeServer.make(() => ({ body }))
        const failure = failureOf(yield* asked(server))
        assert.deepStrictEqual([failure.reason, failure.retryable], ["Decode", false])
        assert.strictEqual(server.calls.length, 1)
      })
    )
  }

  it.effect("becomes an error that says what was being done", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ status: 401, body: { errors: [{ message: "permission denied" }] } }))
      const client = yield* Effect.provide(WandbClient, FakeServer.client(server))
      const error = yield* Effect.flip(execute(client, Ping, {}, { doing: "ping" }))
      assert.strictEqual(
        error.message,
        "Could not ping (status 401): the server refuses the API key: permission denied"
      )
    })
  )
})
