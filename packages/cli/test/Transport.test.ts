import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Redacted } from "effect"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import type { AddressInfo } from "node:net"
import { Credentials } from "@sweepline/api-client/Credentials"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as Transport from "../src/wandb/Transport.js"

/** A key and a certificate of localhost that nobody has signed but itself. */
const pem = readFileSync(new URL("./fixtures/certificate.pem", import.meta.url))

const listening = <A extends http.Server>(server: A) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () => Effect.sync(() => server.close())
  )

/** What a client with such settings is answered. */
const asked = (settings: Partial<WandbSettings["Type"]> & { readonly baseUrl: string }) =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    Effect.flatMap(client.get(`${settings.baseUrl}/there`), (response) => response.text)
  ).pipe(
    Effect.provide(
      Transport.layer.pipe(
        Layer.provide(
          Layer.succeed(WandbSettings, {
            appUrl: settings.baseUrl,
            entity: undefined,
            project: undefined,
            organization: undefined,
            username: undefined,
            email: undefined,
            extraHeaders: new Map(),
            httpTimeout: undefined,
            proxies: { http: undefined, https: undefined, except: [] },
            verifiesTls: true,
            credentials: Credentials.Key({ key: Redacted.make("k".repeat(40)) }),
            ...settings
          })
        )
      )
    ),
    Effect.either
  )

const secret = new Map([["Proxy-Authorization", Redacted.make("Basic c2VjcmV0")]])

/** A proxy that answers everything itself, and what it was asked. */
const proxy = Effect.gen(function* () {
  const seen: Array<string> = []
  const server = http.createServer(({ headers, method, url }, response) => {
    seen.push(`${method} ${url} ${headers["proxy-authorization"]}`)
    response.end("by the proxy")
  })
  server.on("connect", ({ headers, url }, socket) => {
    seen.push(`CONNECT ${url} ${headers["proxy-authorization"]}`)
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")
  })
  const port = yield* listening(server)
  const uri = Redacted.make(`http://127.0.0.1:${port}`)
  return { proxies: { http: uri, https: uri, except: ["near.example", "127.0.0.1"] }, seen }
})

describe("HTTP to W&B", () => {
  it.scopedLive("goes through the proxy of its scheme, which is told who asks (C.8)", () =>
    Effect.gen(function* () {
      const { proxies, seen } = yield* proxy
      const far = yield* asked({ baseUrl: "http://far.example", proxies, extraHeaders: secret })
      assert.deepStrictEqual(far, Either.right("by the proxy"))
      assert.isTrue(Either.isLeft(yield* asked({ baseUrl: "https://far.example", proxies, extraHeaders: secret })))
      assert.deepStrictEqual(seen, [
        "GET http://far.example/there Basic c2VjcmV0",
        "CONNECT far.example:443 Basic c2VjcmV0"
      ])
    })
  )

  it.scopedLive("goes straight to the hosts that NO_PROXY names", () =>
    Effect.gen(function* () {
      const { proxies, seen } = yield* proxy
      const port = yield* listening(http.createServer((_, response) => response.end("itself")))
      assert.deepStrictEqual(yield* asked({ baseUrl: `http://127.0.0.1:${port}`, proxies }), Either.right("itself"))
      assert.isEmpty(seen)
    })
  )

  it.scopedLive("trusts no certificate of its own making, but where the settings say so (C.9)", () =>
    Effect.gen(function* () {
      const server = https.createServer({ key: pem, cert: pem }, (_, response) => response.end("safe"))
      const port = yield* listening(server)
      const baseUrl = `https://127.0.0.1:${port}`
      assert.isTrue(Either.isLeft(yield* asked({ baseUrl })))
      assert.deepStrictEqual(yield* asked({ baseUrl, verifiesTls: false }), Either.right("safe"))
    })
  )
})
