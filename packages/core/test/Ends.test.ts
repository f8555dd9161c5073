import { assert, describe, it } from "@effect/vitest"
import type { Command } from "../src/Command.js"
import type { Event } from "../src/Event.js"
import {
  after,
  answers,
  interrupt,
  launched,
  type Model,
  notThere,
  observed,
  run,
  running,
  started,
  step,
  suggest
} from "./SchedulerModelTest.js"

describe("an end", () => {
  const miss = (reading: Parameters<typeof observed>[0]) => [observed(reading), observed(reading)]
  const ends: ReadonlyArray<readonly [string, ReadonlyArray<Event>]> = [
    ["NoExecutable", [{ _tag: "ExecutableMissing", at: 0, detail: "not there" }]],
    ["RegistrationRefused", [{ _tag: "WorkerRefused", at: 0, worker: 0, detail: "not there" }]],
    ["SweepLost", [{ _tag: "AskFailed", at: 0, jitter: 0, n: 0, consequence: "SweepLost", detail: "not there" }]],
    ["BrokenScript", [{ _tag: "SweepGivenUp", at: 0, reason: "BrokenScript", detail: "not there" }]],
    ["Defect", [{ _tag: "CommandDied", at: 0, command: { _tag: "Observe", runs: [] }, detail: "not there" }]],
    ["SweepLost", miss({ sweep: notThere })],
    ["OwnRunFailed", miss({ own: notThere })]
  ]

  it.each(ends)("as %s says what has happened, and changes none that was before it (RD5)", (reason, events) => {
    assert.deepStrictEqual(after(running(), ...events).end, {
      reason: reason as "Defect",
      at: 0,
      detail: "not there",
      signal: undefined
    })
    const interrupted = after(running(), interrupt)
    assert.deepInclude(interrupted.end, { reason: "Interrupted", signal: "SIGINT" })
    assert.strictEqual(after(interrupted, ...events).end, interrupted.end)
  })
})

describe("a bug in what carries out a command", () => {
  const died = (model: Model, command: Command): Model =>
    after(model, { _tag: "CommandDied", at: 0, command, detail: "TypeError" })
  const launching = step(after(running(), answers(suggest("a")))).model

  it("is no reason not to leave", () => {
    assert.isTrue(died(after(running(), interrupt), { _tag: "Finish", exitCode: 1 }).left)
    const written = died(step(after(running(), interrupt)).model, { _tag: "SetSweepState", state: "CANCELED" })
    assert.deepStrictEqual(step(written).ids, ["finish"])
  })

  it("lets go of a run whose stop it was", () => {
    const stopping = step(after(launched(running(), "a"), interrupt)).model
    const gone = died(stopping, { _tag: "StopRun", run: run("a"), reason: "Killed" })
    assert.strictEqual(gone.counts.killed, 1)
    assert.deepStrictEqual(step(gone).ids, ["setSweepState/CANCELED"])
  })

  it("takes a run whose push it was for pushed, so that it is stopped", () => {
    const recovering = after(launching, started())
    for (const [model, _tag] of [
      [launching, "Launch"],
      [recovering, "Recover"]
    ] as const) {
      assert.deepStrictEqual(step(died(model, { _tag, run: run("a"), attempt: 1 })).ids, ["stop/a"])
      for (const other of [
        { _tag, run: run("a"), attempt: 2 },
        { _tag, run: run("z"), attempt: 1 }
      ] as const) {
        assert.strictEqual(died(model, other).runs, model.runs)
      }
    }
  })
})

describe("a run that is stopped before it was pushed", () => {
  const answered = after(running(), answers(suggest("a")))
  const asked: Event = { _tag: "RunStopAsked", at: 0, run: run("a") }

  it("is let go of as killed once the backend knows (RD17)", () => {
    const early = after(answered, answers({ _tag: "StopRun", run: run("a") }))
    assert.deepStrictEqual(step(early).ids, ["observe", "stop/a"])
    const gone = after(early, asked)
    assert.strictEqual(gone.runs.size, 0)
    assert.strictEqual(gone.counts.killed, 1)
  })

  it("has failed where the queue refused it", () => {
    const refused = after(step(answered).model, {
      _tag: "LaunchFailed",
      at: 0,
      jitter: 0,
      run: run("a"),
      attempt: 1,
      outcome: "refused",
      detail: "no queue"
    })
    assert.strictEqual(after(refused, asked).counts.failed, 1)
  })

  it("and that nobody waits for comes back where an interrupt only pauses", () => {
    const counts = (onInterrupt: "pause" | "cancel") =>
      after(launched(running({ onInterrupt }), "a"), interrupt, asked).counts
    assert.strictEqual(counts("pause").preempted, 1)
    assert.strictEqual(counts("cancel").killed, 1)
  })

  it("at the end is not looked for in the queue for ever", () => {
    const unknown: Event = {
      _tag: "LaunchFailed",
      at: 0,
      jitter: 0,
      run: run("a"),
      attempt: 1,
      outcome: "unknown",
      detail: "unreachable"
    }
    const tries = (model: Model, n: number) => after(model, ...Array.from({ length: n }, () => unknown))
    const recovering = after(step(answered).model, started())
    const phase = (model: Model) => model.runs.get(run("a"))?.phase
    assert.strictEqual(phase(tries(recovering, 10)), "Recovering")
    const over = after(recovering, interrupt)
    assert.deepStrictEqual(step(after(step(over).model, unknown), 2000).ids, ["recover/a#1"])
    assert.strictEqual(phase(tries(over, 4)), "Recovering")
    assert.strictEqual(phase(tries(over, 5)), "Managed")
    assert.deepStrictEqual(step(tries(over, 5)).ids, ["stop/a"])
  })
})
