import { assert, describe, it } from "@effect/vitest"
import { FastCheck, HashMap } from "effect"
import type { EndReason } from "../src/EndReason.js"
import type { Event } from "../src/Event.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import {
  after,
  agent,
  aimed,
  answers,
  anyEvent,
  anyPolicy,
  found,
  interrupt,
  item,
  launched,
  live,
  type Model,
  notAsked,
  notThere,
  observed,
  type Policy,
  read,
  run,
  running,
  started,
  step,
  suggest
} from "./SchedulerModelTest.js"

const ended = (model: Model, id: string, state: "finished" | "failed" | "crashed" | "killed" | "preempted", at = 0) =>
  after(model, read(id, state, model.runs.get(run(id))?.attempt, at))

describe("starting", () => {
  it("looks for the executable, then registers every worker at once (B18, B21)", () => {
    const first = step(after(SchedulerModel.initial, started({ workers: 3 })))
    assert.deepStrictEqual(first.ids, ["findExecutable"])
    const second = step(after(first.model, { _tag: "ExecutableFound", at: 0, name: "program" }))
    assert.deepStrictEqual(second.ids, ["register/0", "register/1", "register/2"])
  })

  it("runs once all workers are registered, and then looks before it asks (B22)", () => {
    const model = running()
    assert.strictEqual(model.state, "RUNNING")
    const look = step(model)
    assert.deepStrictEqual(look.ids, ["observe"])
    assert.deepStrictEqual(step(after(look.model, observed())).ids, ["ask/1"])
  })

  const refusals: ReadonlyArray<readonly [string, Event, EndReason]> = [
    ["nothing to execute (B19)", { _tag: "ExecutableMissing", at: 0, detail: "no job" }, "NoExecutable"],
    ["a refused worker (RD14)", { _tag: "WorkerRefused", at: 0, worker: 1, detail: "400" }, "RegistrationRefused"]
  ]
  for (const [what, event, reason] of refusals) {
    it(`fails the sweep on ${what}, writes CANCELED and exits 1 (RD2, RD15)`, () => {
      const failed = after(SchedulerModel.initial, started(), event)
      assert.strictEqual(failed.state, "FAILED")
      assert.strictEqual(failed.end?.reason, reason)
      const write = step(failed)
      assert.deepStrictEqual(write.ids, ["setSweepState/CANCELED"])
      const finish = step(after(write.model, { _tag: "SweepStateSet", at: 0, state: "CANCELED", written: true }))
      assert.deepStrictEqual(finish.commands, [{ _tag: "Finish", exitCode: 1 }])
    })
  }

  it("leaves at once when the sweep is already over (B10, B17, RD1)", () => {
    for (const [sweep, reason] of [
      ["CANCELED", "AlreadyCancelled"],
      ["FINISHED", "AlreadyFinished"]
    ] as const) {
      const model = after(SchedulerModel.initial, started({}, { sweep }))
      assert.strictEqual(model.end?.reason, reason)
      assert.deepStrictEqual(step(model).ids, ["finish"])
    }
  })

  it("counts the runs that are there already, less those that never logged (B12)", () => {
    const listed = (id: string, state: "finished" | "killed", excluded: boolean) => ({
      id: run(id),
      state,
      trial: new Map(),
      attempt: 1,
      excluded
    })
    const model = after(
      SchedulerModel.initial,
      started(
        { runCap: 2 },
        { runs: [listed("a", "finished", false), listed("b", "killed", true), listed("c", "killed", false)] }
      )
    )
    assert.strictEqual(model.launched, 2)
  })

  it("launches a pending run that it doesn't know only where the policy says so, once the queue doesn't have it", () => {
    const runs = [{ id: run("lost"), state: "pending", trial: new Map(), attempt: 1, excluded: false } as const]
    const events = [
      { _tag: "ExecutableFound", at: 0, name: "program" },
      { _tag: "WorkerRegistered", at: 0, worker: 0, agent: "a" as never }
    ] as const
    const begun = (adoptsPending: boolean) =>
      step(after(SchedulerModel.initial, started({ workers: 1, adoptsPending }, { runs }), ...events))
    assert.deepStrictEqual(begun(false).ids, ["observe"])
    const looking = begun(true)
    assert.deepStrictEqual(looking.ids, ["observe", "recover/lost#1"])
    const isNot = after(looking.model, {
      _tag: "LaunchFailed",
      at: 0,
      jitter: 0,
      run: run("lost"),
      attempt: 1,
      outcome: "never",
      detail: "not there"
    })
    assert.deepStrictEqual(step(isNot).ids, ["launch/lost#1"])
    const is = after(looking.model, { _tag: "RunLaunched", at: 0, run: run("lost"), attempt: 1, item: item("lost") })
    assert.deepStrictEqual(step(is).ids, [])
    assert.deepInclude(is.runs.get(run("lost")), { phase: "Managed", item: item("lost") })
  })
})

