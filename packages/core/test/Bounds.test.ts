import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import type { Event } from "../src/Event.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import {
  after,
  aimed,
  anyEvent,
  anyPolicy,
  found,
  launched,
  live,
  type Model,
  observed,
  run,
  running,
  started,
  step
} from "./SchedulerModelTest.js"

const active = (id: string, at: number, attempt = 1): Event => ({ _tag: "RunActive", at, run: run(id), attempt })

const ended = (model: Model, id: string, state: "finished" | "failed" | "crashed", at: number) =>
  after(model, observed({ at, runs: [{ run: run(id), attempt: 1, state: found(state) }] }))

describe("a run that shows no sign of life", () => {
  const model = launched(running({ runTimeout: 10_000 }), "a", "b")

  it("is stopped as TimedOut once its time is over, and the others go on", () => {
    const heard = after(model, active("a", 4000), active("b", 6000))
    assert.strictEqual(step(heard, 13_999).wakeAt, 14_000)
    const stepped = step(heard, 14_000)
    assert.deepInclude(stepped.commands, { _tag: "StopRun", run: run("a"), reason: "TimedOut" })
    assert.notInclude(stepped.ids, "stop/b")
    assert.strictEqual(stepped.wakeAt, 16_000)
  })

  it("is stopped also where it never showed one", () => {
    assert.include(step(model, 10_000).ids, "stop/a")
  })

  it("stays stopped for that reason, whatever it does until it has ended, and isn't run again", () => {
    const retrying = launched(running({ runTimeout: 10_000, retries: 3 }), "a")
    const asked = after(step(retrying, 10_000).model, { _tag: "RunStopAsked", at: 10_000, run: run("a") })
    assert.strictEqual(asked.runs.get(run("a"))?.stop?.reason, "TimedOut")
    const late = after(asked, active("a", 10_001))
    assert.notInclude(step(late, 30_000).ids, "stop/a")
    assert.isFalse(ended(late, "a", "failed", 11_000).runs.has(run("a")))
  })

  it("is left alone while it waits in its queue", () => {
    const waiting = after(model, observed({ runs: [{ run: run("a"), attempt: 1, state: found("pending") }] }))
    assert.notInclude(step(waiting, 10_000).ids, "stop/a")
  })

  it("is given its whole time again by the next scheduler: nobody listened meanwhile", () => {
    const resumed = after(model, started({ runTimeout: 10_000 }, { at: 100_000 }))
    assert.strictEqual(resumed.runs.get(run("a"))?.activeAt, 100_000)
  })
})

describe("a sweep with a deadline", () => {
  it("ends then: what lives is stopped for that, and the sweep is FINISHED", () => {
    const model = launched(running({ deadline: 60_000 }), "a")
    assert.strictEqual(step(model, 0).wakeAt, 60_000)
    const stepped = step(model, 60_000)
    assert.deepStrictEqual(stepped.ids, ["end/DeadlineReached"])
    const over = after(stepped.model, { _tag: "SweepGivenUp", at: 60_000, reason: "DeadlineReached" })
    assert.strictEqual(over.state, "COMPLETED")
    const stopping = step(over, 60_000)
    assert.deepStrictEqual(stopping.commands, [{ _tag: "StopRun", run: run("a"), reason: "DeadlineReached" }])
    const stopped = after(stopping.model, { _tag: "RunStopAsked", at: 60_000, run: run("a") })
    assert.deepStrictEqual(step(stopped, 60_000).ids, ["setSweepState/FINISHED"])
  })

  it("that has passed already launches nothing", () => {
    const model = after(SchedulerModel.initial, started({ deadline: 60_000 }, { at: 70_000 }))
    assert.deepStrictEqual(step(model, 70_000).ids, ["end/DeadlineReached"])
  })
})

describe("a sweep with a budget of GPU time", () => {
  it("ends when the runs that were, and those that are, have spent it", () => {
    const model = ended(launched(running({ budget: 50_000, gpusPerRun: 2 }), "a", "b"), "a", "finished", 10_000)
    assert.strictEqual(model.spent, 20_000)
    assert.strictEqual(step(model, 10_000).wakeAt, 15_000)
    assert.notInclude(step(model, 14_999).ids, "end/BudgetSpent")
    assert.deepStrictEqual(step(model, 15_000).ids, ["end/BudgetSpent"])
  })

  it("counts each attempt of a run that is retried, and none of the wait between", () => {
    const failed = ended(launched(running({ budget: 1e9, retries: 1, backoff: 5000 }), "a"), "a", "crashed", 10_000)
    assert.strictEqual(failed.spent, 10_000)
    const again = after(failed, { _tag: "RunLaunched", at: 20_000, run: run("a"), attempt: 2 })
    const over = after(again, observed({ at: 21_000, runs: [{ run: run("a"), attempt: 2, state: found("finished") }] }))
    assert.strictEqual(over.spent, 11_000)
  })

  it("doesn't count the time in which a run had ended and nobody watched", () => {
    const away = launched(running({ budget: 1e9 }), "a")
    const back = after(away, started({}, { at: 1e8, ended: [{ run: run("a"), attempt: 1, at: 3000 }] }))
    assert.strictEqual(ended(back, "a", "finished", 1e8).spent, 3000)
  })
})

describe("the laws of what time puts an end to", () => {
  const history = FastCheck.array(anyEvent, { maxLength: 40 })

  it.prop("beyond its deadline or its budget, a sweep launches nothing and asks for nothing", [history], ([events]) => {
    let model = running(anyPolicy)
    for (const event of events) {
      const stepped = step(SchedulerModel.apply(model, aimed(model, event)), event.at)
      const isOver = event.at >= 90_000 || stepped.model.spent >= 60_000
      if (isOver) assert.isFalse(stepped.commands.some(({ _tag }) => _tag === "Launch" || _tag === "Ask"))
      model = stepped.model
    }
  })

  it.prop("waiting for the time that was asked for is never in vain", [history], ([events]) => {
    const model = live(events)
    const { wakeAt } = step(model, 0)
    if (wakeAt === Number.POSITIVE_INFINITY) return
    const { commands, wakeAt: next } = step(model, wakeAt)
    assert.isTrue(commands.length > 0 || next > wakeAt)
  })
})
