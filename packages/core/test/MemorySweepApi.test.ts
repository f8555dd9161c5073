import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import { EarlyStopping, layerNoop } from "../src/EarlyStopping.js"
import * as MemoryBackend from "../src/MemoryBackend.js"
import * as RunKey from "../src/RunKey.js"
import { RunLog } from "../src/RunLog.js"
import * as Search from "../src/Search.js"
import { SweepApi } from "../src/SweepApi.js"

const config = `
method: random
program: train.py
metric: {name: loss, goal: minimize}
parameters: {lr: {min: 0.0, max: 1.0}}
early_terminate: {type: hyperband, min_iter: 1}
`

describe("the sweeps of a memory store", () => {
  it.effect("judge again what a heartbeat was interrupted at", () => {
    let judged = 0
    const slow = Layer.succeed(EarlyStopping, {
      judge: () => Effect.suspend(() => Effect.as(judged++ === 0 ? Effect.never : Effect.void, []))
    })
    return Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = yield* api.createSweep({ config, name: "slow", seed: 7 })
      const run = yield* api.createRun({ sweep, trial: new Map() })
      const rows = [{ step: 0, at: 0, values: new Map([["loss", 1]]) }]
      yield* Effect.flatMap(RunLog, (log) => log.append({ sweep, key: RunKey.make(run, 1), rows, offset: 1 }))
      const beat = api.heartbeat({ sweep, agent: yield* api.registerAgent({ sweep, host: "a" }), runs: new Map() })
      const interrupted = yield* Effect.fork(beat)
      yield* TestClock.adjust(0)
      yield* Fiber.interrupt(interrupted)
      yield* beat
      assert.strictEqual(judged, 2)
    }).pipe(Effect.provide(Layer.provide(MemoryBackend.layer, Layer.merge(slow, Search.layerNoop))))
  })
  it.effect("ask search again when a client has created a run meanwhile", () => {
    const seen: Array<number> = []
    let intrude: Effect.Effect<unknown, unknown> = Effect.void
    const slow = Layer.succeed(Search.Search, {
      suggest: ({ history }) =>
        Effect.suspend(() => {
          seen.push(history.length)
          return Effect.as(Effect.orDie(intrude), Search.Suggestion.Suggested({ trial: new Map() }))
        })
    })
    return Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = yield* api.createSweep({ config, name: "race", seed: 7 })
      const agent = yield* api.registerAgent({ sweep, host: "a" })
      intrude = Effect.suspend(() => {
        intrude = Effect.void
        return api.createRun({ sweep, trial: new Map() })
      })
      yield* api.heartbeat({ sweep, agent, runs: new Map() })
      assert.deepStrictEqual(seen, [0, 1])
    }).pipe(Effect.provide(Layer.provide(MemoryBackend.layer, Layer.merge(slow, layerNoop))))
  })
})