describe("asking", () => {
  it("asks for idle workers only as often as run_cap leaves runs (B25)", () => {
    const looked = after(running({ workers: 4, runCap: 3 }), observed())
    const [ask] = step(after(looked, observed())).commands.filter(({ _tag }) => _tag === "Ask")
    assert.deepStrictEqual(ask?._tag === "Ask" ? ask.workers.map(({ worker }) => worker) : [], [0, 1, 2])
  })

  it("tells the backend of busy workers once a poll, with their true runs (RD8)", () => {
    const busy = launched(running(), "a")
    const polled = step(after(busy, { _tag: "PollDue", at: 0 }, observed()))
    const ask = polled.commands.find(({ _tag }) => _tag === "Ask")
    assert.deepStrictEqual(ask?._tag === "Ask" ? ask.workers.map(({ idle, runs }) => ({ idle, runs })) : [], [
      { idle: false, runs: [[run("a"), true]] },
      { idle: true, runs: [] }
    ])
    const next = step(after(polled.model, { _tag: "Answered", at: 0, n: 1, answers: [] }, observed())).commands.find(
      ({ _tag }) => _tag === "Ask"
    )
    assert.deepStrictEqual(next?._tag === "Ask" ? next.workers.map(({ idle }) => idle) : [], [true])
  })

  it("hears busy workers after the look of the same poll (B22)", () => {
    const looked = after(launched(running({ workers: 1 }), "a"), observed())
    const polled = step(after(looked, { _tag: "PollDue", at: 0 }))
    assert.deepStrictEqual(polled.ids, ["observe"])
    assert.deepStrictEqual(step(after(polled.model, observed())).ids, ["ask/1"])
  })

  it("launches what was suggested, one run at a time for each worker, and keeps the rest (RD9)", () => {
    const answered = after(running(), answers(suggest("a", 0), suggest("b", 0), suggest("c", 1)))
    const first = step(answered)
    assert.deepStrictEqual(first.ids, ["observe", "launch/a#1", "launch/c#1"])
    const second = step(
      ended(after(first.model, { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1 }), "a", "finished")
    )
    assert.include(second.ids, "launch/b#1")
  })

  it("skips a run that it already manages, and one that ended for good (B53)", () => {
    const model = ended(launched(running(), "a", "b"), "a", "finished")
    const again = after(model, answers(suggest("a"), suggest("b", 1)))
    assert.deepStrictEqual([...again.runs.keys()], [run("b")])
    assert.strictEqual(again.launched, 2)
  })

  it("waits longer after each failed ask, and asks the others meanwhile nothing (RD33)", () => {
    let model = after(running(), observed())
    for (const wait of [2000, 4000, 8000]) {
      const asked = step(model, 0)
      assert.include(asked.ids.join(), "ask/")
      model = after(asked.model, {
        _tag: "AskFailed",
        at: 0,
        jitter: 0,
        n: asked.model.asks,
        consequence: "again",
        detail: "unreachable"
      })
      const waiting = step(model, wait - 1)
      assert.notInclude(waiting.ids.join(), "ask/")
      assert.strictEqual(waiting.wakeAt, wait)
      model = { ...waiting.model, asking: { ...waiting.model.asking, notBefore: 0 } }
    }
  })

  it("ends as lost when the backend no longer knows the sweep (B51)", () => {
    const model = after(running(), {
      _tag: "AskFailed",
      at: 0,
      jitter: 0,
      n: 1,
      consequence: "SweepLost",
      detail: "404"
    })
    assert.strictEqual(model.state, "STOPPED")
    assert.strictEqual(model.end?.reason, "SweepLost")
  })
})

