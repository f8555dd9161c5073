import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import type { Command } from "../src/Command.js"
import type { Event } from "../src/Event.js"
import * as Attention from "../src/internal/attention.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import {
  after,
  agent,
  answers,
  found,
  interrupt,
  item,
  launched,
  type Model,
  observed,
  read,
  run,
  running,
  started,
  step,
  suggest
} from "./SchedulerModelTest.js"

const poll: Event = { _tag: "PollDue", at: 0 }

/** What a pass asks for, worker by worker. */
const asked = (model: Model) =>
  step(model).commands.flatMap((command) => (command._tag === "Ask" ? command.workers : []))

const idle = (model: Model) => asked(after(model, observed())).flatMap((it) => (it.idle ? [it.worker] : []))

describe("a pass", () => {
  it("looks at what was pushed, with its item where it is known, and at nothing else", () => {
    const pushed = after(launched(running({ workers: 4 }), "a", "b"), answers(suggest("c", 2), suggest("d", 3)))
    const unsure = after(
      step(pushed).model,
      { _tag: "RunLaunched", at: 0, run: run("c"), attempt: 1 },
      observed(),
      poll
    )
    const look = step(unsure).commands.find((it): it is Extract<Command, { _tag: "Observe" }> => it._tag === "Observe")
    assert.deepStrictEqual(look?.runs, [
      { run: run("a"), attempt: 1, item: item("a") },
      { run: run("b"), attempt: 1, item: item("b") },
      { run: run("c"), attempt: 1 }
    ])
  })

  it("looks when something is notified, once", () => {
    const looked = after(step(running({ workers: 0 })).model, observed())
    const notified = step(after(looked, { _tag: "Notified", at: 0 }))
    assert.deepStrictEqual(notified.ids, ["observe"])
    assert.deepStrictEqual(step(after(notified.model, observed())).ids, [])
  })

  it("that is notified before a poll hears busy workers all the same (RD8)", () => {
    const looked = step(after(launched(running({ workers: 1 }), "a"), observed())).model
    const polled = step(after(looked, { _tag: "Notified", at: 0 }, poll))
    assert.deepStrictEqual(step(after(polled.model, observed())).ids, ["ask/1"])
  })

  it("doesn't keep an idle worker waiting for the look of a poll, but one that isn't registered yet", () => {
    const looked = after(launched(running(), "a"), observed())
    assert.include(step(after(looked, poll)).ids, "ask/1")
    const edited: Event = { _tag: "SweepEdited", at: 0, change: { workers: 3 }, search: false }
    const unregistered = after(launched(running(), "a", "b"), edited, observed(), poll)
    assert.deepStrictEqual(step(unregistered).ids, ["observe", "register/2"])
  })

  it("asks once for each look", () => {
    const asking = step(after(running(), observed()))
    assert.include(asking.ids, "ask/1")
    assert.deepStrictEqual(step(after(asking.model, { _tag: "Answered", at: 0, n: 1, answers: [] })).ids, [])
  })

  it("tells of each busy worker its own runs, and asks idle ones whatever others have before them", () => {
    const polled = asked(after(launched(running({ workers: 3 }), "a", "b"), poll, observed()))
    assert.deepStrictEqual(
      polled.map(({ runs }) => runs),
      [[[run("a"), true]], [[run("b"), true]], []]
    )
    assert.deepStrictEqual(idle(after(running(), answers(suggest("a", 0), suggest("b", 0)))), [1])
  })

  it("asks for what run_cap leaves, and for the preempted runs beyond it; 0 leaves any", () => {
    assert.deepStrictEqual(idle(launched(running({ workers: 4, runCap: 3 }), "a")), [1, 2])
    assert.deepStrictEqual(idle(running({ runCap: 0 })), [0, 1])
    const preempted = after(launched(running({ runCap: 1, resumesPreempted: true }), "a"), read("a", "preempted"))
    assert.deepStrictEqual(idle(preempted), [0])
    assert.strictEqual(after(preempted, answers(suggest("a"))).counts.preempted, 0)
  })

  it("asks for fewer while runs of workers go on that an edit took away, which keep their worker until they fail", () => {
    const fewer = after(launched(running({ workers: 4, retries: 1 }), "a", "b", "c", "d"), {
      _tag: "SweepEdited",
      at: 0,
      change: { workers: 2 },
      search: true
    })
    assert.strictEqual(fewer.runs.get(run("d"))?.worker, 3)
    assert.deepStrictEqual(idle(after(fewer, ...["a", "b", "c"].map((id) => read(id, "finished")))), [0])
    assert.strictEqual(after(fewer, read("d", "failed")).runs.get(run("d"))?.worker, 1)
  })

  it("waits up to a quarter longer than its turn after a failure", () => {
    const failed = (jitter: number) =>
      after(running(), { _tag: "AskFailed", at: 100, jitter, n: 0, consequence: "again", detail: "" }).asking.notBefore
    assert.deepStrictEqual([failed(0), failed(0.5), failed(1)], [2100, 2350, 2600])
  })

  it("looks for a push only where it has no item, and nobody has stopped the run", () => {
    const stop: Event = answers({ _tag: "StopRun", run: run("a") })
    const unsure = after(step(after(running(), answers(suggest("a")))).model, {
      _tag: "RunLaunched",
      at: 0,
      run: run("a"),
      attempt: 1
    })
    const looks = (model: Model) => step(after(model, read("a", "pending")), 60_000).ids.includes("recover/a#1")
    assert.isTrue(looks(unsure))
    assert.isFalse(looks(launched(running(), "a")))
    assert.isFalse(looks(after(unsure, stop)))
  })

  it("asks for a stop again and again while the sweep goes on", () => {
    const early = after(launched(running(), "a"), answers({ _tag: "StopRun", run: run("a") }))
    const failed: Event = { _tag: "RunStopFailed", at: 0, jitter: 0, run: run("a"), detail: "500" }
    const often = after(early, ...Array.from({ length: 9 }, () => failed))
    assert.include(step(often, 60_000).ids, "stop/a")
  })
})

