import { assert, describe, it } from "@effect/vitest"
import { HashMap } from "effect"
import type { UnknownRun } from "../src/Event.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import {
  after,
  answers,
  found,
  interrupt,
  launched,
  type Model,
  observed,
  type Policy,
  run,
  running,
  started,
  step,
  suggest
} from "./SchedulerModelTest.js"

const listed = (id: string, differs: Partial<UnknownRun> = {}): UnknownRun => ({
  id: run(id),
  state: "pending",
  trial: new Map(),
  attempt: 1,
  excluded: false,
  ...differs
})

/** The next scheduler's model, when the backend lists these runs. */
const restarted = (before: Model, policy: Partial<Policy>, ...runs: ReadonlyArray<UnknownRun>) =>
  after(before, started(policy, { runs }))

describe("the next scheduler", () => {
  const answered = after(running({ workers: 4 }), answers(suggest("a", 3), suggest("b", 1)))

  it("gives what was only suggested to the workers that it has; what was pushed keeps its own", () => {
    const workerOf = (model: Model, workers: number) => restarted(model, { workers }).runs.get(run("a"))?.worker
    assert.strictEqual(workerOf(answered, 2), 1)
    assert.strictEqual(workerOf(answered, 3), 0)
    assert.strictEqual(workerOf(answered, 0), 3)
    assert.strictEqual(workerOf(step(answered).model, 2), 3)
  })

  it("takes what was pushed to run until it is read", () => {
    const reading = observed({ runs: [{ run: run("a"), attempt: 1, state: found("pending") }] })
    const model = restarted(after(launched(running(), "a"), reading), {})
    assert.strictEqual(model.runs.get(run("a"))?.state, "running")
    assert.strictEqual(restarted(answered, {}).runs.get(run("a"))?.state, "pending")
  })

  it("asks again for a stop, but not for one that only the end of the scheduler before it asked for", () => {
    const stopped = { _tag: "RunStopAsked", at: 0, run: run("a") } as const
    const early = after(launched(running(), "a"), answers({ _tag: "StopRun", run: run("a") }), stopped)
    assert.deepInclude(restarted(early, {}).runs.get(run("a"))?.stop, { reason: "EarlyStopped", asked: false })
    const pausing = launched(running({ onInterrupt: "pause", awaitStops: 1000 }), "a")
    const interrupted = after(pausing, interrupt, stopped)
    assert.strictEqual(interrupted.runs.get(run("a"))?.stop?.asked, true)
    assert.isUndefined(restarted(interrupted, {}).runs.get(run("a"))?.stop)
  })

  it("of a sweep that has ended meanwhile stops what still runs, or waits for it (RD1, RD36)", () => {
    const alive = launched(running(), "a")
    const cancelled = after(alive, started({}, { sweep: "CANCELED" }))
    assert.strictEqual(cancelled.end?.reason, "SweepCancelled")
    assert.deepStrictEqual(step(cancelled).ids, ["stop/a"])
    const finished = after(alive, started({}, { sweep: "FINISHED" }))
    assert.deepInclude(finished, { sweep: "FINISHED", flush: "Finished", end: undefined })
    assert.deepStrictEqual(step(finished).ids, ["observe"])
  })
})

describe("a run that is listed at the start", () => {
  const adopting = { adoptsPending: true, resumesPreempted: true }
  const lost = (model: Model) => [...model.runs.values()].map(({ attempt, id, retried }) => [id, attempt, retried])

  it("and pending is looked for in its attempt, each on the worker that has least to do", () => {
    const model = restarted(SchedulerModel.initial, adopting, listed("a"), listed("b", { attempt: 3 }), listed("c"))
    assert.deepStrictEqual(lost(model), [
      [run("a"), 1, 0],
      [run("b"), 3, 2],
      [run("c"), 1, 0]
    ])
    assert.deepStrictEqual(
      [...model.runs.values()].map(({ worker }) => worker),
      [0, 1, 0]
    )
  })

  it("and never had an attempt is in its first", () => {
    assert.deepStrictEqual(lost(restarted(SchedulerModel.initial, adopting, listed("a", { attempt: 0 }))), [
      [run("a"), 1, 0]
    ])
  })

  it("is only counted where it is over, or where no worker could take it", () => {
    const over = listed("a", { state: "finished", attempt: 2 })
    const model = restarted(SchedulerModel.initial, adopting, over)
    assert.strictEqual(model.runs.size, 0)
    assert.strictEqual(model.counts.finished, 1)
    assert.deepStrictEqual(HashMap.unsafeGet(model.past, run("a")), { attempts: 2, retried: 1, state: "finished" })
    assert.strictEqual(restarted(SchedulerModel.initial, { ...adopting, workers: 0 }, listed("a")).runs.size, 0)
  })

  it("goes on only in a later attempt of a preempted run, where there is a worker for it", () => {
    const past = (state: "preempted" | "finished") =>
      after(launched(running(adopting), "a"), observed({ runs: [{ run: run("a"), attempt: 1, state: found(state) }] }))
    const later = listed("a", { attempt: 2 })
    assert.deepStrictEqual(lost(restarted(past("preempted"), adopting, later)), [[run("a"), 2, 0]])
    for (const model of [
      restarted(past("preempted"), adopting, listed("a")),
      restarted(past("preempted"), adopting, { ...later, state: "running" }),
      restarted(past("preempted"), { ...adopting, workers: 0 }, later),
      restarted(past("finished"), adopting, later)
    ]) {
      assert.deepStrictEqual(lost(model), [])
    }
  })

  it("is left alone while it is watched, unless a later attempt waits", () => {
    const model = restarted(launched(running(), "a"), {}, listed("a", { state: "running", attempt: 2 }))
    assert.strictEqual(model.runs.get(run("a"))?.attempt, 1)
  })
})