describe("watching", () => {
  it("frees the worker of a run that is dead (B41)", () => {
    const model = ended(launched(running(), "a", "b"), "a", "finished")
    assert.deepStrictEqual([...model.runs.keys()], [run("b")])
    assert.strictEqual(model.counts.finished, 1)
  })

  it("takes a failed queue item as the end of its run (B41)", () => {
    const model = after(
      launched(running(), "a"),
      observed({ runs: [{ run: run("a"), attempt: 1, state: found("pending"), item: found("failed") }] })
    )
    assert.strictEqual(model.counts.failed, 1)
  })

  it("gives a run up only when the backend twice says that it isn't there (B47)", () => {
    const miss = observed({ runs: [{ run: run("a"), attempt: 1, state: notThere }] })
    const once = after(launched(running(), "a"), miss)
    assert.strictEqual(once.runs.get(run("a"))?.state, "unknown")
    assert.strictEqual(after(once, miss).counts.failed, 1)
    const healed = after(once, observed({ runs: [{ run: run("a"), attempt: 1, state: found("running") }] }), miss)
    assert.strictEqual(healed.runs.size, 1)
  })

  it("never gives a run up because the backend can't be asked", () => {
    const miss = observed({ sweep: notAsked, own: notAsked, runs: [{ run: run("a"), attempt: 1, state: notAsked }] })
    const model = after(launched(running(), "a"), ...Array.from({ length: 100 }, () => miss))
    assert.strictEqual(model.runs.get(run("a"))?.state, "unknown")
    assert.strictEqual(model.state, "RUNNING")
  })

  it("treats a vanished queue item as nothing, and twice as the failure of a run that never started (RD13)", () => {
    const gone = observed({ runs: [{ run: run("a"), attempt: 1, state: found("pending"), item: notThere }] })
    const started = observed({ runs: [{ run: run("a"), attempt: 1, state: found("running"), item: notThere }] })
    assert.strictEqual(after(launched(running(), "a"), started, started, started).runs.size, 1)
    assert.strictEqual(after(launched(running(), "a"), gone, gone).counts.failed, 1)
  })

  it("keeps a run in a bad state alive (B46, RD19)", () => {
    const bad = observed({ runs: [{ run: run("a"), attempt: 1, state: { _tag: "Bad", text: "odd" } }] })
    assert.strictEqual(after(launched(running(), "a"), bad, bad, bad).runs.get(run("a"))?.state, "unknown")
  })

  it("ignores a reading of an earlier attempt", () => {
    const retried = ended(launched(running({ retries: 1 }), "a"), "a", "failed")
    assert.strictEqual(retried.runs.get(run("a"))?.attempt, 2)
    const late = after(retried, observed({ runs: [{ run: run("a"), attempt: 1, state: found("failed") }] }))
    assert.strictEqual(late.runs.get(run("a"))?.attempt, 2)
  })
})

describe("the sweep's own state", () => {
  it("drains on PAUSED, and ends paused without a write (B32, RD6)", () => {
    const paused = after(launched(running(), "a"), observed({ sweep: found("PAUSED") }))
    assert.strictEqual(paused.state, "FLUSH_RUNS")
    const drained = ended(paused, "a", "finished")
    assert.strictEqual(drained.end?.reason, "Paused")
    assert.deepStrictEqual(step(drained).ids, ["finish"])
  })

  it("launches nothing while it is paused, also not what was suggested", () => {
    const model = after(running({ onPaused: "wait" }), observed({ sweep: found("PAUSED") }), answers(suggest("a")))
    assert.notInclude(step(model).ids, "launch/a#1")
    const resumed = after(step(model).model, observed({ sweep: found("RUNNING") }))
    assert.strictEqual(resumed.state, "RUNNING")
    assert.include(step(resumed).ids, "observe")
    assert.include(step(resumed).ids, "launch/a#1")
  })

  it("waits while it is paused where the policy says so", () => {
    const paused = after(running({ onPaused: "wait" }), observed({ sweep: found("PAUSED") }))
    assert.strictEqual(paused.state, "FLUSH_RUNS")
    assert.isUndefined(paused.end)
  })

  it("on FINISHED waits for its runs, reads the sweep again and completes (RD36)", () => {
    const finished = after(launched(running(), "a"), observed({ sweep: found("FINISHED") }))
    const drained = ended(finished, "a", "finished")
    assert.isUndefined(drained.end)
    assert.deepStrictEqual(step(drained).ids, ["observe"])
    assert.strictEqual(after(drained, observed({ sweep: found("FINISHED") })).end?.reason, "SweepFinished")
  })

  it("on an exhausted search drains; a sweep that was cancelled meanwhile ends as cancelled (RD36)", () => {
    const model = after(launched(running(), "a"), answers({ _tag: "Exhausted", reason: "all tried" }))
    const drained = ended(model, "a", "finished")
    const { end } = after(drained, observed({ sweep: found("RUNNING") }))
    assert.deepInclude(end, { reason: "SearchExhausted", detail: "all tried" })
    assert.strictEqual(after(drained, observed({ sweep: found("FINISHED") })).end?.reason, "SweepFinished")
    assert.strictEqual(after(drained, observed({ sweep: found("CANCELED") })).end?.reason, "SweepCancelled")
  })

  it("on CANCELED stops every run and then ends, writing nothing (RD1)", () => {
    const cancelled = after(launched(running(), "a", "b"), observed({ sweep: found("CANCELED") }))
    const stops = step(cancelled)
    assert.deepStrictEqual(stops.commands, [
      { _tag: "StopRun", run: run("a"), reason: "Killed" },
      { _tag: "StopRun", run: run("b"), reason: "Killed" }
    ])
    const stopped = after(
      stops.model,
      { _tag: "RunStopAsked", at: 0, run: run("a") },
      { _tag: "RunStopAsked", at: 0, run: run("b") }
    )
    assert.deepStrictEqual(step(stopped).commands, [{ _tag: "Finish", exitCode: 5 }])
  })

  it("is lost when the backend twice says that it isn't there (RD33)", () => {
    const miss = observed({ sweep: notThere })
    assert.isUndefined(after(running(), miss, observed({ sweep: found("RUNNING") }), miss).end)
    assert.strictEqual(after(running(), miss, miss).end?.reason, "SweepLost")
  })
})

