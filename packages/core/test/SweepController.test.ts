import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { AgentCommand } from "../src/AgentCommand.js"
import type { PythonDict } from "../src/PythonValue.js"
import * as RunId from "../src/RunId.js"
import * as RunState from "../src/RunState.js"
import { Suggestion } from "../src/Search.js"
import { StopReason } from "../src/StopReason.js"
import type { RunReport } from "../src/SweepApi.js"
import type { Metric } from "../src/Metric.js"
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

describe("SweepController.reported", () => {
  it("takes the first report of a running run", () => {
    assert.deepStrictEqual(reported(SweepController.created, { state: "running" }), {
      ...SweepController.created,
      state: "running",
      startedAt: 50
    })
  })

  it("keeps the start and takes the end and the exit code", () => {
    assert.deepStrictEqual(reported(running, { state: "failed", exitCode: 3 }), {
      ...running,
      state: "failed",
      exitCode: 3,
      endedAt: 50
    })
  })

  it("knows that a run that finished at once had started", () => {
    const facts = reported(SweepController.created, { state: "finished", exitCode: 0 })
    assert.strictEqual(facts?.startedAt, 50)
    assert.strictEqual(facts?.endedAt, 50)
  })

  it("takes the time of an end that was noticed late, within what can be", () => {
    const endedAt = (of: SweepController.RunFacts, told: number) =>
      reported(of, { state: "finished", exitCode: 0, endedAt: told })
    assert.deepInclude(endedAt(running, 20), { startedAt: 10, endedAt: 20 })
    assert.deepInclude(endedAt(running, 5), { startedAt: 10, endedAt: 10 })
    assert.deepInclude(endedAt(running, 60), { startedAt: 10, endedAt: 50 })
    assert.deepInclude(endedAt(SweepController.created, 20), { startedAt: 20, endedAt: 20 })
  })

  it("ignores every report on a dead run's own attempt", () => {
    for (const dead of RunState.all.filter((state) => !RunState.isAlive(state))) {
      for (const state of RunState.all) {
        assert.isUndefined(reported({ ...running, state: dead, endedAt: 9 }, { state }), `${dead} ← ${state}`)
      }
    }
  })

  it("ignores every report of an older attempt", () => {
    for (const from of RunState.all) {
      for (const state of RunState.all) {
        assert.isUndefined(reported({ ...running, state: from, attempt: 2 }, { state }), `${from} ← ${state}`)
      }
    }
  })

  it("takes a report of a newer attempt on any run", () => {
    for (const from of RunState.all) {
      const facts = reported({ ...running, state: from, exitCode: 1, stop: "Killed" }, { state: "running", attempt: 2 })
      assert.deepStrictEqual(facts, { ...SweepController.created, state: "running", attempt: 2, startedAt: 50 })
    }
  })

  it("never goes back to pending", () => {
    assert.deepStrictEqual(reported(running, { state: "pending" }), running)
  })

  const ends: ReadonlyArray<readonly [RunState.RunState, StopReason, RunState.RunState]> = [
    ["killed", "Interrupted", "preempted"],
    ["failed", "Interrupted", "preempted"],
    ["crashed", "Interrupted", "preempted"],
    ["preempted", "Interrupted", "preempted"],
    ["finished", "Interrupted", "finished"],
    ["running", "Interrupted", "running"],
    ["preempting", "Interrupted", "preempting"],
    ["failed", "Killed", "killed"],
    ["crashed", "EarlyStopped", "killed"],
    ["preempted", "Killed", "killed"],
    ["killed", "TimedOut", "killed"],
    ["finished", "EarlyStopped", "finished"]
  ]
  for (const [told, stop, state] of ends) {
    it(`makes ${state} of ${told} when the stop was ${stop}`, () => {
      assert.strictEqual(reported({ ...running, stop }, { state: told })?.state, state)
    })
  }
})

