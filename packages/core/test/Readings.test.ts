import { assert, describe, it } from "@effect/vitest"
import type { Event } from "../src/Event.js"
import type { ItemReading, RunStateReading } from "../src/Reading.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import {
  after,
  answers,
  found,
  interrupt,
  launched,
  type Model,
  notAsked,
  notThere,
  observed,
  run,
  running,
  started,
  step,
  suggest
} from "./SchedulerModelTest.js"

const reading = (state: RunStateReading, item?: ItemReading, attempt = 1) =>
  observed({ runs: [{ run: run("a"), attempt, state, ...(item === undefined ? {} : { item }) }] })

const exhausted: Event = answers({ _tag: "Exhausted", reason: "all tried" })
const bad = { _tag: "Bad", text: "odd" } as const

describe("a run that is read", () => {
  const pending = found("pending")
  const isGone = (...readings: ReadonlyArray<Event>) => after(launched(running(), "a"), ...readings).runs.size === 0

  it("is gone once the backend has twice in a row said so, whatever was read before (B47)", () => {
    assert.isFalse(isGone(reading(notAsked), reading(notThere)))
    assert.isTrue(isGone(reading(notAsked), reading(notThere), reading(notThere)))
    assert.isFalse(isGone(reading(notThere), reading(bad), reading(notThere)))
  })

  it("has failed with its item only where that failed, or is gone for the second time before the run began (RD13)", () => {
    assert.isFalse(isGone(reading(pending, found("leased"))))
    assert.isFalse(isGone(reading(pending, notAsked), reading(pending, notAsked)))
    assert.isFalse(isGone(reading(pending), reading(pending, notThere)))
    assert.isTrue(isGone(reading(pending), reading(pending, notThere), reading(pending, notThere)))
    assert.isTrue(isGone(reading(pending, notThere), reading(notAsked, notThere)))
    assert.isFalse(isGone(reading(notAsked, notThere), reading(notAsked, notThere)))
    assert.isFalse(isGone(reading(pending, notThere), reading(found("running"), notThere), reading(pending, notThere)))
  })

  it("is judged by nothing that is told of an earlier attempt", () => {
    const retried = after(launched(running({ retries: 1, backoff: 0 }), "a"), reading(found("failed")))
    const launching = step(retried).model
    const again = after(launching, { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 2 })
    const refused = { at: 0, jitter: 0, run: run("a"), attempt: 1, outcome: "refused", detail: "" } as const
    for (const model of [retried, launching, again]) {
      const { phase } = model.runs.get(run("a")) ?? assert.fail()
      for (const event of [
        reading(found("failed")),
        { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1 },
        { _tag: "LaunchFailed", ...refused },
        { _tag: "RunActive", at: 9, run: run("a"), attempt: 1 }
      ] as const) {
        assert.deepInclude(after(model, event).runs.get(run("a")), { attempt: 2, phase })
      }
    }
    assert.deepStrictEqual(after(launching, reading(found("failed"), undefined, 2)).runs, launching.runs)
  })

  it("shows a sign of life only while it is watched, and only by a later one than the last", () => {
    const active = (at: number): Event => ({ _tag: "RunActive", at, run: run("a"), attempt: 1 })
    const suggested = after(running(), answers(suggest("a")))
    assert.strictEqual(after(suggested, active(5)), suggested)
    const heard = after(launched(running(), "a"), active(5))
    assert.strictEqual(heard.runs.get(run("a"))?.activeAt, 5)
    for (const at of [4, 5]) assert.strictEqual(after(heard, active(at)), heard)
  })
})

