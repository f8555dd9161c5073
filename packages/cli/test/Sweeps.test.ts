import { assert, describe, it } from "@effect/vitest"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as MemoryBackend from "@sweepline/core/MemoryBackend"
import * as Search from "@sweepline/core/Search"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Effect, Layer, Option } from "effect"
import * as Sweeps from "../src/Sweeps.js"

const config = "{method: random, command: ['true'], parameters: {x: {min: 0.5, max: 1.5}}}"

const backend = MemoryBackend.layer.pipe(Layer.provide([Search.layerNoop, EarlyStopping.layerNoop]))

/** A sweep with a run, and the backend as who must not list runs sees it. */
const world = Effect.gen(function* () {
  const api = yield* SweepApi
  const sweep = yield* api.createSweep({ config, name: "one", seed: 0 })
  const run = yield* api.createRun({ sweep, trial: new Map() })
  const unlistable: SweepApi["Type"] = { ...api, runs: () => Effect.dieMessage("all runs are listed for one") }
  return { sweep, run, unlistable }
})

describe("a run that is named", () => {
  it.effect("by its id is found without a list of all runs", () =>
    Effect.gen(function* () {
      const { run, sweep, unlistable } = yield* world
      const look = Effect.provideService(SweepApi, unlistable)
      const either = yield* look(Sweeps.findEither(Option.some(run)))
      assert.deepStrictEqual(either.kind === "run" && [either.sweep.id, either.run.id], [sweep, run])
      assert.strictEqual((yield* look(Sweeps.findRun(run))).run.id, run)
    }).pipe(Effect.provide(backend))
  )

  it.effect("by nothing at all is none, as is a sweep, though there is only one", () =>
    Effect.gen(function* () {
      yield* world
      const nothing = Option.some("")
      for (const error of [
        yield* Effect.flip(Sweeps.find(nothing)),
        yield* Effect.flip(Sweeps.findEither(nothing)),
        yield* Effect.flip(Sweeps.findRun(""))
      ]) {
        assert.strictEqual(error._tag, "SweepNotFoundError")
      }
    }).pipe(Effect.provide(backend))
  )

  it.effect("by the start of its id is looked for among all", () =>
    Effect.gen(function* () {
      const { run } = yield* world
      assert.strictEqual((yield* Sweeps.findRun(run.slice(0, -1))).run.id, run)
    }).pipe(Effect.provide(backend))
  )
})
