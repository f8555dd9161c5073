import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import type { SweepRecord } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import { Effect, Option } from "effect"
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Relocation from "../src/Relocation.js"
import * as SweepSettings from "../src/SweepSettings.js"

/** A project with a state folder, and the settings of a sweep that was started there. */
const project = Effect.acquireRelease(
  Effect.sync(() => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "sweepline-relocation-")))
    mkdirSync(join(root, "one/.sweepline"), { recursive: true })
    writeFileSync(join(root, "one/train.py"), "")
    const settings = { ...SweepSettings.defaults(join(root, "one")), stateFolder: join(root, "one/.sweepline") }
    return { root, settings }
  }),
  ({ root }) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

const sweep: SweepRecord = {
  id: SweepId.make("s1"),
  name: "s1",
  state: Option.some("PAUSED"),
  config: "program: train.py\nmethod: random\nparameters: {lr: {min: 0.0, max: 1.0}}\n",
  seed: 1,
  createdAt: 0
}

const workIn = (settings: SweepSettings.SweepSettings, folder: string) =>
  Effect.map(Relocation.settings(settings, sweep, folder), ({ workingDirectory }) => workingDirectory)

describe("the runs of a sweep", () => {
  it.scoped("work where the sweep was started, by whichever path its state folder is found", () =>
    Effect.gen(function* () {
      const { root, settings } = yield* project
      symlinkSync(join(root, "one"), join(root, "link"))
      for (const at of ["one", "link"]) {
        assert.strictEqual(yield* workIn(settings, join(root, at, ".sweepline")), join(root, "one"))
      }
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("work beside their state folder once both were moved or copied", () =>
    Effect.gen(function* () {
      const { root, settings } = yield* project
      cpSync(join(root, "one"), join(root, "copy"), { recursive: true })
      assert.strictEqual(yield* workIn(settings, join(root, "copy/.sweepline")), join(root, "copy"))
      renameSync(join(root, "one"), join(root, "moved"))
      const moved = yield* Relocation.settings(settings, sweep, join(root, "moved/.sweepline"))
      assert.strictEqual(moved.workingDirectory, join(root, "moved"))
      yield* Relocation.check(moved)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("stay where they are when only the state folder was moved", () =>
    Effect.gen(function* () {
      const { root, settings } = yield* project
      renameSync(join(root, "one/.sweepline"), join(root, "state"))
      assert.strictEqual(yield* workIn(settings, join(root, "state")), join(root, "one"))
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("stay where they are when only the state folder was copied, whatever it stands beside", () =>
    Effect.gen(function* () {
      const { root, settings } = yield* project
      cpSync(join(root, "one/.sweepline"), join(root, "bk/.sweepline"), { recursive: true })
      assert.strictEqual(yield* workIn(settings, join(root, "bk/.sweepline")), join(root, "one"))
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("aren't started in a folder that is gone, where each would fail", () =>
    Effect.gen(function* () {
      const { root, settings } = yield* project
      renameSync(join(root, "one/.sweepline"), join(root, "state"))
      rmSync(join(root, "one"), { recursive: true })
      const left = { ...settings, stateFolder: join(root, "state") }
      const error = yield* Effect.flip(Relocation.check(left))
      assert.include(error.message, `${join(root, "one")}, which isn't there any more`)
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
