import { assert, describe, it } from "@effect/vitest"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Effect } from "effect"
import * as LocalController from "../src/LocalController.js"
import { server } from "./support.js"

const config = "{method: custom, run_cap: 1, command: ['true'], parameters: {x: {min: 0.5, max: 1.5}}}"

describe("a sweep whose runs a program of the user's schedules", () => {
  it.effect("is full with as many runs as its run_cap allows, which are counted and not read", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = yield* api.createSweep({ config, name: "", seed: 0 })
      const unlistable: SweepApi["Type"] = { ...api, runs: () => Effect.dieMessage("all runs are read") }
      const heartbeat = Effect.map(
        Effect.provideService(LocalController.heartbeat({ sweep, runs: new Map() }), SweepApi, unlistable),
        (commands) => commands.map(({ _tag }) => _tag)
      )
      assert.deepStrictEqual(yield* heartbeat, [])
      yield* api.createRun({ sweep, trial: new Map() })
      assert.deepStrictEqual(yield* heartbeat, ["Exit"])
    }).pipe(Effect.provide(server))
  )
})
