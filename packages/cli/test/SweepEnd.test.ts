import { assert, describe, it } from "@effect/vitest"
import type { Outcome } from "@sweepline/core/Scheduler"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import type { SweepState } from "@sweepline/core/SweepState"
import { Option } from "effect"
import * as SweepEnd from "../src/SweepEnd.js"
import { report, run, sweep } from "./fixtures/reports.js"

const outcome = (differs: Partial<Outcome>): Outcome => ({
  sweep: sweep.id,
  state: "STOPPED",
  reason: "Interrupted",
  detail: undefined,
  exitCode: 130,
  launched: 1,
  counts: SchedulerModel.initial.counts,
  ...differs
})

const left = (state: SweepState) => ({ ...report(), sweep: { ...sweep, state: Option.some(state) } })

describe("SweepEnd", () => {
  it("of an interrupted sweep says that it goes on, and how it is told elsewhere says the same", () => {
    const end = SweepEnd.of(outcome({}), "SIGINT", 5, left("PAUSED"))
    assert.deepInclude(end, { state: "PAUSED", because: "Ctrl-C stopped its runs; they run again on resume" })
    assert.deepStrictEqual(SweepEnd.parse(left("PAUSED").sweep, SweepEnd.text(end), 5)?.end, end)
  })

  it("of one that had been stopped before promises nothing", () => {
    const end = SweepEnd.of(outcome({}), "SIGINT", 5, left("FINISHED"))
    assert.deepInclude(end, {
      state: "COMPLETED",
      because: "the sweep was stopped, and Ctrl-C ended the runs that went on"
    })
    assert.deepStrictEqual(SweepEnd.parse(left("FINISHED").sweep, SweepEnd.text(end), 5)?.end, end)
  })

  it("of one that had been cancelled before says so", () => {
    const end = SweepEnd.of(outcome({}), "SIGTERM", 5, left("CANCELED"))
    assert.deepInclude(end, {
      state: "CANCELLED",
      because: "the sweep was cancelled, and SIGTERM ended the runs that went on"
    })
    assert.deepStrictEqual(SweepEnd.parse(left("CANCELED").sweep, SweepEnd.text(end), 5)?.end, end)
  })

  it("of one that was stopped or cancelled where no scheduler lived says that it was", () => {
    for (const [reason, state, because] of [
      ["AlreadyFinished", "FINISHED", "the sweep was stopped and its runs have ended"],
      ["AlreadyCancelled", "CANCELED", "the sweep was cancelled"]
    ] as const) {
      assert.strictEqual(SweepEnd.of(outcome({ reason, exitCode: 0 }), undefined, 5, left(state)).because, because)
    }
  })

  it("of a sweep of which no run finished says where to look", () => {
    const { sweep } = left("FINISHED")
    const runs = [run("a", { state: "failed" }), run("b", { state: "killed" })]
    const end = SweepEnd.of(outcome({ reason: "NoneFinished", state: "FAILED", exitCode: 1 }), undefined, 5, {
      ...report(...runs),
      sweep
    })
    assert.deepInclude(end, {
      state: "FAILED",
      because: "none of its runs finished: see what a run wrote with: sweepline logs a"
    })
    assert.strictEqual(SweepEnd.parse(sweep, SweepEnd.text(end), 5)?.exitCode, 1)
    const silent = SweepEnd.of(outcome({ reason: "NoneFinished" }), undefined, 5, report(run("c", { state: "killed" })))
    assert.include(silent.because, "see what stopped one with: sweepline show c --why")
  })
})
