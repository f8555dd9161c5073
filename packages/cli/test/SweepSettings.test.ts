import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer, Option } from "effect"
import { join } from "node:path"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder } from "./fixtures/program.js"

const config = "command: ['true']\nmethod: grid\nparameters: {x: {values: [1, 2]}}\n"

describe("the settings of a sweep", () => {
  for (const more of [
    {},
    { workers: 3, gpus: "0", retries: 2, grace: 1500, runTimeout: 90_000, project: "mine", wandbSdk: "local" }
  ] as const) {
    it.scopedLive(`are those of a scheduler in the background, whatever variables say: ${Object.keys(more)}`, (test) =>
      Effect.gen(function* () {
        const cwd = folder(test)
        const dir = join(cwd, ".sweepline")
        const settings = { ...SweepSettings.defaults(cwd), stateFolder: dir, project: "mine", workers: 1, ...more }
        yield* Effect.gen(function* () {
          const store = yield* SweepStore
          const lease = yield* SweepLease
          const sweep = yield* store.create({
            config,
            name: "s",
            seed: 1,
            settings: SweepSettings.encode(settings),
            prior: []
          })
          yield* lease.acquire(sweep)
          const variables = {
            SWEEPLINE_WORKERS: "7",
            SWEEPLINE_RETRIES: "7",
            SWEEPLINE_GRACE: "7s",
            SWEEPLINE_RUN_TIMEOUT: "7m",
            WANDB_PROJECT: "theirs"
          }
          const line = ["resume", sweep, "--dir", dir, ...SweepSettings.words(settings)]
          const { code, stderr } = yield* InProcess.run(line, variables)
          assert.strictEqual(code, 0, stderr)
          assert.strictEqual(stderr, "")
          const stored = Option.getOrThrow(yield* store.settings(sweep))
          assert.deepStrictEqual(JSON.parse(stored), JSON.parse(SweepSettings.encode(settings)))
          const more = yield* InProcess.run(["resume", sweep, "--dir", dir, "--grace", "9s", "--run-timeout", "9m"])
          assert.include(more.stderr, "--grace and --run-timeout are kept for the next scheduler of sweep")
        }).pipe(
          Effect.scoped,
          Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer))
        )
      })
    )
  }
})
