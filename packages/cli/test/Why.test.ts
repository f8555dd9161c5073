import { assert, describe, it } from "@effect/vitest"
import { RunId } from "@sweepline/core/RunId"
import * as Colors from "../src/Colors.js"
import * as Why from "../src/Why.js"
import { report, run } from "./fixtures/reports.js"

describe("why a run was stopped", () => {
  const stopped = { ...run("a", { state: "killed" }), stop: "BudgetSpent" } as const
  const verdict = { run: RunId.make("a"), rung: 3, value: 0.1, threshold: 0.5, peers: [] }
  const lines = (judged: typeof verdict | undefined) => Why.lines(report(stopped), stopped, judged, Colors.make(false))

  it("is a sentence", () => {
    assert.deepStrictEqual(lines(undefined), [
      "a is killed.",
      "The sweep's --budget of GPU hours was spent while it ran."
    ])
  })

  it("is a part of one where early stopping had condemned it before", () => {
    const [, why] = lines(verdict)
    assert.strictEqual(why, "hyperband had condemned it; the sweep's --budget of GPU hours was spent while it ran.")
  })
})
