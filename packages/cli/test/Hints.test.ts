import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Hints from "../src/Hints.js"
import * as KeptOutput from "./fixtures/keptOutput.js"

describe("what is proposed after a command with --dir", () => {
  const within = (line: string) => Hints.within("../my state", line)

  it("names the folder, as a shell reads it", () => {
    const table = [
      ["All runs:     sweepline show k3p9x0qa", "All runs:     sweepline show k3p9x0qa --dir '../my state'"],
      [
        "\u001b[2mAs a table:\u001b[22m  sweepline export k3p9x0qa -o runs.csv",
        "\u001b[2mAs a table:\u001b[22m  sweepline export k3p9x0qa --dir '../my state' -o runs.csv"
      ],
      [
        "End it with: sweepline stop k3p9x0qa, or sweepline cancel k3p9x0qa",
        "End it with: sweepline stop k3p9x0qa --dir '../my state', or sweepline cancel k3p9x0qa --dir '../my state'"
      ],
      ["List the sweeps with: sweepline list", "List the sweeps with: sweepline list --dir '../my state'"]
    ] as const
    for (const [before, after] of table) assert.strictEqual(within(before), after)
  })

  it("and nothing else does", () => {
    for (const line of [
      "Name a file that sweepline export has written.",
      "See: sweepline show --help",
      "List them with: sweepline list --dir b",
      "Go on with: sweepline resume k3p9x0qa --dir '../my state'",
      "Usage: sweepline run <sweep.yaml> [options]",
      "\u001b[1mUsage:\u001b[22m sweepline run [options]"
    ]) {
      assert.strictEqual(within(line), line)
    }
  })

  it.effect("is printed so only where the folder was named", () =>
    Effect.gen(function* () {
      const { err, out, output } = KeptOutput.make()
      const hint = "Go on with: sweepline resume k3p9x0qa"
      yield* Hints.named(["show", "--dir=x"])(output).print(hint)
      yield* Hints.named(["show", "--dir", "y"])(output).warn(hint)
      yield* Hints.named(["agent", "s", "--", "--dir", "z"])(output).print(hint)
      assert.deepStrictEqual([...out, ...err], [`${hint} --dir x`, hint, `${hint} --dir y`])
    })
  )

  it.effect("is left as it is in the words of a run", () =>
    Effect.gen(function* () {
      const { err, out, output } = KeptOutput.make()
      const words = "✘ run a failed with exit code 1: sweepline run x"
      yield* Hints.named(["run", "--dir", "y"])(output).quote(words)
      yield* Hints.named(["run", "--dir", "y"])(output).quoteWarn(words)
      assert.deepStrictEqual([out, err], [[words], [words]])
    })
  )
})
