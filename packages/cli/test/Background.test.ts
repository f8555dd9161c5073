import { assert, describe, it } from "@effect/vitest"
import { SweepId } from "@sweepline/core/SweepId"
import { type Holder, SweepLease } from "@sweepline/embedded/SweepLease"
import { Effect, Layer, Option } from "effect"
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
      yield* start(join(cwd, ".sweepline"), output, Option.some({ host: "here", pid: 4711, expiresAt: 0 }))
      const [told = ""] = out
      assert.deepInclude(JSON.parse(told), { type: "SweepDetached", sweep: "a1", pid: 4711 })
    })
  )

  it.scopedLive("is told to have not been, with how to go on with its sweep, where there can be no process", (test) =>
    Effect.gen(function* () {
      const cwd = folder(test, { "a file": "" })
      const { output } = KeptOutput.make()
      const noFolder = yield* Effect.flip(start(join(cwd, "a file"), output, Option.none()))
      yield* byNode(join(cwd, "nowhere"))
      const noNode = yield* Effect.flip(start(join(cwd, ".sweepline"), output, Option.none()))
      for (const [{ message }, cause] of [
        [noFolder, "ENOTDIR"],
        [noNode, "ENOENT"]
      ] as const) {
        assert.match(message, new RegExp(`^No process can be started in the background: Error: .*${cause}`))
        assert.include(message, "Work on the sweep here, with: sweepline resume a1")
      }
    })
  )
})

// fixtures

const start = (dir: string, output: Output["Type"], holder: Option.Option<Holder>) =>
  Background.start(dir, SweepId.make("a1"), { json: true }).pipe(
    Effect.provide(
      Layer.mergeAll(
        Layer.succeed(Output, output),
        ExitStatus.layer,
        Layer.mock(SweepLease, {
          holder: () => Effect.succeed(holder),
          refuseLost: () => undefined,
          refuseOthers: () => undefined
        })
      )
    )
  )

/** Until the scope closes, this Node is said to be another program. */
const byNode = (file: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.execPath
      process.execPath = file
      return before
    }),
    (before) =>
      Effect.sync(() => {
        process.execPath = before
      })
  )

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