describe("the own run's state (B31)", () => {
  const cases = [
    ["killed", "STOPPED", "OwnRunKilled"],
    ["failed", "FAILED", "OwnRunFailed"],
    ["crashed", "FAILED", "OwnRunFailed"]
  ] as const
  for (const [own, state, reason] of cases) {
    it(`${own} makes the scheduler ${state}`, () => {
      const model = after(running(), observed({ own: found(own) }))
      assert.strictEqual(model.state, state)
      assert.strictEqual(model.end?.reason, reason)
    })
  }

  it("finished drains: what runs goes on to its end, and the sweep is finished", () => {
    const drained = ended(after(launched(running(), "a"), observed({ own: found("finished") })), "a", "finished")
    assert.strictEqual(drained.state, "FLUSH_RUNS")
    const over = after(drained, observed({ sweep: found("RUNNING"), own: found("finished") }))
    assert.strictEqual(over.end?.reason, "SweepFinished")
    assert.deepStrictEqual(step(over).ids, ["setSweepState/FINISHED"])
  })

  it("needs two misses in a row (RD4)", () => {
    const miss = observed({ own: notThere })
    assert.isUndefined(after(running(), miss, observed({ own: found("running") }), miss).end)
    assert.strictEqual(after(running(), miss, miss).end?.reason, "OwnRunFailed")
  })

  it("does not overwrite an end (RD5)", () => {
    const model = after(running(), observed({ own: found("killed") }), observed({ sweep: found("PAUSED") }))
    assert.strictEqual(model.state, "STOPPED")
  })
})

describe("run_cap", () => {
  it("flushes at the cap and completes when its runs have ended (B26, B28)", () => {
    const model = launched(running({ runCap: 2 }), "a", "b")
    assert.strictEqual(model.state, "FLUSH_RUNS")
    const done = ended(ended(model, "a", "finished"), "b", "failed")
    assert.strictEqual(done.end?.reason, "RunCapReached")
    assert.deepStrictEqual(step(done).ids, ["setSweepState/FINISHED"])
  })

  it("is never passed, whatever the backend hands out", () => {
    const model = after(running({ runCap: 1 }), answers(suggest("a"), suggest("b", 1)))
    assert.strictEqual(model.launched, 1)
    assert.deepStrictEqual([...model.runs.keys()], [run("a")])
  })

  it("0 is no cap (B25)", () => {
    assert.strictEqual(launched(running({ runCap: 0 }), "a").state, "RUNNING")
  })

  it("waits for a preempted run, which goes on as the same run in its next attempt", () => {
    const model = ended(launched(running({ runCap: 1, resumesPreempted: true }), "a"), "a", "preempted")
    assert.strictEqual(model.state, "RUNNING")
    const resumed = after(model, answers(suggest("a")))
    assert.include(step(resumed).ids, "launch/a#2")
    assert.strictEqual(resumed.launched, 1)
  })
})

