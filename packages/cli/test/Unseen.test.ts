import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as RunKey from "@sweepline/core/RunKey"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepState } from "@sweepline/core/SweepState"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Claim from "@sweepline/executors/Claim"
import * as RunFolder from "@sweepline/executors/RunFolder"
import { Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { TestContext } from "vitest"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder, objects } from "./fixtures/program.js"

describe("runs that ended when nobody worked on their sweep", () => {
  for (const state of ["RUNNING", "PAUSED", "FINISHED"] as const) {
    it.scoped(`are shown as ended, in a sweep that is ${state}`, (test) =>
      Effect.gen(function* () {
        const { dir, ended, going, show, sweep } = yield* world(test, state)
        const shown = yield* show()
        assert.include(shown, "1 running · 1 ended")
        assert.match(shown, new RegExp(`^${ended} +ended +1`, "m"))
        assert.match(shown, new RegExp(`^${going} +running +\\d+:\\d\\d +2`, "m"))
        const hint = `No process works on it any more, and 1 of its runs has ended since. Go on with: sweepline resume ${sweep}`
        assert.include(shown, hint)
        assert.include(yield* show(ended), `state    ended; how, is seen on: sweepline resume ${sweep}`)
        assert.include(yield* show(going), "state    running\n")
        const told = yield* InProcess.run(["show", "--json", "--dir", dir])
        assert.deepStrictEqual(
          objects(told.stdout).flatMap(({ endedUnseen, id, state }) =>
            id === ended || id === going ? [[id, state, endedUnseen]] : []
          ),
          [
            [ended, "running", true],
            [going, "running", undefined]
          ]
        )
      })
    )
  }
})

// fixtures

/** A sweep whose scheduler is gone, with one run that has left its exit code, and one that another machine may have. */
const world = Effect.fnUntraced(function* (test: TestContext, state: SweepState) {
  const cwd = folder(test)
  const dir = join(cwd, ".sweepline")
  const made = yield* Effect.gen(function* () {
    const api = yield* SweepApi
    const store = yield* SweepStore
    const sweep = yield* store.create({
      config: "program: run.sh\nmethod: grid\nparameters: {x: {values: [1, 2, 3]}}\n",
      name: "left",
      seed: 1,
      settings: SweepSettings.encode(SweepSettings.defaults(cwd)),
      prior: []
    })
    const running = Effect.fnUntraced(function* (x: bigint) {
      const run = yield* api.createRun({ sweep, trial: new Map([["x", x]]) })
      const report = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } as const
      yield* api.reportRun({ sweep, run, report })
      const files = RunFolder.make(Local.runsDirectory(dir), RunKey.make(run, 1))
      RunFolder.create(files)
      writeFileSync(RunFolder.claim(files), `${Claim.line(claim)}\n`)
      return { run, files }
    })
    const ended = yield* running(1n)
    writeFileSync(RunFolder.exitCode(ended.files), "0\n")
    const going = yield* running(2n)
    yield* api.setSweepState(sweep, "RUNNING")
    if (state !== "RUNNING") yield* api.setSweepState(sweep, state)
    return { sweep, ended: ended.run, going: going.run }
  }).pipe(Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer)))
  const show = (...args: ReadonlyArray<string>) =>
    Effect.map(InProcess.run(["show", ...args, "--dir", dir]), ({ stdout }) => stdout)
  return { ...made, dir, show }
})

const claim: Claim.Claim = {
  boot: "another",
  namespace: "another",
  host: "another",
  pid: 12,
  listed: 12,
  token: "t",
  startTime: "5"
}
