import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { AgentCommand } from "../src/AgentCommand.js"
import type { PythonDict } from "../src/PythonValue.js"
import * as RunId from "../src/RunId.js"
import { Suggestion } from "../src/Search.js"
import * as SweepController from "../src/SweepController.js"
import { Next } from "../src/SweepController.js"
import { SweepState } from "../src/SweepState.js"

describe("SweepController.answer", () => {
  const cases: ReadonlyArray<readonly [string, Partial<SweepController.SweepView>, Next]> = [
    ["an idle agent of a running sweep asks search", {}, Next.Ask()],
    ["a sweep in a state that we don't know goes on", { state: Option.none() }, Next.Ask()],
    ["a finished sweep hands out nothing", { state: Option.some("FINISHED") }, Next.Exit()],
    ["a cancelled sweep hands out nothing", { state: Option.some("CANCELED") }, Next.Exit()],
    ["a finished sweep keeps its preempted runs", { state: Option.some("FINISHED"), preempted: oldRun }, Next.Exit()],
    ["a paused sweep waits", { state: Option.some("PAUSED") }, Next.Wait()],
    ["a paused sweep at its cap waits", { state: Option.some("PAUSED"), runCap: 1, runs: 1 }, Next.Wait()],
    ["a busy agent waits", { busy: true }, Next.Wait()],
    ["a busy agent waits at the cap too", { busy: true, runCap: 1, runs: 1 }, Next.Wait()],
    [
      "a run that its agent doesn't report is offered again, before all others",
      { unclaimed: { ...oldRun, attempt: 1 }, preempted: oldRun, runCap: 1, runs: 1 },
      Next.Offer({ ...oldRun, attempt: 1 })
    ],
    ["a preempted run comes before search", { preempted: oldRun }, Next.HandOutAgain(oldRun)],
    ["a preempted run comes before the cap", { preempted: oldRun, runCap: 1, runs: 1 }, Next.HandOutAgain(oldRun)],
    ["one run below the cap asks search", { runCap: 3, runs: 2 }, Next.Ask()],
    ["the cap is the end", { runCap: 3, runs: 3 }, Next.Exit()],
    ["beyond the cap is the end", { runCap: 3, runs: 4 }, Next.Exit()],
    ["a reached target is the end", { targetReached: true }, Next.Exit()]
  ]
  for (const [name, change, next] of cases) {
    it(name, () => {
      assert.deepStrictEqual(SweepController.answer({ ...view, ...change }), { stops: [], next })
    })
  }

  it("stops condemned runs first, whatever follows", () => {
    const condemned = [RunId.RunId.make("a"), RunId.RunId.make("b")]
    const stops = condemned.map((run) => AgentCommand.StopRun({ run }))
    assert.deepStrictEqual(SweepController.answer({ ...view, condemned }), { stops, next: Next.Ask() })
    const paused = { ...view, condemned, state: Option.some<SweepState>("PAUSED") }
    assert.deepStrictEqual(SweepController.answer(paused), { stops, next: Next.Wait() })
  })

  it("stops nothing in a sweep that has ended", () => {
    const ended = { ...view, condemned: [oldRun.run], state: Option.some<SweepState>("CANCELED") }
    assert.deepStrictEqual(SweepController.answer(ended), { stops: [], next: Next.Exit() })
  })
})

describe("SweepController.offer", () => {
  it("tells of a run's first attempt as of a new run, and of a later one as of one that goes on", () => {
    assert.deepStrictEqual(SweepController.offer({ ...oldRun, attempt: 1 }), AgentCommand.Run(oldRun))
    const second = { ...oldRun, attempt: 2 }
    assert.deepStrictEqual(SweepController.offer(second), AgentCommand.Resume(second))
  })
})

describe("SweepController.afterSuggestion", () => {
  it("creates what search suggests", () => {
    assert.deepStrictEqual(SweepController.afterSuggestion(view, Suggestion.Suggested({ trial })), {
      stops: [],
      next: Next.Create({ trial })
    })
  })

  it("waits when search can't tell yet, and exits when it never will", () => {
    assert.deepStrictEqual(SweepController.afterSuggestion(view, Suggestion.NotNow()).next, Next.Wait())
    assert.deepStrictEqual(SweepController.afterSuggestion(view, Suggestion.Exhausted()).next, Next.Exit())
  })

  it("forgets the suggestion when the sweep has changed meanwhile", () => {
    const suggestion = Suggestion.Suggested({ trial })
    const after = (change: Partial<SweepController.SweepView>) =>
      SweepController.afterSuggestion({ ...view, ...change }, suggestion).next
    assert.deepStrictEqual(after({ state: Option.some("PAUSED") }), Next.Wait())
    assert.deepStrictEqual(after({ state: Option.some("CANCELED") }), Next.Exit())
    assert.deepStrictEqual(after({ runCap: 2, runs: 2 }), Next.Exit())
    assert.deepStrictEqual(after({ preempted: oldRun }), Next.HandOutAgain(oldRun))
  })
})

describe("SweepController.isBusy", () => {
  it("tells live runs from dead ones", () => {
    const a = RunId.RunId.make("a")
    assert.isFalse(SweepController.isBusy(new Map()))
    assert.isFalse(SweepController.isBusy(new Map([[a, false]])))
    assert.isTrue(
      SweepController.isBusy(
        new Map([
          [a, false],
          [RunId.RunId.make("b"), true]
        ])
      )
    )
  })
})

describe("SweepController: sweeps", () => {
  it("their runs are counted from one", () => assert.strictEqual(SweepController.runName(0), "run-1"))

  it("registration starts a pending sweep, and an ended one takes nobody", () => {
    const after = { PENDING: "RUNNING", RUNNING: "RUNNING", PAUSED: "PAUSED" } as const
    for (const state of SweepState.literals) {
      const expected = state === "FINISHED" || state === "CANCELED" ? Option.none() : Option.some(after[state])
      assert.deepStrictEqual(SweepController.registered(state), expected)
    }
  })

  it("never leaves an ended state, and may leave one that it doesn't know", () => {
    assert.isTrue(SweepController.mayBecome(Option.none(), "CANCELED"))
    assert.isTrue(SweepController.mayBecome(Option.some("FINISHED"), "FINISHED"))
    for (const to of ["PENDING", "RUNNING", "PAUSED", "CANCELED"] as const) {
      assert.isFalse(SweepController.mayBecome(Option.some("FINISHED"), to))
    }
  })
})

// fixtures

const trial: PythonDict = new Map([["lr", 0.1]])
const oldRun = { run: RunId.RunId.make("old"), trial }

const view: SweepController.SweepView = {
  state: Option.some("RUNNING"),
  runCap: undefined,
  runs: 5,
  targetReached: false,
  busy: false,
  condemned: [],
  unclaimed: undefined,
  preempted: undefined
}
