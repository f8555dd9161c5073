import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as RunState from "../src/RunState.js"
import * as SchedulerState from "../src/SchedulerState.js"
import * as SweepState from "../src/SweepState.js"
import { after, answers, found, item, observed, run, running, step, suggest } from "./SchedulerModelTest.js"

describe("the states of a scheduler", () => {
  it("are the reference's eight in its order, of which the last four are over (B1)", () => {
    assert.deepStrictEqual(
      SchedulerState.SchedulerState.literals.map((state) => [state, SchedulerState.isAlive(state)]),
      [
        ["PENDING", true],
        ["STARTING", true],
        ["RUNNING", true],
        ["FLUSH_RUNS", true],
        ["COMPLETED", false],
        ["FAILED", false],
        ["STOPPED", false],
        ["CANCELLED", false]
      ]
    )
  })
})

describe("the states of a run", () => {
  it("are alive or dead as the reference has them (B2)", () => {
    const alive = (is: boolean) => RunState.all.filter((state) => RunState.isAlive(state) === is).toSorted()
    assert.deepStrictEqual(alive(true), ["pending", "preempting", "running", "unknown"])
    assert.deepStrictEqual(alive(false), ["crashed", "failed", "finished", "killed", "preempted"])
  })

  it("are over for good but for a preempted run, which comes back (F.3)", () => {
    assert.deepStrictEqual(RunState.all.filter(RunState.isTerminal), ["finished", "failed", "crashed", "killed"])
  })

  it("are read by their exact names in lower case; anything else is a bad state (B2, B46)", () => {
    for (const text of ["Running", "FINISHED", " running", "", "done", null]) {
      assert.isTrue(Option.isNone(RunState.decodeOption(text)), String(text))
    }
    assert.deepStrictEqual(RunState.decodeOption("running"), Option.some("running"))
  })
})

describe("the states of a sweep", () => {
  it("are read in any case and with either spelling of cancelled (RD1, B32)", () => {
    for (const text of ["CANCELED", "CANCELLED", "cancelled", "Canceled", "STOPPED"]) {
      assert.deepStrictEqual(SweepState.fromText(text), Option.some("CANCELED"))
    }
    for (const state of SweepState.SweepState.literals) {
      assert.deepStrictEqual(Option.getOrUndefined(SweepState.fromText(` ${state.toLowerCase()}`)), state)
    }
    assert.isTrue(Option.isNone(SweepState.fromText("CRASHED")))
  })

  it("lead to one another, but never out of an end (B67)", () => {
    const next = (from: SweepState.SweepState) =>
      SweepState.SweepState.literals.filter((to) => to !== from && SweepState.canBecome(from, to))
    assert.deepStrictEqual(next("PENDING"), ["RUNNING", "PAUSED", "FINISHED", "CANCELED"])
    assert.deepStrictEqual(next("RUNNING"), ["PAUSED", "FINISHED", "CANCELED"])
    assert.deepStrictEqual(next("PAUSED"), ["RUNNING", "FINISHED", "CANCELED"])
    assert.deepStrictEqual([...next("FINISHED"), ...next("CANCELED")], [])
  })

  it("hold the sweep's items back in the queue when it is paused or cancelled; a draining one launches what is queued", () => {
    assert.deepStrictEqual(SweepState.SweepState.literals.filter(SweepState.holdsBack), ["PAUSED", "CANCELED"])
  })
})

describe("a managed run", () => {
  const answered = after(running(), answers(suggest("a", 1)))

  it("is pending under its worker with its parameters until it is pushed, then running with its item (B3, B48, B61)", () => {
    assert.deepInclude(answered.runs.get(run("a")), {
      id: run("a"),
      worker: 1,
      trial: new Map([["lr", 0.5]]),
      state: "pending",
      item: undefined
    })
    const pushed = after(step(answered).model, {
      _tag: "RunLaunched",
      at: 0,
      run: run("a"),
      attempt: 1,
      item: item("a")
    })
    assert.deepInclude(pushed.runs.get(run("a")), { worker: 1, state: "running", item: item("a") })
  })

  it("counts against run_cap from the moment it is handed out, whatever becomes of its push (RD12)", () => {
    assert.strictEqual(answered.launched, 1)
    const refused = after(step(answered).model, {
      _tag: "LaunchFailed",
      at: 0,
      jitter: 0,
      run: run("a"),
      attempt: 1,
      outcome: "again",
      detail: "503"
    })
    assert.strictEqual(refused.launched, 1)
    assert.strictEqual(refused.state, "RUNNING")
  })

  it("is kept in mind when it is dead, so that it is not launched again (B42)", () => {
    const dead = after(
      step(answered).model,
      { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1, item: item("a") },
      observed({ runs: [{ run: run("a"), attempt: 1, state: found("finished") }] })
    )
    assert.strictEqual(dead.runs.size, 0)
    assert.strictEqual(after(dead, { _tag: "Answered", at: 0, n: 1, answers: [suggest("a")] }).runs.size, 0)
  })
})