describe("SweepController.stopped", () => {
  it("leaves dead runs as they are", () => {
    for (const state of RunState.all.filter((state) => !RunState.isAlive(state))) {
      for (const reason of StopReason.literals) {
        assert.isUndefined(SweepController.stopped({ ...running, state }, reason, false, 50))
      }
    }
  })

  it("ends a run that nobody holds: preempted when interrupted, else killed", () => {
    for (const stop of StopReason.literals) {
      const state = stop === "Interrupted" ? "preempted" : "killed"
      assert.deepStrictEqual(SweepController.stopped(SweepController.created, stop, false, 50), {
        ...SweepController.created,
        state,
        stop,
        endedAt: 50
      })
    }
  })

  it("leaves the end of a held or running run to its launch agent", () => {
    assert.deepStrictEqual(SweepController.stopped(SweepController.created, "Killed", true, 50), {
      ...SweepController.created,
      stop: "Killed"
    })
    assert.deepStrictEqual(SweepController.stopped(running, "TimedOut", false, 50), { ...running, stop: "TimedOut" })
  })

  it("replaces a reason only when it was Interrupted", () => {
    const stop = (from: StopReason, to: StopReason) =>
      SweepController.stopped({ ...running, stop: from }, to, true, 50)?.stop
    assert.strictEqual(stop("Interrupted", "Killed"), "Killed")
    assert.isUndefined(stop("Killed", "Interrupted"))
    assert.isUndefined(stop("EarlyStopped", "Killed"))
    assert.isUndefined(stop("Interrupted", "Interrupted"))
  })

  it("ends a pending run at the second call, once its lease has run out", () => {
    const asked = SweepController.stopped(SweepController.created, "Killed", true, 50)
    assert.isDefined(asked)
    if (asked !== undefined) assert.strictEqual(SweepController.stopped(asked, "Killed", false, 60)?.state, "killed")
  })
})

describe("SweepController.requeued", () => {
  it("begins the next attempt with nothing asked of it", () => {
    for (const state of RunState.all) {
      const facts = SweepController.requeued({ ...running, state, exitCode: 1, endedAt: 9, stop: "Interrupted" }, 2)
      assert.deepStrictEqual(facts, { ...SweepController.created, attempt: 2 })
    }
  })

  it("does nothing when called again, whatever became of the attempt", () => {
    for (const state of RunState.all) {
      assert.isUndefined(SweepController.requeued({ ...running, state, attempt: 2 }, 2))
      assert.isUndefined(SweepController.requeued({ ...running, state, attempt: 3 }, 2))
    }
  })

  it("a run that was handed out again has already begun it", () => {
    const resumed = SweepController.resumed({ ...running, state: "preempted", endedAt: 9, stop: "Interrupted" })
    assert.deepStrictEqual(resumed, { ...SweepController.created, attempt: 2 })
    assert.isUndefined(SweepController.requeued(resumed, 2))
    assert.isUndefined(reported(resumed, { state: "preempted", attempt: 1 }))
  })
})

