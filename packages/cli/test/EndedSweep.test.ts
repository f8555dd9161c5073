import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer, Option, TestClock } from "effect"
import { join } from "node:path"
import type { TestContext } from "vitest"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder, objects } from "./fixtures/program.js"

describe("a sweep that has ended", () => {
  it.scoped("is said by attach to have taken as long as it did, whoever looks when", (test) =>
    Effect.gen(function* () {
      const { dir, sweep } = yield* world(test)
      const { code, stdout } = yield* InProcess.run(["attach", "--dir", dir])
      assert.strictEqual(code, 0)
      assert.match(stdout, /COMPLETED: run_cap is reached\n {2}1 finished · 1:30\n/)
      const told = yield* InProcess.run(["attach", "--json", "--dir", dir])
      assert.deepInclude(objects(told.stdout).at(-1) ?? {}, { type: "SweepEnded", sweep, seconds: 90 })
    })
  )

  it.scoped("is no longer said to end by its deadline", (test) =>
    Effect.gen(function* () {
      const { dir, sweep } = yield* world(test)
      const why = Effect.map(InProcess.run(["show", "--why", "--dir", dir]), ({ stdout }) => stdout)
      assert.strictEqual(yield* why, `${sweep} is FINISHED: RunCapReached: run_cap is reached.`)
      yield* TestClock.adjust("2 hours")
      assert.include(yield* why, "Its deadline was 60 min ago.")
    })
  )
})

// fixtures

/** A sweep whose only run ended after 90 seconds, an hour ago; its deadline is in another hour. */
const world = Effect.fnUntraced(function* (test: TestContext) {
  const cwd = folder(test)
  const dir = join(cwd, ".sweepline")
  const sweep = yield* Effect.gen(function* () {
    const api = yield* SweepApi
    const store = yield* SweepStore
    const settings = { ...SweepSettings.defaults(cwd), deadline: 7_290_000 }
    const sweep = yield* store.create({
      config: "program: run.sh\nmethod: grid\nrun_cap: 1\nparameters: {x: {values: [1, 2]}}\n",
      name: "ended",
      seed: 1,
      settings: SweepSettings.encode(settings),
      prior: []
    })
    const run = yield* api.createRun({ sweep, trial: new Map([["x", 1n]]) })
    const report = (state: "running" | "finished") =>
      api.reportRun({ sweep, run, report: { attempt: 1, state, exitCode: undefined, summary: new Map() } })
    yield* report("running")
    yield* TestClock.adjust("90 seconds")
    yield* report("finished")
    yield* api.setSweepState(sweep, "FINISHED")
    yield* store.setEnd(sweep, Option.some("RunCapReached: run_cap is reached"))
    return sweep
  }).pipe(Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer)))
  yield* TestClock.adjust("1 hour")
  return { dir, sweep }
})