describe("a start", () => {
  it("waits for the executable and for every worker", () => {
    const state = (workers: number, ...events: ReadonlyArray<Event>) =>
      after(SchedulerModel.initial, started({ workers }), ...events).state
    const executable: Event = { _tag: "ExecutableFound", at: 0, name: "program" }
    assert.strictEqual(state(0), "STARTING")
    assert.strictEqual(state(0, executable), "RUNNING")
    assert.strictEqual(
      state(2, executable, { _tag: "WorkerRegistered", at: 0, worker: 1, agent: agent(1) }),
      "STARTING"
    )
  })

  const before = (differs: Parameters<typeof started>[0] = {}) => after(SchedulerModel.initial, started(differs), poll)

  it("looks at nothing while it goes well, and at everything from the second poll on", () => {
    const first = step(before())
    assert.deepStrictEqual(first.ids, ["findExecutable"])
    const notified = after(first.model, { _tag: "Notified", at: 0 })
    assert.deepStrictEqual(step(notified).ids, [])
    const second = step(after(notified, poll))
    assert.deepStrictEqual(second.ids, ["observe"])
    const registering = step(after(second.model, { _tag: "ExecutableFound", at: 0, name: "program" }))
    assert.deepStrictEqual(registering.ids, ["register/0", "register/1"])
    const looked = after(registering.model, observed({ sweep: found("RUNNING") }))
    assert.deepStrictEqual(step(looked).ids, [])
    assert.deepStrictEqual(step(after(looked, poll)).ids, ["observe"])
  })

  it("that is held up hears that its sweep was ended or paused", () => {
    const end = (state: "CANCELED" | "FINISHED" | "PAUSED", differs: Parameters<typeof started>[0] = {}) =>
      after(before(differs), observed({ sweep: found(state) })).end?.reason
    assert.strictEqual(end("CANCELED"), "SweepCancelled")
    assert.strictEqual(end("FINISHED"), "SweepFinished")
    assert.strictEqual(end("PAUSED"), "Paused")
    assert.isUndefined(end("PAUSED", { onPaused: "wait" }))
  })

  it("that is held up watches the runs that are there, and leaves a paused sweep when they have ended", () => {
    const again = after(launched(running(), "a"), started(), poll, poll)
    const { commands } = step(again)
    assert.deepInclude(commands[0], { _tag: "Observe", runs: [{ run: run("a"), attempt: 1, item: item("a") }] })
    const paused = after(again, observed({ sweep: found("PAUSED") }))
    assert.strictEqual(paused.state, "STARTING")
    const ended = after(paused, read("a", "finished"))
    assert.strictEqual(ended.counts.finished, 1)
    assert.strictEqual(after(ended, observed({ sweep: found("PAUSED") })).end?.reason, "Paused")
  })
})