describe("the sweep that is read", () => {
  it("is not lost while between two misses it, or the own run, is in a state that nobody knows", () => {
    for (const of of ["sweep", "own"] as const) {
      assert.isUndefined(
        after(running(), observed({ [of]: notThere }), observed({ [of]: bad }), observed({ [of]: notThere })).end
      )
    }
  })

  it("that is drained goes on draining, for its first reason unless somebody stops it", () => {
    const flushed = (model: Model, ...events: ReadonlyArray<Event>) => after(model, ...events).flush
    const paused = observed({ sweep: found("PAUSED") })
    const finished = observed({ sweep: found("FINISHED") })
    const alive = launched(running(), "a")
    const capped = launched(running({ runCap: 1 }), "a")
    assert.strictEqual(flushed(alive, paused, exhausted), "Paused")
    assert.strictEqual(flushed(alive, exhausted, paused), "Exhausted")
    assert.strictEqual(flushed(alive, exhausted, finished), "Exhausted")
    assert.strictEqual(flushed(alive, paused, finished), "Finished")
    assert.strictEqual(flushed(capped, paused), "RunCap")
    assert.strictEqual(flushed(capped, finished), "Finished")
    assert.strictEqual(flushed(alive, finished, exhausted), "Finished")
  })

  it("is read at once when its last run has ended, and if it can't be then, with the next poll (RD36)", () => {
    const draining = step(after(launched(running(), "a"), exhausted)).model
    const drained = step(after(draining, reading(found("finished"))))
    assert.deepStrictEqual(drained.ids, ["observe"])
    const missed = after(drained.model, observed({ sweep: notAsked }))
    assert.deepStrictEqual(step(missed).ids, [])
    assert.deepStrictEqual(step(after(missed, { _tag: "PollDue", at: 0 })).ids, ["observe"])
  })

  it("and stopped is not waited for runs that were preempted", () => {
    const preempted = after(launched(running({ resumesPreempted: true }), "a"), reading(found("preempted")))
    const finished = observed({ sweep: found("FINISHED") })
    assert.strictEqual(after(preempted, finished, finished).end?.reason, "SweepFinished")
  })

  it("and paused is left once nothing of it runs; what was only suggested is kept for later (RD6)", () => {
    const paused = observed({ sweep: found("PAUSED") })
    assert.isUndefined(after(launched(running(), "a"), paused).end)
    const suggested = after(running(), answers(suggest("a")), paused)
    assert.strictEqual(suggested.end?.reason, "Paused")
    assert.isTrue(suggested.runs.has(run("a")))
  })

  it("says no more about a sweep that has ended, but to an interrupt that something ended it before", () => {
    const over = after(running(), { _tag: "SweepGivenUp", at: 0, reason: "BudgetSpent" })
    const interrupted = after(running(), interrupt)
    const seen = (model: Model, sweep: "PAUSED" | "CANCELED") => after(model, observed({ sweep: found(sweep) })).sweep
    assert.strictEqual(seen(over, "CANCELED"), "RUNNING")
    assert.strictEqual(seen(interrupted, "PAUSED"), "RUNNING")
    assert.strictEqual(seen(interrupted, "CANCELED"), "CANCELED")
    const own = after(interrupted, observed({ own: found("finished") }))
    assert.deepInclude(own, { state: "STOPPED", flush: undefined })
  })

  it("gets no runs from answers that come after its end", () => {
    const over = after(running(), { _tag: "SweepGivenUp", at: 0, reason: "BudgetSpent" })
    const answered = after(over, answers(suggest("a")), exhausted)
    assert.deepInclude(answered, { state: "COMPLETED", launched: 0, runs: over.runs })
  })
})

describe("what is journaled", () => {
  const essence = (model: Model, event: Event) => SchedulerModel.essence(model, event)
  const alive = launched(running(), "a")

  it("is nothing that changes nothing", () => {
    for (const event of [
      { _tag: "PollDue", at: 0 },
      answers(),
      { _tag: "CommandIssued", at: 0, command: { _tag: "Observe", runs: [] } },
      observed({ sweep: found("RUNNING"), own: found("running"), runs: [] }),
      reading(found("running"))
    ] as const) {
      assert.isUndefined(essence(alive, event), event._tag)
    }
  })

  it("of a look is what it changed: the sweep, the own run, or the runs of which it told something new", () => {
    const ended = { run: run("a"), attempt: 1, state: found("finished") } as const
    const other = { run: run("b"), attempt: 1, state: found("running") } as const
    const both = launched(running(), "a", "b")
    assert.deepStrictEqual(essence(both, observed({ sweep: found("RUNNING"), runs: [ended, other] })), {
      ...observed({ runs: [ended] })
    })
    for (const change of [{ sweep: found("PAUSED") }, { own: found("killed") }] as const) {
      assert.deepStrictEqual(essence(both, observed({ ...change, runs: [other] })), observed(change))
    }
    const failed = reading(found("failed"))
    assert.deepStrictEqual(essence(launched(running({ retries: 1 }), "a"), failed), failed)
    for (const miss of [reading(notThere), reading(found("pending"), notThere)]) {
      assert.deepStrictEqual(essence(alive, miss), miss)
    }
  })

  it("once the scheduler has left, is only that the next one has started", () => {
    const left = after(alive, { _tag: "SchedulerEnded", at: 0 })
    assert.isUndefined(essence(left, reading(found("finished"))))
    assert.deepStrictEqual(essence(left, started()), started())
  })
})