describe("SweepController: summaries and metrics", () => {
  it("merges by key and keeps the order in which keys were first seen", () => {
    const merged = SweepController.mergeSummary(
      dict([
        ["a", 1],
        ["b", 2]
      ]),
      dict([
        ["c", 3],
        ["a", 4]
      ])
    )
    assert.deepStrictEqual(
      [...merged],
      [
        ["a", 4],
        ["b", 2],
        ["c", 3]
      ]
    )
  })

  it("finds a metric by its name, or by its path", () => {
    const row: PythonDict = new Map<string, number | bigint | string | PythonDict>([
      ["loss", 0.5],
      ["epoch", 3n],
      ["note", "x"],
      ["val", dict([["loss", 2]])],
      ["val.acc", 7]
    ])
    assert.strictEqual(SweepController.metricValue(row, "loss"), 0.5)
    assert.strictEqual(SweepController.metricValue(row, "epoch"), 3)
    assert.strictEqual(SweepController.metricValue(row, "val.loss"), 2)
    assert.strictEqual(SweepController.metricValue(row, "val.acc"), 7)
    for (const name of ["note", "val", "none", "loss.x", "val.none"]) {
      assert.isUndefined(SweepController.metricValue(row, name), name)
    }
  })

  it("digests finite values only", () => {
    const digest = [Number.NaN, 3, 1, Infinity, 2].reduce(SweepController.digested, undefined)
    assert.deepStrictEqual(digest, { count: 3, min: 1, max: 3, last: 2 })
  })

  it("reaches a target by the best value, in the metric's direction", () => {
    const reaches = (goal: "minimize" | "maximize", target: number | undefined) =>
      SweepController.reachesTarget({ repeats: undefined, metric: metric("loss", goal, target), metrics: [] }, digests)
    assert.isTrue(reaches("minimize", 1))
    assert.isFalse(reaches("minimize", 0.9))
    assert.isTrue(reaches("maximize", 5))
    assert.isFalse(reaches("maximize", 5.1))
    assert.isFalse(reaches("maximize", undefined))
    assert.isFalse(
      SweepController.reachesTarget(
        { repeats: undefined, metric: metric("other", "minimize", 9), metrics: [] },
        digests
      )
    )
  })

  it("reaches the target of a sweep with repeats with no run alone", () => {
    const repeats = { times: 2, over: undefined, abandon: true }
    const self = { repeats, metric: metric("loss", "minimize", 9), metrics: [] }
    assert.isFalse(SweepController.reachesTarget(self, digests))
    assert.isTrue(SweepController.hasTarget(self))
  })

  it("reaches the targets of several metrics with all those that there are", () => {
    const reaches = (loss: number | undefined, accuracy: number | undefined) =>
      SweepController.reachesTarget(
        {
          repeats: undefined,
          metric: undefined,
          metrics: [metric("loss", "minimize", loss), metric("accuracy", "maximize", accuracy)]
        },
        digests
      )
    assert.isTrue(reaches(1, 0.9))
    assert.isTrue(reaches(undefined, 0.8))
    assert.isFalse(reaches(1, 0.95))
    assert.isFalse(reaches(0.5, 0.9))
    assert.isFalse(reaches(undefined, undefined))
  })
})

describe("SweepController: sweeps and queues", () => {
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

  it("a paused or cancelled sweep holds its items back, a draining one doesn't", () => {
    const held = SweepState.literals.filter(SweepController.holdsBack)
    assert.deepStrictEqual(held, ["PAUSED", "CANCELED"])
  })

  it("an item of a dead run, or of an older attempt, isn't launched", () => {
    assert.isTrue(SweepController.isLaunchable(SweepController.created, 1))
    assert.isTrue(SweepController.isLaunchable(running, 1))
    assert.isTrue(SweepController.isLaunchable(running, 2))
    assert.isFalse(SweepController.isLaunchable({ ...running, attempt: 2 }, 1))
    assert.isFalse(SweepController.isLaunchable({ ...running, state: "killed" }, 1))
  })
})

// fixtures

const trial: PythonDict = new Map([["lr", 0.1]])
const dict = (entries: ReadonlyArray<readonly [string, number]>): PythonDict => new Map(entries)
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

const running: SweepController.RunFacts = { ...SweepController.created, state: "running", startedAt: 10 }

const reported = (facts: SweepController.RunFacts, report: Partial<RunReport>) =>
  SweepController.reported(
    facts,
    { attempt: 1, state: "running", exitCode: undefined, summary: new Map(), ...report },
    50
  )

const metric = (name: string, goal: Metric["goal"], target: number | undefined): Metric => ({
  name,
  goal,
  target,
  impute: "worst",
  imputeWhileRunning: false
})

const digests = new Map([
  ["loss", { count: 2, min: 1, max: 5, last: 4 }],
  ["accuracy", { count: 1, min: 0.9, max: 0.9, last: 0.9 }]
])