describe("on its way out, a scheduler", () => {
  it("pauses the sweep for an interrupt only, and writes no state that is there already (B67)", () => {
    const policy = { onInterrupt: "pause" } as const
    const spent = after(running(policy), { _tag: "SweepGivenUp", at: 0, reason: "BudgetSpent" })
    assert.deepStrictEqual(step(spent).ids, ["setSweepState/FINISHED"])
    const paused = after(running({ ...policy, onPaused: "wait" }), observed({ sweep: found("PAUSED") }), interrupt)
    assert.deepStrictEqual(step(paused).ids, ["finish"])
  })

  it("stops a push only once it is found, and runs nothing again that fails meanwhile", () => {
    const recovering = after(step(after(running(), answers(suggest("a")))).model, started(), interrupt)
    assert.deepStrictEqual(step(recovering).ids, ["recover/a#1"])
    const awaiting = { retries: 1, onInterrupt: "pause", awaitStops: 1000 } as const
    assert.strictEqual(after(launched(running(awaiting), "a"), interrupt, read("a", "failed")).counts.failed, 1)
    const finished = observed({ sweep: found("FINISHED") })
    assert.strictEqual(after(launched(running(awaiting), "a"), finished, read("a", "failed")).counts.failed, 1)
  })

  it("that lets its runs go on still hears what became of a push", () => {
    const launching = step(after(running(), answers(suggest("a")))).model
    const over = after(launching, { _tag: "SweepGivenUp", at: 0, reason: "SweepFinished" })
    assert.deepStrictEqual(step(over).ids, [])
    const pushed = after(over, { _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1 })
    assert.deepStrictEqual(step(pushed).ids, ["setSweepState/FINISHED"])
  })

  it("awaits no run that it couldn't stop where it awaits none", () => {
    let model = after(launched(running(), "a"), observed(), interrupt)
    for (let n = 0; n < 5; n++)
      model = after(model, { _tag: "RunStopFailed", at: 0, jitter: 0, run: run("a"), detail: "500" })
    assert.deepStrictEqual(step(model).ids, ["setSweepState/CANCELED"])
  })
})

describe("a clock that is set", () => {
  const set: Event = { _tag: "ClockMoved", at: 0, by: 1000 }

  it("moves every time that is waited for, and none that isn't", () => {
    const failed: Event = { _tag: "AskFailed", at: 0, jitter: 0, n: 0, consequence: "again", detail: "" }
    assert.strictEqual(after(running(), failed, set).asking.notBefore, 3000)
    assert.strictEqual(after(running(), set).asking.notBefore, 0)
    const unstopped = after(
      launched(running({ retries: 1 }), "a", "b"),
      read("b", "failed"),
      interrupt,
      { _tag: "RunStopFailed", at: 0, jitter: 0, run: run("a"), detail: "500" },
      set
    )
    assert.strictEqual(unstopped.runs.get(run("a"))?.stop?.notBefore, 3000)
    assert.strictEqual(unstopped.runs.get(run("b"))?.notBefore, 3000)
    assert.strictEqual(unstopped.end?.at, 1000)
  })

  it("matters to runs and to an end that awaits them, and to nothing else", () => {
    const moved = (model: Model) => {
      const attention = Attention.make({ pollInterval: Duration.seconds(1), here: true })
      attention(model, { now: 0, awake: 0 })
      return attention(model, { now: 9000, awake: 500 }).map(({ _tag }) => _tag)
    }
    assert.deepStrictEqual(moved(running({ runTimeout: 1 })), [])
    assert.deepStrictEqual(moved(after(running(), interrupt)), ["ClockMoved"])
    assert.deepStrictEqual(moved(launched(running(), "a")), ["ClockMoved"])
  })

  it("or a look that is late says nothing of runs that need show no sign of life", () => {
    const attention = Attention.make({ pollInterval: Duration.seconds(1), here: false })
    const model = launched(running(), "a")
    attention(model, { now: 0, awake: 0 })
    assert.deepStrictEqual(attention(model, { now: 9000, awake: 9000 }), [])
  })
})
