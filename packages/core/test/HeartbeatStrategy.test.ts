import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AgentCommand } from "../src/AgentCommand.js"
import { CommError } from "../src/CommError.js"
import * as HeartbeatStrategy from "../src/HeartbeatStrategy.js"
import { SchedulerError } from "../src/SchedulerError.js"
import * as Strategy from "../src/Strategy.js"
import { SweepApi } from "../src/SweepApi.js"
import { SweepId } from "../src/SweepId.js"
import { SweepNotFoundError } from "../src/SweepNotFoundError.js"
import { agent, run } from "./SchedulerModelTest.js"

const sweep = SweepId.make("k3p9x0qa")
const trial = new Map([["lr", 0.5]])
const unreachable = new CommError({ reason: "Unreachable", operation: "ask", detail: "refused", retryable: true })

const worker = (n: number, runs: ReadonlyArray<string> = []): Strategy.WorkerReport => ({
  worker: n,
  agent: agent(n),
  runs: new Map(runs.map((id) => [run(id), true])),
  idle: runs.length === 0
})

type Answer = ReadonlyArray<AgentCommand> | CommError | SweepNotFoundError

/** A strategy over a backend that answers these to each agent in turn; `told` is what it was told. */
const strategy = (answers: Record<string, ReadonlyArray<Answer>>) => {
  const told: Array<readonly [string, ReadonlyArray<string>]> = []
  const asked = new Map<string, number>()
  const api = Layer.mock(SweepApi, {
    heartbeat: ({ agent, runs }) =>
      Effect.suspend(() => {
        told.push([agent, [...runs.keys()]])
        const n = asked.get(agent) ?? 0
        asked.set(agent, n + 1)
        const answer = answers[agent]?.[n] ?? []
        return Array.isArray(answer) ? Effect.succeed(answer) : Effect.fail(answer as CommError)
      })
  })
  return Effect.map(Effect.provide(HeartbeatStrategy.make, api), ({ next }) => ({
    next: (...workers: ReadonlyArray<Strategy.WorkerReport>) => next({ sweep, workers }),
    nextOf: (sweep: SweepId, ...workers: ReadonlyArray<Strategy.WorkerReport>) => next({ sweep, workers }),
    told
  }))
}

