import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import type { Event } from "../src/Event.js"
import type { PolicyChange } from "../src/Policy.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import {
  after,
  agent,
  aimed,
  answers,
  anyEvent,
  anyPolicy,
  found,
  launched,
  type Model,
  observed,
  run,
  running,
  step,
  suggest
} from "./SchedulerModelTest.js"

const edited = (change: PolicyChange, search = false, at = 0): Event => ({ _tag: "SweepEdited", at, change, search })

const ended = (model: Model, ...ids: ReadonlyArray<string>) =>
  after(model, observed({ runs: ids.map((id) => ({ run: run(id), attempt: 1, state: found("finished" as const) })) }))

/** The workers that are asked for in two passes, with a look in between. */
const asked = (model: Model) => {
  const first = step(model)
  const second = step(after(first.model, observed({ sweep: found("RUNNING") })))
  return [...first.commands, ...second.commands].flatMap((command) =>
    command._tag === "Ask" ? command.workers.flatMap(({ idle, worker }) => (idle ? [worker] : [])) : []
  )
}

describe("an edit of a live sweep", () => {
  it("that raises run_cap opens a sweep again that waits for its last runs", () => {
    const capped = launched(running({ runCap: 2 }), "a", "b")
    assert.strictEqual(capped.flush, "RunCap")
    const raised = after(capped, edited({ runCap: 3 }))
    assert.strictEqual(raised.state, "RUNNING")
    assert.deepStrictEqual(asked(ended(raised, "a")), [0])
  })

  it("that lowers run_cap below what was launched lets that go on, and then ends", () => {
    const lowered = after(launched(running({ runCap: 10 }), "a", "b"), edited({ runCap: 1 }))
    assert.strictEqual(lowered.flush, "RunCap")
    assert.deepStrictEqual([...lowered.runs.keys()], ["a", "b"])
    assert.strictEqual(ended(lowered, "a", "b").end?.reason, "RunCapReached")
  })

  it("that changes what there is to try asks a search again that had nothing more", () => {
    const exhausted = after(launched(running(), "a"), answers({ _tag: "Exhausted", reason: "all tried" }))
    assert.strictEqual(after(exhausted, edited({ runCap: 9 })).flush, "Exhausted")
    assert.strictEqual(after(exhausted, edited({}, true)).state, "RUNNING")
  })

  it("wakes no sweep that is paused", () => {
    const paused = after(running({ onPaused: "wait" }), observed({ sweep: found("PAUSED") }))
    assert.strictEqual(after(paused, edited({ runCap: 9 }, true)).flush, "Paused")
  })

  it("is followed by a look and by what is asked then", () => {
    const asking = step(after(step(running()).model, observed())).model
    const idle = after(asking, { _tag: "Answered", at: 0, n: 1, answers: [] })
    assert.deepStrictEqual(step(idle).ids, [])
    assert.deepStrictEqual(step(after(idle, edited({ runCap: 9 }))).ids, ["observe", "ask/2"])
  })

  it("that adds workers registers them, and then asks for them", () => {
    const more = step(after(launched(running(), "a", "b"), edited({ workers: 3 })))
    assert.include(more.ids, "register/2")
    const registered = after(more.model, { _tag: "WorkerRegistered", at: 0, worker: 2, agent: agent(2) })
    assert.deepStrictEqual(asked(after(registered, observed())), [2])
  })

  it("that takes workers away stops nothing, and starts nothing until as few run", () => {
    const fewer = after(launched(running({ workers: 3 }), "a", "b", "c"), edited({ workers: 2 }))
    assert.strictEqual(fewer.runs.size, 3)
    assert.deepStrictEqual(asked(ended(fewer, "a")), [])
    assert.deepStrictEqual(asked(ended(fewer, "a", "c")), [0])
  })

  it("gives what was only suggested to the workers that are left", () => {
    const suggested = after(running({ workers: 4 }), answers(suggest("a", 3)))
    assert.strictEqual(after(suggested, edited({ workers: 2 })).runs.get(run("a"))?.worker, 1)
  })

  it("moves the deadline", () => {
    const model = after(running({ deadline: 1000 }), edited({ deadline: 9000 }))
    assert.notInclude(step(model, 1000).ids, "end/DeadlineReached")
    assert.deepStrictEqual(step(model, 9000).ids, ["end/DeadlineReached"])
    assert.strictEqual(step(after(model, edited({ deadline: null })), 1e9).wakeAt, Number.POSITIVE_INFINITY)
  })

  it("comes too late for a sweep that has ended", () => {
    const over = after(running(), { _tag: "SweepGivenUp", at: 0, reason: "BudgetSpent" })
    assert.strictEqual(after(over, edited({ workers: 8 })), over)
  })
})

describe("the laws, with edits at any time", () => {
  const edits = FastCheck.record({
    at: FastCheck.nat(100_000),
    search: FastCheck.boolean(),
    change: FastCheck.record(
      { workers: FastCheck.integer({ min: 1, max: 4 }), runCap: FastCheck.integer({ min: 1, max: 5 }) },
      { requiredKeys: [] }
    )
  }).map(({ at, change, search }) => edited(change, search, at))
  const history = FastCheck.array(
    FastCheck.oneof({ weight: 5, arbitrary: anyEvent }, { weight: 1, arbitrary: edits }),
    {
      maxLength: 40
    }
  )

  it.prop("deciding again yields nothing, and no worker has two runs on their way", [history], ([events]) => {
    let model = running(anyPolicy)
    for (const event of events) {
      const stepped = step(SchedulerModel.apply(model, aimed(model, event)), event.at)
      assert.deepStrictEqual(SchedulerModel.decide(stepped.model, event.at).commands, [])
      const workers = stepped.commands.flatMap((command) =>
        command._tag === "Launch" ? [stepped.model.runs.get(command.run)?.worker] : []
      )
      assert.strictEqual(new Set(workers).size, workers.length)
      model = stepped.model
    }
  })

  it.prop("nothing is decided that is in flight, nor anything by who has left", [history], ([events]) => {
    let model = running(anyPolicy)
    for (const event of events) {
      // Signs to look may come at any time.
      const told = SchedulerModel.apply(SchedulerModel.apply(model, aimed(model, event)), {
        _tag: "PollDue",
        at: event.at
      })
      const stepped = step(told, event.at)
      assert.deepStrictEqual(
        stepped.ids.filter((id) => told.left || told.inFlight.has(id)),
        []
      )
      model = stepped.model
    }
    const left = SchedulerModel.apply(model, { _tag: "SchedulerEnded", at: 200_000 })
    assert.deepStrictEqual(SchedulerModel.decide(left, 200_000).commands, [])
  })

  it.prop("an edit changes no run that was launched, and stops none", [history, edits], ([events, edit]) => {
    const model = events.reduce(
      (before, event) => step(SchedulerModel.apply(before, aimed(before, event)), event.at).model,
      running()
    )
    const after_ = SchedulerModel.apply(model, edit)
    for (const before of model.runs.values()) {
      const { phase, stop } = after_.runs.get(before.id) ?? assert.fail()
      assert.deepStrictEqual([phase, stop], [before.phase, before.stop])
    }
    assert.strictEqual(after_.past, model.past)
  })
})