describe("a strategy that has no more while a preempted run waits", () => {
  const exhausted = (n: number): Event => ({
    _tag: "Answered",
    at: 0,
    n,
    answers: [
      { _tag: "Exhausted", reason: "all tried" },
      { _tag: "Exhausted", reason: "all tried" }
    ]
  })
  const preempted = (differs: Partial<Policy> = {}) =>
    ended(launched(running({ resumesPreempted: true, ...differs }), "a"), "a", "preempted")

  it("is asked once more, since it may have answered before", () => {
    const model = after(preempted(), exhausted(1))
    assert.strictEqual(model.state, "RUNNING")
    assert.include(step(model).ids, `ask/${model.asks + 1}`)
  })

  it("and passes over it again leaves it behind: the sweep ends", () => {
    const model = after(preempted(), exhausted(2), exhausted(3))
    assert.strictEqual(model.flush, "Exhausted")
    assert.strictEqual(after(model, observed({ sweep: found("RUNNING") })).end?.reason, "SearchExhausted")
    assert.strictEqual(after(preempted({ runCap: 1 }), exhausted(2), exhausted(3)).end?.reason, "RunCapReached")
  })

  it("and hands it out then is believed anew: what is preempted later is waited for", () => {
    const resumed = after(preempted(), exhausted(2), { _tag: "Answered", at: 0, n: 3, answers: [suggest("a")] })
    const again = ended(
      after(step(resumed).model, { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 2, item: item("a") }),
      "a",
      "preempted"
    )
    assert.strictEqual(after(again, exhausted(4)).state, "RUNNING")
  })
})

describe("a run that the backend hands out again", () => {
  const again = (attempt: number): Event => answers({ ...suggest("a"), attempt })

  it("takes over from the attempt that is watched, whose end was not seen yet", () => {
    const model = after(launched(running({ resumesPreempted: true }), "a"), again(2))
    assert.include(step(model).ids, "launch/a#2")
    assert.strictEqual(model.launched, 1)
  })

  it("is skipped when the attempt is the one that is watched", () => {
    const model = launched(running({ resumesPreempted: true }), "a")
    assert.strictEqual(after(model, again(1)).runs.get(run("a"))?.phase, "Managed")
  })

  it("is skipped while nobody knows whether the attempt before was pushed", () => {
    const model = step(after(running(), again(1))).model
    assert.deepInclude(after(model, again(2)).runs.get(run("a")), { attempt: 1, phase: "Launching" })
  })

  it("and whose answer was lost in a crash is found in the listing", () => {
    const listed = [{ id: run("a"), state: "pending", trial: new Map(), attempt: 2, excluded: false } as const]
    const policy = { adoptsPending: true, resumesPreempted: true }
    const preempted = ended(launched(running(policy), "a"), "a", "preempted")
    for (const before of [preempted, launched(running(policy), "a")]) {
      const restarted = after(before, started(policy, { runs: listed }))
      assert.strictEqual(restarted.runs.get(run("a"))?.attempt, 2)
      assert.strictEqual(restarted.launched, 1)
    }
  })
})

describe("retries", () => {
  it("are not used up by attempts that were preempted, also after a restart", () => {
    const policy = { retries: 1, resumesPreempted: true }
    const preempted = ended(launched(running(policy), "a"), "a", "preempted")
    const resumed = after(preempted, { _tag: "Answered", at: 0, n: 1, answers: [suggest("a")] })
    const second = after(step(resumed).model, {
      _tag: "RunLaunched",
      at: 0,
      run: run("a"),
      attempt: 2,
      item: item("a")
    })
    for (const model of [second, after(second, started(policy))]) {
      const again = ended(model, "a", "failed")
      assert.strictEqual(again.runs.get(run("a"))?.attempt, 3)
      const third = after(step(again, 10_000).model, { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 3 })
      assert.strictEqual(ended(third, "a", "failed").counts.failed, 1)
    }
  })

  it("run a failed run again as the same run, later and later, until they are used up", () => {
    let model = launched(running({ retries: 2, backoff: 1000 }), "a")
    for (const [attempt, notBefore] of [
      [2, 1000],
      [3, 2000]
    ] as const) {
      model = ended(model, "a", "failed")
      assert.strictEqual(step(model, notBefore - 1).wakeAt, notBefore)
      const launch = step(model, notBefore)
      assert.include(launch.ids, `launch/a#${attempt}`)
      model = after(launch.model, { _tag: "RunLaunched", at: 0, run: run("a"), attempt })
    }
    const over = ended(model, "a", "failed")
    assert.strictEqual(over.counts.failed, 1)
    assert.strictEqual(over.runs.size, 0)
  })

  it("wait no longer than any does where the clock was set back meanwhile", () => {
    const failed = observed({ at: 86_400_000, runs: [{ run: run("a"), attempt: 1, state: found("failed") }] })
    const model = after(launched(running({ retries: 1 }), "a"), failed)
    assert.notInclude(step(model, 86_400_000).ids, "launch/a#2")
    assert.include(step(model, 0).ids, "launch/a#2")
  })

  it("are not spent on a run that was stopped", () => {
    const stopping = after(launched(running({ retries: 2 }), "a"), answers({ _tag: "StopRun", run: run("a") }))
    assert.strictEqual(ended(stopping, "a", "failed").runs.size, 0)
  })
})

