import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as RunKey from "@sweepline/core/RunKey"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer, Option } from "effect"
import { join } from "node:path"
import type { TestContext } from "vitest"
import * as Local from "../src/Local.js"
import * as RunEnding from "../src/RunEnding.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder, objects } from "./fixtures/program.js"

const config = "program: run.sh\nmethod: grid\nparameters: {x: {values: [1, 2, 3]}}\n"

/** Two sweeps that nobody works on: one that goes on with a run that crashed, and one that was left as failed. */
const world = Effect.fnUntraced(function* (test: TestContext) {
  const cwd = folder(test)
  const dir = join(cwd, ".sweepline")
  const made = yield* Effect.gen(function* () {
    const api = yield* SweepApi
    const store = yield* SweepStore
    const create = (name: string) =>
      store.create({
        config,
        name,
        seed: 1,
        settings: SweepSettings.encode({ ...SweepSettings.defaults(cwd), budget: 2 }),
        prior: []
      })
    const failed = yield* create("failed")
    yield* api.setSweepState(failed, "FINISHED")
    yield* store.setEnd(failed, Option.some("NoneFinished: none of its runs finished"))
    const sweep = yield* create("left")
    yield* api.setSweepState(sweep, "RUNNING")
    const run = yield* api.createRun({ sweep, trial: new Map([["x", 1n]]) })
    const report = { attempt: 1, state: "crashed", exitCode: undefined, summary: new Map() } as const
    yield* api.reportRun({ sweep, run, report })
    const key = RunKey.make(run, 1)
    yield* RunEnding.keep({
      _tag: "RunFailed",
      sweep,
      key,
      state: "crashed",
      exitCode: undefined,
      output: "",
      detail: "the machine was restarted"
    })
    return { failed, run, sweep }
  }).pipe(Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer)))
  const told = (...args: ReadonlyArray<string>) =>
    Effect.map(InProcess.run([...args, "--json", "--dir", dir]), ({ stdout }) => objects(stdout))
  return { ...made, dir, told }
})

describe("options that say two things", () => {
  it.scoped("are refused", (test) =>
    Effect.gen(function* () {
      const { dir, run } = yield* world(test)
      for (const [line, said] of [
        [["show", run, "--why", "--events"], "--events and --why each print something else"],
        [["export", "--json", "--format", "csv"], "--json and --format csv say two things"],
        [["sweep", "abc", "--pause", "--update", "abc"], "--pause and --update: give one of them"]
      ] as const) {
        const at = line[0] === "sweep" ? [] : ["--dir", dir]
        const { code, stderr } = yield* InProcess.run([...line, ...at])
        assert.strictEqual(code, 2)
        assert.include(stderr, said)
      }
    })
  )
})

describe("--json tells what the text does", () => {
  it.scoped("of all sweeps: how many runs there will be, and which were left, or left as failed", (test) =>
    Effect.gen(function* () {
      const { failed, sweep, told } = yield* world(test)
      const all = yield* told("list")
      assert.deepStrictEqual(
        all.map(({ abandoned, failed, id, total }) => [id, total, abandoned, failed]).toSorted(),
        [
          [sweep, 3, true, false],
          [failed, 3, false, true]
        ].toSorted()
      )
    })
  )

  it.scoped("of a sweep: what it keeps to, and that nobody works on it", (test) =>
    Effect.gen(function* () {
      const { sweep, told } = yield* world(test)
      const [shown] = yield* told("show", sweep)
      assert.deepInclude(shown, { id: sweep, abandoned: true, gpuHours: 2, deadline: null, retries: 0 })
    })
  )

  it.scoped("of a run: whose it is, and why it ended", (test) =>
    Effect.gen(function* () {
      const { run, sweep, told } = yield* world(test)
      const [shown] = yield* told("show", run)
      assert.deepInclude(shown, { id: run, sweep, state: "crashed", because: "the machine was restarted" })
    })
  )
})
