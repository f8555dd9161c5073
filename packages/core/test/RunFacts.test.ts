import { assert, describe, it } from "@effect/vitest"
import * as RunFacts from "../src/RunFacts.js"
import * as RunState from "../src/RunState.js"
import { StopReason } from "../src/StopReason.js"
import type { RunReport } from "../src/SweepApi.js"

describe("RunFacts.reported", () => {
  it("takes the first report of a running run", () => {
    assert.deepStrictEqual(reported(RunFacts.created, { state: "running" }), {
      ...RunFacts.created,
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
    const facts = reported(RunFacts.created, { state: "finished", exitCode: 0 })
    assert.strictEqual(facts?.startedAt, 50)
    assert.strictEqual(facts?.endedAt, 50)
  })

  it("takes the time of an end that was noticed late, within what can be", () => {
    const endedAt = (of: RunFacts.RunFacts, told: number) =>
      reported(of, { state: "finished", exitCode: 0, endedAt: told })
    assert.deepInclude(endedAt(running, 20), { startedAt: 10, endedAt: 20 })
    assert.deepInclude(endedAt(running, 5), { startedAt: 10, endedAt: 10 })
    assert.deepInclude(endedAt(running, 60), { startedAt: 10, endedAt: 50 })
    assert.deepInclude(endedAt(RunFacts.created, 20), { startedAt: 20, endedAt: 20 })
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
      assert.deepStrictEqual(facts, { ...RunFacts.created, state: "running", attempt: 2, startedAt: 50 })
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

describe("RunFacts.stopped", () => {
  it("leaves dead runs as they are", () => {
    for (const state of RunState.all.filter((state) => !RunState.isAlive(state))) {
      for (const reason of StopReason.literals) {
        assert.isUndefined(RunFacts.stopped({ ...running, state }, reason, false, 50))
      }
    }
  })

  it("ends a run that nobody holds: preempted when interrupted, else killed", () => {
    for (const stop of StopReason.literals) {
      const state = stop === "Interrupted" ? "preempted" : "killed"
      assert.deepStrictEqual(RunFacts.stopped(RunFacts.created, stop, false, 50), {
        ...RunFacts.created,
        state,
        stop,
        endedAt: 50
      })
    }
  })

  it("leaves the end of a held or running run to its launch agent", () => {
    assert.deepStrictEqual(RunFacts.stopped(RunFacts.created, "Killed", true, 50), {
      ...RunFacts.created,
      stop: "Killed"
    })
    assert.deepStrictEqual(RunFacts.stopped(running, "TimedOut", false, 50), { ...running, stop: "TimedOut" })
  })

  it("replaces a reason only when it was Interrupted", () => {
    const stop = (from: StopReason, to: StopReason) => RunFacts.stopped({ ...running, stop: from }, to, true, 50)?.stop
    assert.strictEqual(stop("Interrupted", "Killed"), "Killed")
    assert.isUndefined(stop("Killed", "Interrupted"))
    assert.isUndefined(stop("EarlyStopped", "Killed"))
    assert.isUndefined(stop("Interrupted", "Interrupted"))
  })

  it("ends a pending run at the second call, once its lease has run out", () => {
    const asked = RunFacts.stopped(RunFacts.created, "Killed", true, 50)
    assert.isDefined(asked)
    if (asked !== undefined) assert.strictEqual(RunFacts.stopped(asked, "Killed", false, 60)?.state, "killed")
  })
})

describe("RunFacts.requeued", () => {
  it("begins the next attempt with nothing asked of it", () => {
    for (const state of RunState.all) {
      const facts = RunFacts.requeued({ ...running, state, exitCode: 1, endedAt: 9, stop: "Interrupted" }, 2)
      assert.deepStrictEqual(facts, { ...RunFacts.created, attempt: 2 })
    }
  })

  it("does nothing when called again, whatever became of the attempt", () => {
    for (const state of RunState.all) {
      assert.isUndefined(RunFacts.requeued({ ...running, state, attempt: 2 }, 2))
      assert.isUndefined(RunFacts.requeued({ ...running, state, attempt: 3 }, 2))
    }
  })

  it("a run that was handed out again has already begun it", () => {
    const resumed = RunFacts.resumed({ ...running, state: "preempted", endedAt: 9, stop: "Interrupted" })
    assert.deepStrictEqual(resumed, { ...RunFacts.created, attempt: 2 })
    assert.isUndefined(RunFacts.requeued(resumed, 2))
    assert.isUndefined(reported(resumed, { state: "preempted", attempt: 1 }))
  })
})

describe("RunFacts.isLaunchable", () => {
  it("says that an item of a dead run, or of an older attempt, isn't launched", () => {
    assert.isTrue(RunFacts.isLaunchable(RunFacts.created, 1))
    assert.isTrue(RunFacts.isLaunchable(running, 1))
    assert.isTrue(RunFacts.isLaunchable(running, 2))
    assert.isFalse(RunFacts.isLaunchable({ ...running, attempt: 2 }, 1))
    assert.isFalse(RunFacts.isLaunchable({ ...running, state: "killed" }, 1))
  })
})

// fixtures

const running: RunFacts.RunFacts = { ...RunFacts.created, state: "running", startedAt: 10 }

const reported = (facts: RunFacts.RunFacts, report: Partial<RunReport>) =>
  RunFacts.reported(facts, { attempt: 1, state: "running", exitCode: undefined, summary: new Map(), ...report }, 50)
