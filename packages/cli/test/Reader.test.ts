import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import * as Local from "../src/Local.js"
import * as SweepSettings from "../src/SweepSettings.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder } from "./fixtures/program.js"

const config = "command: ['true']\nmethod: grid\nparameters: {x: {values: [1, 2]}}\n"

describe("what only shows something", () => {
  for (const [name, line] of [
    ["logs -f", (_: string, run: string) => ["logs", "-f", run]],
    ["attach", (sweep: string) => ["attach", sweep, "--json"]]
  ] as const) {
    it.scopedLive(`ends once nobody reads it any more: ${name}`, (test) =>
      Effect.gen(function* () {
        const cwd = folder(test)
        const dir = join(cwd, ".sweepline")
        yield* Effect.gen(function* () {
          const api = yield* SweepApi
          const store = yield* SweepStore
          const lease = yield* SweepLease
          const settings = SweepSettings.encode(SweepSettings.defaults(cwd))
          const sweep = yield* store.create({ config, name: "s", seed: 1, settings, prior: [] })
          yield* api.setSweepState(sweep, "RUNNING")
          const run = yield* api.createRun({ sweep, trial: new Map() })
          yield* lease.acquire(sweep)
          const readerGone = Effect.sleep("300 millis")
          const { code, stderr } = yield* InProcess.run([...line(sweep, run), "--dir", dir], {}, { readerGone })
          assert.strictEqual(code, 0, stderr)
        }).pipe(
          Effect.scoped,
          Effect.provide(Layer.provideMerge(Local.layer(dir, { create: true }), NodeContext.layer))
        )
      })
    )
  }
})
