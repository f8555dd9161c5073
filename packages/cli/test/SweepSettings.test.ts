import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder } from "./fixtures/program.js"

const config = "command: ['true']\nmethod: grid\nparameters: {x: {values: [1, 2]}}\n"

/** Every variable that stands in for an option. */
const variables = {
  SWEEPLINE_WORKERS: "7",
  SWEEPLINE_RETRIES: "7",
  SWEEPLINE_GRACE: "7s",
  SWEEPLINE_RUN_TIMEOUT: "7m",
  SWEEPLINE_WANDB_SDK: "own",
  WANDB_PROJECT: "theirs"
}

/** What `resume` makes of the settings of a sweep that another process works on; `null`: it has none. */
const resumed = (
  cwd: string,
  settings: Partial<SweepSettings.SweepSettings> | null,
  ...more: ReadonlyArray<string>
) => {
  const dir = join(cwd, ".sweepline")
  const base = { ...SweepSettings.defaults(cwd), stateFolder: dir }
  return Effect.gen(function* () {
    const store = yield* SweepStore
    const lease = yield* SweepLease
    const sweep = yield* store.create({
      config,
      name: "s",
      seed: 1,
      settings: settings === null ? undefined : SweepSettings.encode({ ...base, ...settings }),
      prior: []
    })
    yield* lease.acquire(sweep)
    const { code, stderr } = yield* InProcess.run(["resume", sweep, "--dir", dir, ...more], variables)
    assert.strictEqual(code, 0, stderr)
    const { stateFolder: _, workingDirectory: __, ...after } = yield* SweepSettings.of(sweep)
    return { after, stderr }
  }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer)))
}

describe("the settings of a sweep that is resumed", () => {
  it.scopedLive("are those that it was started with, whatever variables say", (test) =>
    Effect.gen(function* () {
      const started = {
        workers: 3,
        gpus: "0",
        retries: 2,
        grace: 1500,
        runTimeout: 90_000,
        project: "mine",
        wandbSdk: "local"
      } as const
      const { after, stderr } = yield* resumed(folder(test), started)
      assert.deepStrictEqual(after, started)
      assert.strictEqual(stderr, "")
    })
  )

  it.scopedLive("are completed by variables, but not with bounds that it was started without", (test) =>
    Effect.gen(function* () {
      const { after } = yield* resumed(folder(test), { gpus: "0" })
      assert.deepStrictEqual(after, {
        gpus: "0",
        workers: 7,
        retries: 0,
        grace: 10_000,
        project: "theirs",
        wandbSdk: "own"
      })
    })
  )

  it.scopedLive("are those of the variables where it has none", (test) =>
    Effect.gen(function* () {
      const { after } = yield* resumed(folder(test), null)
      assert.deepStrictEqual(after, {
        workers: 7,
        retries: 7,
        grace: 7000,
        runTimeout: 420_000,
        project: "theirs",
        wandbSdk: "own"
      })
    })
  )

  it.scopedLive(
    "are changed by what its command line says, and a scheduler that lives goes by some of it later",
    (test) =>
      Effect.gen(function* () {
        const started = { workers: 3, retries: 2, runTimeout: 90_000, project: "mine", wandbSdk: "local" } as const
        const line = "--workers 1 --retries 0 --grace 9s --run-timeout none --project ours --wandb-sdk own"
        const { after, stderr } = yield* resumed(folder(test), started, ...line.split(" "))
        assert.deepStrictEqual(after, { workers: 1, retries: 0, grace: 9000, project: "ours", wandbSdk: "own" })
        assert.include(
          stderr,
          "--grace and --run-timeout and --project and --wandb-sdk are kept for the next scheduler of sweep"
        )
      })
  )
})
