import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import type { RequestListener, Server } from "node:http"
import type { Socket } from "node:net"
import * as LazyHandler from "../src/LazyHandler.js"
import * as Loopback from "../src/Loopback.js"

const hello: RequestListener = (_, response) => void response.end("hello")

const ask = (port: number) =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}`)
    return [response.status, await response.text()] as const
  })

describe("a server of this machine", () => {
  it.scopedLive("comes back on the port that it had", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(Loopback.listen(hello, undefined))
      assert.strictEqual(yield* Loopback.listen(hello, port), port)
      assert.deepStrictEqual(yield* ask(port), [200, "hello"])
    })
  )

  it.scopedLive("keeps a connection for longer than it takes an agent to ask again", () =>
    Effect.gen(function* () {
      const port = yield* Loopback.listen(hello, undefined)
      const response = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}`))
      yield* Effect.promise(() => response.text())
      assert.strictEqual(response.headers.get("keep-alive"), "timeout=65")
    })
  )

  it.scopedLive("takes another one where somebody else has it", () =>
    Effect.gen(function* () {
      const port = yield* Loopback.listen(hello, undefined)
      const other = yield* Loopback.listen(hello, port)
      assert.notStrictEqual(other, port)
      assert.deepStrictEqual(yield* ask(other), [200, "hello"])
    })
  )

  it.scopedLive("goes on where it can't take a connection, however often", () =>
    Effect.gen(function* () {
      const refused = () => new Error("accept EMFILE")
      const failing: RequestListener = ({ socket }, response) => {
        // As Node tells it where too many files are open.
        for (const error of [refused(), refused()]) (socket as Socket & { server: Server }).server.emit("error", error)
        response.end("hello")
      }
      const port = yield* Loopback.listen(failing, undefined)
      assert.deepStrictEqual(yield* ask(port), [200, "hello"])
    })
  )

  it.scopedLive("is made by its first request, and tried again by the next where that fails", () =>
    Effect.gen(function* () {
      let made = 0
      const load = Effect.suspend(() => (++made === 1 ? Effect.die("no") : Effect.succeed(hello)))
      const port = yield* Loopback.listen((yield* LazyHandler.make(load)).listener, undefined)
      assert.strictEqual(made, 0)
      assert.strictEqual((yield* ask(port))[0], 500)
      assert.strictEqual((yield* ask(port))[0], 200)
      assert.strictEqual((yield* ask(port))[0], 200)
      assert.strictEqual(made, 2)
    })
  )

  it.scopedLive("hangs up on a request whose answering throws, and answers the next one", () =>
    Effect.gen(function* () {
      const odd: RequestListener = (request, response) => {
        if (request.url !== "/") throw new Error("a bug")
        response.end("hello")
      }
      const port = yield* Loopback.listen((yield* LazyHandler.make(Effect.succeed(odd))).listener, undefined)
      const exit = yield* Effect.exit(Effect.tryPromise(() => fetch(`http://127.0.0.1:${port}/odd`)))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(yield* ask(port), [200, "hello"])
    })
  )

  it.scopedLive("can be made before anybody asks, and is the same then", () =>
    Effect.gen(function* () {
      let made = 0
      const { listener, load } = yield* LazyHandler.make(
        Effect.sync(() => {
          made += 1
          return hello
        })
      )
      yield* load
      assert.strictEqual(made, 1)
      const port = yield* Loopback.listen(listener, undefined)
      assert.deepStrictEqual(yield* ask(port), [200, "hello"])
      assert.strictEqual(made, 1)
    })
  )
})