describe("launching", () => {
  const suggested = () => step(after(running(), answers(suggest("a")))).model

  it("pushes again after a failed push, later and later (RD12)", () => {
    const failed = after(suggested(), {
      _tag: "LaunchFailed",
      at: 0,
      jitter: 0,
      run: run("a"),
      attempt: 1,
      outcome: "again",
      detail: "429"
    })
    assert.strictEqual(step(failed, 1999).wakeAt, 2000)
    assert.include(step(failed, 2000).ids, "launch/a#1")
  })

  it("drops a run that the queue refuses, telling the backend, and gives the sweep up after five in a row", () => {
    let model = running({ workers: 1 })
    for (const id of ["a", "b", "c", "d", "e"]) {
      assert.isUndefined(model.end)
      model = step(after(model, answers(suggest(id)))).model
      model = after(model, {
        _tag: "LaunchFailed",
        at: 0,
        jitter: 0,
        run: run(id),
        attempt: 1,
        outcome: "refused",
        detail: "no queue"
      })
      const told = step(model)
      assert.include(told.ids, `stop/${id}`)
      model = after(told.model, { _tag: "RunStopAsked", at: 0, run: run(id) })
    }
    assert.strictEqual(model.end?.reason, "LaunchRefused")
  })

  it("after a restart finds out what became of a push that was in flight", () => {
    const restarted = after(
      suggested(),
      started(),
      { _tag: "ExecutableFound", at: 0, name: "program" },
      { _tag: "WorkerRegistered", at: 0, worker: 0, agent: "a" as never },
      { _tag: "WorkerRegistered", at: 0, worker: 1, agent: "b" as never }
    )
    const recovering = step(restarted)
    assert.include(recovering.ids, "recover/a#1")
    const never = after(recovering.model, {
      _tag: "LaunchFailed",
      at: 0,
      jitter: 0,
      run: run("a"),
      attempt: 1,
      outcome: "never",
      detail: "not pushed"
    })
    assert.include(step(never).ids, "launch/a#1")
    const there = after(recovering.model, { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1 })
    assert.notInclude(step(there).ids, "launch/a#1")
  })
})

describe("a push of which nobody knows whether it happened", () => {
  const uncertain = (at: number): Event => ({ _tag: "RunLaunched", at, run: run("a"), attempt: 1 })
  const seen = (state: "pending" | "running") =>
    observed({ runs: [{ run: run("a"), attempt: 1, state: found(state) }] })
  const looked = (outcome: "never" | "unknown"): Event => ({
    _tag: "LaunchFailed",
    at: 60_000,
    jitter: 0,
    run: run("a"),
    attempt: 1,
    outcome,
    detail: ""
  })
  const launching = () => step(after(running(), answers(suggest("a")))).model

  it("is looked for again after a minute while the run is pending, and again after each look that doesn't tell", () => {
    const waiting = after(launching(), uncertain(0), seen("pending"))
    assert.notInclude(step(waiting).ids, "recover/a#1")
    assert.isAtMost(step(waiting).wakeAt, 60_000)
    const looking = step(waiting, 60_000)
    assert.include(looking.ids, "recover/a#1")
    const again = after(looking.model, uncertain(70_000), seen("pending"))
    assert.notInclude(step(again, 120_000).ids, "recover/a#1")
    assert.include(step(again, 130_000).ids, "recover/a#1")
    const unanswered = after(looking.model, looked("unknown"))
    assert.strictEqual(unanswered.runs.get(run("a"))?.phase, "Managed")
    assert.include(step(unanswered, 130_000).ids, "recover/a#1")
  })

  it("is made again once it is certain that it didn't happen", () => {
    const looking = step(after(launching(), uncertain(0), seen("pending")), 60_000)
    assert.include(step(after(looking.model, looked("never")), 60_000).ids, "launch/a#1")
  })

  it("is not looked for, and never made again, once somebody has begun the run", () => {
    assert.notInclude(step(after(launching(), uncertain(0), seen("running")), 60_000).ids, "recover/a#1")
    const looking = step(after(launching(), uncertain(0), seen("pending")), 60_000)
    const begun = after(looking.model, seen("running"), looked("never"))
    assert.notInclude(step(begun, 60_000).ids, "launch/a#1")
    assert.strictEqual(begun.runs.get(run("a"))?.phase, "Managed")
  })
})

