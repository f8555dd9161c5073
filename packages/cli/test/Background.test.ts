import { assert, describe, it } from "@effect/vitest"
import { SweepId } from "@sweepline/core/SweepId"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import * as Background from "../src/Background.js"
import * as ExitStatus from "../src/ExitStatus.js"
import { Output } from "../src/Output.js"
import * as KeptOutput from "./fixtures/keptOutput.js"
import { folder } from "./fixtures/program.js"

describe("a scheduler that is started in the background", () => {
  it.scopedLive("is told as the one that there is, where another one was faster", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test, { "handed.cjs": "" })
      const { out, output } = KeptOutput.make()
      yield* asProgram(join(cwd, "handed.cjs"))
      yield* Background.start(join(cwd, ".sweepline"), SweepId.make("a1"), { json: true }).pipe(
        Effect.provide(
          Layer.mergeAll(
            Layer.succeed(Output, output),
            ExitStatus.layer,
            Layer.mock(SweepLease, {
              holder: () => Effect.succeedSome({ host: "here", pid: 4711, expiresAt: 0 }),
              refuseLost: () => undefined,
              refuseOthers: () => undefined
            })
          )
        )
      )
      const [told = ""] = out
      assert.deepInclude(JSON.parse(told), { type: "SweepDetached", sweep: "a1", pid: 4711 })
    })
  )
})

/** Until the scope closes, what is started as this program is another one, which ends in order. */
const asProgram = (file: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const [, before = ""] = process.argv
      process.argv[1] = file
      return before
    }),
    (before) =>
      Effect.sync(() => {
        process.argv[1] = before
      })
  )
