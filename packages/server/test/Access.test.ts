import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { base64, key, send, server, serverWith } from "./support.js"

const viewer = JSON.stringify({ query: "query Viewer { viewer { username } }" })

describe("Access", () => {
  it.effect("answers GraphQL and streams only to who shows the key", () =>
    Effect.gen(function* () {
      const allowed = [
        `Basic ${base64(`api:${key}`)}`,
        `Basic ${base64(`user:${key}`)}`,
        `basic ${base64(`api:${key}`)}`
      ]
      const refused = [
        undefined,
        `Basic ${base64(`api:${key}x`)}`,
        `Basic ${base64(`api:${key.slice(1)}`)}`,
        `Basic ${base64("api:")}`,
        `Basic ${base64(key).slice(0, 4)}`,
        `Bearer ${key}`,
        "Basic !"
      ]
      const ask = (authorization: string | undefined, path: string) =>
        send("POST", path, { body: viewer, headers: authorization === undefined ? {} : { authorization } })
      for (const authorization of allowed) {
        assert.strictEqual((yield* ask(authorization, "/graphql")).status, 200)
        assert.strictEqual((yield* ask(authorization, "/files/ent/proj/none/file_stream")).status, 404)
      }
      for (const authorization of refused) {
        for (const path of ["/graphql", "/files/ent/proj/none/file_stream", "/nowhere"]) {
          const { status, text } = yield* ask(authorization, path)
          assert.strictEqual(status, 401)
          assert.notInclude(text, "usr")
        }
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("answers its health and telemetry, which it doesn't take, to anybody", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* send("GET", "/healthz"), { status: 200, text: `{"status":"ok"}` })
      assert.deepStrictEqual(yield* send("HEAD", "/healthz"), { status: 200, text: "" })
      for (const path of ["/sdk/otel/v1/metrics", "/sdk/otel/v1/traces"]) {
        assert.strictEqual((yield* send("POST", path)).status, 404)
      }
      assert.strictEqual((yield* send("GET", "/nowhere", { key })).status, 404)
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses a request that addresses another host", () =>
    Effect.gen(function* () {
      const ask = (host: string) => send("GET", "/healthz", { headers: { host } })
      for (const host of ["localhost:8080", "127.0.0.1:8080", "127.0.0.1", "LOCALHOST", "[::1]:8080"]) {
        assert.strictEqual((yield* ask(host)).status, 200, host)
      }
      for (const host of ["evil.example", "localhost.evil.example:8080", "127.0.0.2", "", "localhost@evil"]) {
        assert.strictEqual((yield* ask(host)).status, 421, host)
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses what a page of another origin sends, whatever key its browser adds", () =>
    Effect.gen(function* () {
      const ask = (headers: Record<string, string>) => send("POST", "/graphql", { key, body: viewer, headers })
      assert.strictEqual((yield* ask({ origin: "http://localhost:8080" })).status, 200)
      for (const origin of ["https://evil.example", "http://localhost:3000", "null"]) {
        assert.strictEqual((yield* ask({ origin, "content-type": "text/plain" })).status, 403, origin)
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("answers to any host where it is told so", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* send("GET", "/healthz", { headers: { host: "sweeps.example" } })).status, 200)
    }).pipe(Effect.provide(serverWith({ hosts: undefined })))
  )
})