describe("an interrupt", () => {
  it("on one machine stops the runs, awaits them, and leaves the sweep paused", () => {
    const model = after(launched(running({ onInterrupt: "pause", awaitStops: 60_000 }), "a"), observed(), interrupt)
    const stops = step(model)
    assert.deepStrictEqual(stops.commands, [{ _tag: "StopRun", run: run("a"), reason: "Interrupted" }])
    const asked = step(after(stops.model, { _tag: "RunStopAsked", at: 0, run: run("a") }))
    assert.deepStrictEqual(asked.ids, ["observe"])
    assert.strictEqual(asked.wakeAt, 60_000)
    const gone = ended(asked.model, "a", "preempted")
    assert.deepStrictEqual(step(gone).ids, ["setSweepState/PAUSED"])
  })

  it("of a sweep that was stopped before has nothing to leave for later: its runs end for good", () => {
    const draining = after(
      launched(running({ onInterrupt: "pause", awaitStops: 60_000 }), "a"),
      observed({ sweep: found("FINISHED") }),
      interrupt
    )
    const stops = step(draining)
    assert.deepStrictEqual(stops.commands, [{ _tag: "StopRun", run: run("a"), reason: "Killed" }])
    const gone = ended(after(stops.model, { _tag: "RunStopAsked", at: 0, run: run("a") }), "a", "killed")
    assert.deepStrictEqual(step(gone).ids, ["finish"])
  })

  it("that comes before the word of a cancel ends the runs for good once it is heard", () => {
    const two = launched(launched(running({ onInterrupt: "pause", awaitStops: 60_000 }), "a"), "b")
    const told = after(two, interrupt, observed({ sweep: found("CANCELED") }))
    assert.strictEqual(told.end?.reason, "Interrupted")
    assert.deepInclude(step(told).commands, { _tag: "StopRun", run: run("a"), reason: "Killed" })
    const stopped = [run("a"), run("b")].map((id): Event => ({ _tag: "RunStopAsked", at: 0, run: id }))
    const gone = ended(ended(after(step(told).model, ...stopped), "a", "killed"), "b", "killed")
    assert.deepStrictEqual(step(gone).ids, ["finish"])
  })

  it("doesn't wait for ever for a run that won't go", () => {
    const model = after(launched(running({ onInterrupt: "pause", awaitStops: 60_000 }), "a"), interrupt)
    const asked = after(step(model).model, { _tag: "RunStopAsked", at: 0, run: run("a") })
    assert.include(step(asked, 60_000).ids, "setSweepState/PAUSED")
  })

  it("leaves a suggestion that was not launched for the next start", () => {
    const suggested = after(running({ onInterrupt: "pause" }), answers(suggest("a")))
    const model = after(suggested, interrupt)
    assert.deepStrictEqual(step(model).ids, ["setSweepState/PAUSED"])
    assert.isTrue(model.runs.has(run("a")))
  })

  it("lets a push that is in flight finish before it stops the run", () => {
    const launching = step(after(running({ onInterrupt: "cancel" }), answers(suggest("a")))).model
    const model = after(launching, interrupt)
    assert.deepStrictEqual(step(model).ids, [])
    const pushed = after(model, { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1 })
    assert.deepStrictEqual(step(pushed).ids, ["stop/a"])
  })

  it("on W&B cancels the sweep (B29, B66)", () => {
    const model = after(running(), interrupt)
    assert.strictEqual(model.state, "STOPPED")
    assert.deepStrictEqual(step(model).ids, ["setSweepState/CANCELED"])
  })

  it("asks again when a stop could not be asked, and leaves after five times (RD17)", () => {
    let model = after(launched(running(), "a"), interrupt)
    for (let n = 0; n < 5; n++) {
      const asked = step(model, Number.MAX_SAFE_INTEGER)
      assert.deepStrictEqual(asked.ids, ["stop/a"])
      model = after(asked.model, { _tag: "RunStopFailed", at: 0, jitter: 0, run: run("a"), detail: "500" })
    }
    assert.deepStrictEqual(step(model).ids, ["setSweepState/CANCELED"])
  })
})

