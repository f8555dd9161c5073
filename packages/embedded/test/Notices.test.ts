import { assert, describe, it } from "@effect/vitest"
import * as Signal from "@sweepline/core/Signal"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Effect, Fiber } from "effect"
import { backend, config, folder } from "./support.js"

describe("changes of a sweep", () => {
  it.scoped("are told to each of its listeners once, also to several of one stream, until they go", () =>
    Effect.gen(function* () {
      const path = yield* folder
      yield* Effect.gen(function* () {
        const api = yield* SweepApi
        const sweep = yield* api.createSweep({ config: config(), name: "changes", seed: 7 })
        const changes = api.changes(sweep)
        const heard = [0, 0, 0]
        const listeners = yield* Effect.forEach([changes, changes, api.changes(sweep)], (it, n) =>
          Effect.fork(Signal.onEach(it, () => void (heard[n] = (heard[n] ?? 0) + 1)))
        )
        yield* Effect.yieldNow({ priority: 1 })
        yield* api.setSweepState(sweep, "RUNNING")
        assert.deepStrictEqual(heard, [1, 1, 1])
        yield* Effect.forEach(listeners.slice(1), Fiber.interrupt)
        yield* api.setSweepState(sweep, "PAUSED")
        assert.deepStrictEqual(heard, [2, 1, 1])
      }).pipe(Effect.provide(backend(path, { watch: false })))
    })
  )
})