describe("a strategy that heartbeats", () => {
  it.effect("asks every worker, also after one to whom nothing was given (B27, RD7)", () =>
    Effect.gen(function* () {
      const { next } = yield* strategy({ "agent-1": [[AgentCommand.Run({ run: run("a"), trial })]] })
      assert.deepStrictEqual(yield* next(worker(0), worker(1), worker(2)), [
        Strategy.NextRun.NotNow({ worker: 0 }),
        Strategy.NextRun.Run({ worker: 1, run: run("a"), trial }),
        Strategy.NextRun.NotNow({ worker: 2 })
      ])
    })
  )

  it.effect("tells the runs that each worker has (B50, RD8)", () =>
    Effect.gen(function* () {
      const { next, told } = yield* strategy({})
      yield* next(worker(0, ["a"]), worker(1))
      assert.deepStrictEqual(told, [
        ["agent-0", ["a"]],
        ["agent-1", []]
      ])
    })
  )

  it.effect("takes every command of an answer, in order (B53, B54, RD9)", () =>
    Effect.gen(function* () {
      const { next } = yield* strategy({
        "agent-0": [
          [
            AgentCommand.Run({ run: run("a"), trial }),
            AgentCommand.Resume({ run: run("b"), trial, attempt: undefined }),
            AgentCommand.StopRun({ run: run("c") })
          ]
        ]
      })
      assert.deepStrictEqual(yield* next(worker(0)), [
        Strategy.NextRun.Run({ worker: 0, run: run("a"), trial }),
        Strategy.NextRun.Run({ worker: 0, run: run("b"), trial }),
        Strategy.NextRun.StopRun({ run: run("c") })
      ])
    })
  )

  it.effect("takes a stop of a run for that run's, and an exit for the end of the search (RD10, RD36)", () =>
    Effect.gen(function* () {
      const { next } = yield* strategy({
        "agent-0": [[AgentCommand.StopRun({ run: run("a") })]],
        "agent-1": [[AgentCommand.Exit()]]
      })
      const answers = yield* next(worker(0, ["a"]), worker(1))
      assert.deepStrictEqual(
        answers.map(({ _tag }) => _tag),
        ["StopRun", "Exhausted"]
      )
    })
  )

  it.effect("tells of every run before it tells that nothing is left", () =>
    Effect.gen(function* () {
      const { next } = yield* strategy({
        "agent-0": [[AgentCommand.Exit()]],
        "agent-1": [[AgentCommand.Run({ run: run("a"), trial })]]
      })
      const answers = yield* next(worker(0), worker(1))
      assert.deepStrictEqual(
        answers.map(({ _tag }) => _tag),
        ["Run", "Exhausted"]
      )
    })
  )

  it.effect("fails the sweep on a command that it doesn't know, with the command's text (B53)", () =>
    Effect.gen(function* () {
      const { next } = yield* strategy({ "agent-0": [[AgentCommand.Unknown({ text: "{'type': 'dance'}" })]] })
      const error = yield* Effect.flip(next(worker(0)))
      assert.instanceOf(error, SchedulerError)
      assert.include(error.message, "{'type': 'dance'}")
    })
  )

  it.effect("keeps a failed heartbeat that worker's affair, and fails only where all fail (B52, RD33)", () =>
    Effect.gen(function* () {
      const { next } = yield* strategy({
        "agent-0": [unreachable, unreachable],
        "agent-1": [[AgentCommand.Run({ run: run("a"), trial })], unreachable]
      })
      assert.deepStrictEqual(yield* next(worker(0), worker(1)), [
        Strategy.NextRun.Run({ worker: 1, run: run("a"), trial })
      ])
      assert.strictEqual(yield* Effect.flip(next(worker(0), worker(1))), unreachable)
    })
  )

  it.effect("asks an agent again whose answer was lost, before it believes that nothing is left", () =>
    Effect.gen(function* () {
      const { next, told } = yield* strategy({
        "agent-0": [unreachable, [AgentCommand.Run({ run: run("a"), trial })]],
        "agent-1": [[AgentCommand.Exit()], [AgentCommand.Exit()]]
      })
      assert.deepStrictEqual(yield* next(worker(0), worker(1)), [Strategy.NextRun.NotNow({ worker: 1 })])
      const again = yield* next(worker(1))
      assert.deepStrictEqual(
        again.map(({ _tag }) => _tag),
        ["Run", "Exhausted"]
      )
      assert.deepStrictEqual(
        told.map(([id]) => id),
        ["agent-0", "agent-1", "agent-0", "agent-1"]
      )
    })
  )

  it.effect("takes a busy heartbeat neither for the answer that was lost nor for one that could be", () =>
    Effect.gen(function* () {
      const { next, told } = yield* strategy({
        "agent-0": [unreachable, [], [AgentCommand.Run({ run: run("a"), trial })]],
        "agent-1": [[], [AgentCommand.Exit()], [AgentCommand.Exit()], [AgentCommand.Exit()]],
        "agent-2": [unreachable]
      })
      yield* next(worker(0), worker(1), worker(2, ["z"]))
      assert.deepStrictEqual(yield* next(worker(0, ["b"]), worker(1)), [
        Strategy.NextRun.NotNow({ worker: 0 }),
        Strategy.NextRun.NotNow({ worker: 1 })
      ])
      const later = yield* next(worker(1))
      assert.deepStrictEqual(
        later.map(({ _tag }) => _tag),
        ["Run", "Exhausted"]
      )
      assert.strictEqual(told.filter(([id]) => id === "agent-2").length, 1)
    })
  )

  it.effect("asks for each sweep its own agents only, also where another one's answer was lost", () =>
    Effect.gen(function* () {
      const other = SweepId.make("m2n4b6v8")
      const { nextOf, told } = yield* strategy({
        "agent-0": [unreachable, [AgentCommand.Run({ run: run("a"), trial })]],
        "agent-2": [[AgentCommand.Exit()]]
      })
      yield* nextOf(sweep, worker(0), worker(1))
      const answers = yield* nextOf(other, worker(2))
      assert.deepStrictEqual(
        answers.map(({ _tag }) => _tag),
        ["Exhausted"]
      )
      assert.deepStrictEqual(
        told.map(([id]) => id),
        ["agent-0", "agent-1", "agent-2"]
      )
      const again = yield* nextOf(sweep, worker(1))
      assert.deepStrictEqual(
        again.map(({ _tag }) => _tag),
        ["Run", "NotNow"]
      )
    })
  )

  it.effect("is told by one answer that the sweep is gone (B51)", () =>
    Effect.gen(function* () {
      const gone = new SweepNotFoundError({ kind: "sweep", id: sweep })
      const { next } = yield* strategy({ "agent-0": [[]], "agent-1": [gone] })
      assert.strictEqual(yield* Effect.flip(next(worker(0), worker(1))), gone)
    })
  )
})

describe("a strategy of one's own", () => {
  it.effect("is a function that is asked for each idle worker, until it says that nothing is left (B20, B55)", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const { next } = Strategy.fromNextRun(({ worker: { worker } }) => {
        asked.push(worker)
        return Effect.succeed(
          worker < 2
            ? Strategy.NextRun.Run({ worker, run: run(`r${worker}`), trial })
            : Strategy.NextRun.Exhausted({ reason: "enough" })
        )
      })
      const answers = yield* next({ sweep, workers: [worker(0), worker(1, ["x"]), worker(2), worker(3)] })
      assert.deepStrictEqual(asked, [0, 2])
      assert.deepStrictEqual(
        answers.map(({ _tag }) => _tag),
        ["Run", "Exhausted"]
      )
    })
  )
})
