import { assert, describe, it } from "@effect/vitest"
import { EndReason, ending } from "../src/EndReason.js"
import type { SchedulerState } from "../src/SchedulerState.js"
import type { SweepState } from "../src/SweepState.js"
import { after, launched, run, running, step } from "./SchedulerModelTest.js"

/** What an end leaves behind: the scheduler's last state, the sweep's, the exit code of process and own run. */
interface Left {
  readonly state: SchedulerState
  /** What is written on a sweep that runs; undefined: it is left as it is. */
  readonly sweep: SweepState | undefined
  readonly exitCode: number
  /** Whether runs that still live are stopped. */
  readonly stops: boolean
}

const completed: Left = { state: "COMPLETED", sweep: "FINISHED", exitCode: 0, stops: false }
const failed: Left = { state: "FAILED", sweep: "CANCELED", exitCode: 1, stops: true }

const table: Record<EndReason, Left> = {
  RunCapReached: completed,
  SearchExhausted: completed,
  NoneFinished: { ...completed, state: "FAILED", exitCode: 1 },
  SweepFinished: completed,
  DeadlineReached: { ...completed, stops: true },
  BudgetSpent: { ...completed, stops: true },
  AlreadyFinished: { ...completed, sweep: undefined },
  Paused: { state: "FLUSH_RUNS", sweep: undefined, exitCode: 0, stops: false },
  Interrupted: { state: "STOPPED", sweep: "CANCELED", exitCode: 0, stops: true },
  SweepCancelled: { state: "CANCELLED", sweep: undefined, exitCode: 5, stops: true },
  AlreadyCancelled: { state: "CANCELLED", sweep: undefined, exitCode: 5, stops: true },
  SweepLost: { state: "STOPPED", sweep: undefined, exitCode: 4, stops: true },
  OwnRunKilled: { state: "STOPPED", sweep: "CANCELED", exitCode: 5, stops: true },
  OwnRunFailed: failed,
  NoExecutable: failed,
  RegistrationRefused: failed,
  StrategyFailed: failed,
  LaunchRefused: { ...failed, exitCode: 7 },
  BrokenScript: failed,
  Defect: failed
}

describe("an end", () => {
  for (const reason of EndReason.literals) {
    const { exitCode, state, stops, sweep } = table[reason]
    it(`${reason}: is ${state}, leaves the sweep ${sweep ?? "as it was"}, ${stops ? "stops the runs" : "lets runs go on"} and exits with ${exitCode} (B66, RD2, RD15, RD36)`, () => {
      let model = after(launched(running(), "a"), { _tag: "SweepGivenUp", at: 0, reason, detail: "" })
      assert.strictEqual(model.state, state)
      const told: Array<string> = []
      while (!model.left) {
        const { commands, ids, model: issued } = step(model)
        told.push(...ids)
        model = issued
        for (const command of commands) {
          if (command._tag === "StopRun") model = after(model, { _tag: "RunStopAsked", at: 0, run: run("a") })
          if (command._tag === "SetSweepState")
            model = after(model, { _tag: "SweepStateSet", at: 0, state: command.state, written: true })
          if (command._tag === "Finish") {
            // The own run's exit code; the process's is the reason's, unless a signal says otherwise.
            assert.strictEqual(command.exitCode, exitCode)
            model = after(model, { _tag: "SchedulerEnded", at: 0 })
          }
        }
      }
      assert.strictEqual(ending(reason).exitCode, exitCode)
      assert.deepStrictEqual(told, [
        ...(stops ? ["stop/a"] : []),
        ...(sweep === undefined ? [] : [`setSweepState/${sweep}`]),
        "finish"
      ])
    })
  }

  it("whose sweep state can't be written tries five times, later and later, and then leaves (B65, RD30)", () => {
    let model = after(running(), { _tag: "SweepGivenUp", at: 0, reason: "RunCapReached", detail: "" })
    let at = 0
    for (const wait of [2000, 4000, 8000, 16_000, undefined]) {
      const { ids, model: issued } = step(model, at)
      assert.deepStrictEqual(ids, ["setSweepState/FINISHED"])
      model = after(issued, { _tag: "SweepStateFailed", at, jitter: 0, state: "FINISHED", detail: "502" })
      if (wait !== undefined) {
        assert.strictEqual(step(model, at).wakeAt, at + wait)
        at += wait
      }
    }
    assert.deepStrictEqual(step(model, at).ids, ["finish"])
  })

  it("writes nothing on a sweep whose state is an end already (B67)", () => {
    for (const sweep of ["FINISHED", "CANCELED"] as const) {
      const over = after({ ...running(), sweep }, { _tag: "InterruptRequested", at: 0, signal: "SIGTERM" })
      assert.deepStrictEqual(step(over).ids, ["finish"])
    }
  })
})
