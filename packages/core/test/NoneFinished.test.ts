import { assert, describe, it } from "@effect/vitest"
import type { RunState } from "../src/RunState.js"
import {
  after,
  agent,
  answers,
  found,
  launched,
  type Model,
  observed,
  type Policy,
  read,
  run,
  running,
  started,
  step
} from "./SchedulerModelTest.js"

const ended = (model: Model, id: string, state: RunState, at = 0) => after(model, read(id, state, 1, at))

/** A sweep up to its run_cap, whose runs ended like this. */
const over = (policy: Partial<Policy>, states: Readonly<Record<string, RunState>>) =>
  Object.entries(states).reduce(
    (model, [id, state]) => ended(model, id, state),
    launched(running({ runCap: Object.keys(states).length, ...policy }), ...Object.keys(states))
  )

describe("a sweep of which no run finished", () => {
  it("has failed where a finished one is asked for, and is FINISHED all the same", () => {
    const model = over({ needsFinished: true }, { a: "failed", b: "crashed" })
    assert.strictEqual(model.state, "FAILED")
    assert.strictEqual(model.end?.reason, "NoneFinished")
    assert.deepStrictEqual(step(model).ids, ["setSweepState/FINISHED"])
  })

  it("has failed also where everything was tried", () => {
    const failed = ended(launched(running({ needsFinished: true }), "a"), "a", "failed")
    const exhausted = after(failed, {
      _tag: "Answered",
      at: 0,
      n: failed.asks,
      answers: [{ _tag: "Exhausted", reason: "every configuration was tried" }]
    })
    const reading = observed({ sweep: found("RUNNING") })
    assert.strictEqual(after(step(exhausted).model, reading).end?.reason, "NoneFinished")
  })

  it("has not failed where there was none to try", () => {
    const exhausted = after(
      running({ needsFinished: true }),
      answers({ _tag: "Exhausted", reason: "there is no configuration" })
    )
    assert.strictEqual(after(exhausted, observed({ sweep: found("RUNNING") })).end?.reason, "SearchExhausted")
  })

  it("is as complete as any where W&B decides (B28)", () => {
    assert.strictEqual(over({}, { a: "failed", b: "crashed" }).end?.reason, "RunCapReached")
  })

  it("has not failed where another was stopped while it worked", () => {
    for (const state of ["finished", "killed"] as const) {
      assert.strictEqual(over({ needsFinished: true }, { a: state, b: "failed" }).end?.reason, "RunCapReached")
    }
  })

  it("has failed where they were stopped because they had gone silent", () => {
    const silent = step(launched(running({ runCap: 1, needsFinished: true, runTimeout: 1000 }), "a"), 1000)
    assert.include(silent.ids, "stop/a")
    const asked = after(silent.model, { _tag: "RunStopAsked", at: 1000, run: run("a") })
    assert.strictEqual(ended(asked, "a", "killed", 1000).end?.reason, "NoneFinished")
    assert.strictEqual(ended(asked, "a", "finished", 1000).timedOut, 0)
  })

  it("and that somebody has stopped is as they wanted it", () => {
    const reading = observed({ sweep: found("FINISHED") })
    const drained = ended(after(launched(running({ needsFinished: true }), "a"), reading), "a", "failed")
    assert.strictEqual(after(drained, reading).end?.reason, "SweepFinished")
  })

  it("is known as such over a restart, and so is one of which a run had finished", () => {
    for (const [first, reason] of [
      ["finished", "RunCapReached"],
      ["failed", "NoneFinished"]
    ] as const) {
      const policy = { needsFinished: true, runCap: 2 } as const
      const again = after(ended(launched(running(policy), "a", "b"), "a", first), started(policy))
      assert.strictEqual(ended(again, "b", "crashed").end, undefined)
      const registered = after(
        again,
        { _tag: "ExecutableFound", at: 0, name: "program" },
        ...again.agents.map((_, worker) => ({ _tag: "WorkerRegistered", at: 0, worker, agent: agent(worker) }) as const)
      )
      assert.strictEqual(ended(registered, "b", "crashed").end?.reason, reason)
    }
  })
})
