import { assert, describe, it } from "@effect/vitest"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { Effect } from "effect"
import { Output } from "../src/Output.js"
import * as ShowView from "../src/ShowView.js"
import * as KeptOutput from "./fixtures/keptOutput.js"
import { report, run } from "./fixtures/reports.js"

describe("what is shown of a run", () => {
  const bins = Array.from({ length: 64 }, (_, index) => BigInt(index))
  const logged = {
    ...run("r"),
    trial: new Map([["layers", bins]]),
    summary: new Map<string, PythonValue>([
      ["text", "word ".repeat(40).trim()],
      ["histogram", bins]
    ])
  }

  const shown = (columns: number) =>
    Effect.gen(function* () {
      const { out, output } = KeptOutput.make({ columns })
      yield* Effect.provideService(ShowView.run(report(logged), logged), Output, output)
      return out
    })

  it.effect("is cut to a terminal's width where it is a logged list, and nowhere else", () =>
    Effect.gen(function* () {
      const lines = yield* shown(40)
      assert.include(lines, "  histogram  [0, 1, 2, 3, 4, 5, 6, 7, 8…")
      assert.include(lines, `  text       ${"word ".repeat(40).trim()}`)
      assert.include(lines, `  layers  [${bins.join(", ")}]`)
    })
  )

  it.effect("is whole in a pipe, which has room for it", () =>
    Effect.gen(function* () {
      assert.include(yield* shown(10_000), `  histogram  [${bins.join(", ")}]`)
    })
  )
})
