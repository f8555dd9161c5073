import { assert, describe, it } from "@effect/vitest"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Colors from "../src/Colors.js"
import * as Summary from "../src/Summary.js"
import { report, run } from "./fixtures/reports.js"

const text = (state: Summary.End["state"], ...runs: ReadonlyArray<RunRecord>) =>
  Summary.text(
    report(...runs),
    { state, reason: "RunCapReached", because: "run_cap is reached", took: 65_000 },
    { columns: 80, colors: Colors.make(false) }
  )

describe("the end of a sweep", () => {
  it("has how it went, the five best runs, and where to look further", () => {
    const runs = [0.3, 0.9, 0.1, 0.7, 0.5, 0.2].map((accuracy, n) => run(`run${n}`, { accuracy }))
    assert.deepStrictEqual(text("COMPLETED", ...runs, run("broken", { state: "failed" })), [
      "",
      "✔ COMPLETED: run_cap is reached",
      "  6 finished · 1 failed · 1:05",
      "",
      "#  RUN   accuracy    lr  layers",
      "1  run1    0.9000  0.01       2",
      "2  run3    0.7000  0.01       2",
      "3  run4    0.5000  0.01       2",
      "4  run0    0.3000  0.01       2",
      "5  run5    0.2000  0.01       2",
      "",
      "All runs:     sweepline show k3p9x0qa",
      "Best run:     sweepline show run1",
      "Run it again: sweepline rerun run1",
      "A failed run: sweepline logs broken",
      "As a table:   sweepline export k3p9x0qa -o runs.csv"
    ])
  })

  it("of one that is paused begins with how to go on, and only there", () => {
    const hints = (state: Summary.End["state"]) => text(state).filter((line) => line.startsWith("Go on:"))
    assert.deepStrictEqual(hints("PAUSED"), ["Go on:        sweepline resume k3p9x0qa"])
    for (const state of ["COMPLETED", "CANCELLED", "FAILED"] as const) assert.deepStrictEqual(hints(state), [], state)
  })

  it("in JSON has state, reason, counts and the best run", () => {
    const end = { state: "PAUSED", reason: "Interrupted", because: "Ctrl-C", took: 1234.5 } as const
    assert.deepInclude(Summary.json(report(run("a", { accuracy: 0.5 }), run("b", { state: "killed" })), end), {
      type: "SweepEnded",
      sweep: "k3p9x0qa",
      state: "PAUSED",
      reason: "Interrupted",
      because: "Ctrl-C",
      seconds: 1.235,
      runs: { finished: 1, killed: 1 }
    })
    const { best } = Summary.json(report(run("a", { accuracy: 0.5 })), end)
    assert.include(JSON.stringify(best), '"run":"a","metric":"accuracy","value":0.5')
  })
})
