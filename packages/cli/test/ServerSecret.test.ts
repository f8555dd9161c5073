import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, TestClock } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as ServerSecret from "../src/ServerSecret.js"
import { folder } from "./fixtures/program.js"

describe("the secret of a folder", () => {
  it.live("is one, also for several that make it at once", (test) =>
    Effect.gen(function* () {
      const dir = folder(test)
      const obtained = Effect.replicateEffect(ServerSecret.obtain(dir), 8, { concurrency: "unbounded" })
      const secrets = new Set([...(yield* obtained), yield* ServerSecret.obtain(dir)].map(Redacted.value))
      assert.strictEqual(secrets.size, 1)
      assert.strictEqual(readdirSync(dir).length, 1)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.live("is waited for while another process writes it", (test) =>
    Effect.gen(function* () {
      const dir = folder(test)
      const whole = Redacted.value(yield* ServerSecret.obtain(dir))
      const file = join(dir, readdirSync(dir)[0] ?? "")
      writeFileSync(file, whole.slice(0, 20))
      const waiting = yield* Effect.fork(ServerSecret.obtain(dir))
      yield* Effect.sleep("30 millis")
      writeFileSync(file, `${whole}\n`)
      assert.strictEqual(Redacted.value(yield* Fiber.join(waiting)), whole)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.effect("is refused in a sentence where it is none, or there is no place for it", (test) =>
    Effect.gen(function* () {
      const dir = folder(test)
      yield* ServerSecret.obtain(dir)
      for (const name of readdirSync(dir)) writeFileSync(join(dir, name), "")
      const refusal = yield* Effect.fork(Effect.flip(ServerSecret.obtain(dir)))
      yield* Effect.forkScoped(Effect.forever(Effect.zipRight(TestClock.adjust("20 millis"), Effect.yieldNow())))
      assert.match(
        (yield* Fiber.join(refusal)).message,
        /, which holds no key\. Delete the file, and there will be new keys\.$/
      )
      const nowhere = yield* Effect.flip(ServerSecret.obtain(join(dir, "none")))
      assert.match(nowhere.message, /, which can't be written: its folder doesn't exist\.$/)
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
  )
})
