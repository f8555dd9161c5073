import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AgentId } from "../src/AgentId.js"
import { RunId } from "../src/RunId.js"
import type { RunState } from "../src/RunState.js"
import * as Strategy from "../src/Strategy.js"
import { SweepApi } from "../src/SweepApi.js"
import { SweepId } from "../src/SweepId.js"
import { record } from "./fixtures/records.js"

describe("a strategy that resumes what was preempted", () => {
  it.effect("gives idle workers the preempted runs first, oldest first, and asks for the others", () =>
    Effect.gen(function* () {
      const answers = yield* next([idle(0), busy(1), idle(2), idle(3)])
      assert.deepStrictEqual(answers, [
        Strategy.NextRun.Run({ worker: 0, run: RunId.make("b"), trial: trialOf("b") }),
        Strategy.NextRun.Run({ worker: 2, run: RunId.make("d"), trial: trialOf("d") }),
        Strategy.NextRun.NotNow({ worker: 1 }),
        Strategy.NextRun.NotNow({ worker: 3 })
      ])
    }).pipe(Effect.provide(backend({ a: "finished", b: "preempted", c: "running", d: "preempted" })))
  )

  it.effect("isn't asked at all while there are enough of them", () =>
    Effect.gen(function* () {
      const answers = yield* next([idle(0)])
      assert.deepStrictEqual(
        answers.map(({ _tag }) => _tag),
        ["Run"]
      )
    }).pipe(Effect.provide(backend({ a: "preempted" })))
  )

  it.effect("lists no runs for workers that are all busy", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* next([busy(0)]), [Strategy.NextRun.NotNow({ worker: 0 })])
    }).pipe(Effect.provide(Layer.mock(SweepApi, { runs: () => Effect.dieMessage("listed") })))
  )
})

const sweep = SweepId.make("k3p9x0qa")
const trialOf = (id: string) => new Map([["x", id]])

/** What workers are answered whose strategy has nothing for anybody now. */
const next = (workers: ReadonlyArray<Strategy.WorkerReport>) =>
  Effect.flatMap(
    Strategy.resumingPreempted({
      next: ({ workers }) => Effect.succeed(workers.map(({ worker }) => Strategy.NextRun.NotNow({ worker })))
    }),
    (strategy) => strategy.next({ sweep, workers })
  )

const idle = (worker: number): Strategy.WorkerReport => ({
  worker,
  agent: AgentId.make(`agent-${worker}`),
  runs: new Map(),
  idle: true
})

const busy = (worker: number): Strategy.WorkerReport => ({
  ...idle(worker),
  runs: new Map([[RunId.make("c"), true]]),
  idle: false
})

const backend = (runs: Readonly<Record<string, RunState>>) =>
  Layer.mock(SweepApi, {
    runs: () => Effect.succeed(Object.entries(runs).map(([id, state]) => record(id, state, { trial: trialOf(id) })))
  })