describe("the laws", () => {
  const history = FastCheck.array(anyEvent, { maxLength: 40 })
  const policies = anyPolicy
  it.prop(
    "deciding again after issuing what was decided yields nothing",
    [history, FastCheck.nat(200_000)],
    ([events, now]) => {
      const { model } = step(live(events), now)
      assert.deepStrictEqual(SchedulerModel.decide(model, now).commands, [])
    }
  )

  it.prop("a model that has left ignores everything but a new start", [history, anyEvent], ([events, event]) => {
    const left = after(live(events), { _tag: "SchedulerEnded", at: 0 })
    if (event._tag !== "SchedulerStarted") assert.strictEqual(SchedulerModel.apply(left, event), left)
  })

  it.prop("the first end stays, until a new start", [history, history], ([events, more]) => {
    const model = after(live(events), interrupt)
    const { end, state } = more.filter(({ _tag }) => _tag !== "SchedulerStarted").reduce(SchedulerModel.apply, model)
    // Only the clock may have been set meanwhile.
    assert.deepStrictEqual({ ...end, at: 0 }, { ...model.end, at: 0 })
    assert.strictEqual(state, model.state)
  })

  it.prop("run_cap is never passed", [history], ([events]) => {
    const model = live(events)
    assert.isAtMost(new Set([...model.runs.keys(), ...HashMap.keys(model.past)]).size, 3)
    assert.isAtMost(model.launched, 3)
  })

  it.prop("no worker has two runs on their way", [history], ([events]) => {
    let model = running(policies)
    for (const event of events) {
      const stepped = step(SchedulerModel.apply(model, aimed(model, event)), event.at)
      const launches = stepped.commands.filter(({ _tag }) => _tag === "Launch")
      const workers = launches.map((command) =>
        command._tag === "Launch" ? stepped.model.runs.get(command.run)?.worker : -1
      )
      assert.strictEqual(new Set(workers).size, workers.length)
      model = stepped.model
    }
  })

  it.prop("a new start drops what was in flight, and looks for every push that was", [history], ([events]) => {
    const before = live(events)
    const restarted = SchedulerModel.apply(before, started({ runCap: 3 }))
    assert.strictEqual(restarted.inFlight.size, 0)
    const { ids } = step(
      after(
        restarted,
        { _tag: "ExecutableFound", at: 0, name: "program" },
        { _tag: "WorkerRegistered", at: 0, worker: 0, agent: agent(0) },
        { _tag: "WorkerRegistered", at: 0, worker: 1, agent: agent(1) }
      ),
      1_000_000
    )
    for (const { attempt, id, phase } of before.runs.values()) {
      if (phase !== "Launching") continue
      assert.strictEqual(restarted.runs.get(id)?.phase, "Recovering")
      assert.include(ids, `recover/${id}#${attempt}`)
      assert.notInclude(ids, `launch/${id}#${attempt}`)
    }
  })

  it.prop("folding the essences gives what folding the events gives", [history], ([events]) => {
    let model = running(policies)
    let replayed = model
    const take = (event: Event) => {
      const essence = SchedulerModel.essence(model, event)
      if (essence !== undefined) replayed = SchedulerModel.apply(replayed, essence)
      model = SchedulerModel.apply(model, event)
    }
    for (const event of events) {
      take(aimed(model, event))
      for (const command of SchedulerModel.decide(model, event.at).commands)
        take({ _tag: "CommandIssued", at: event.at, command })
    }
    const lasting = (it: Model) => ({
      state: it.state,
      end: it.end,
      flush: it.flush,
      launched: it.launched,
      spent: it.spent,
      counts: it.counts,
      runs: [...it.runs.values()].map(({ attempt, id, phase, worker }) => ({ attempt, id, phase, worker }))
    })
    const past = (it: Model) => HashMap.toEntries(it.past).toSorted(([a], [b]) => (a < b ? -1 : 1))
    assert.deepStrictEqual(lasting(replayed), lasting(model))
    assert.deepStrictEqual(past(replayed), past(model))
  })
})
