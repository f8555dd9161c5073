import { assert, describe, it } from "@effect/vitest"
import type { RunState } from "@sweepline/core/RunState"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import type { SweepState } from "@sweepline/core/SweepState"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { Effect, Either, Layer, Option } from "effect"
import * as StateChange from "../src/StateChange.js"
import { run, sweep } from "./fixtures/reports.js"

/** Sweeps, newest first, with the ids of those that somebody works on: which one is written on, or the refusal. */
const target = (state: SweepState, sweeps: Readonly<Record<string, SweepState>>, ...live: ReadonlyArray<string>) =>
  targetWith([], state, sweeps, ...live)

/** The same, where each sweep has runs in these states. */
const targetWith = (
  runStates: ReadonlyArray<RunState>,
  state: SweepState,
  sweeps: Readonly<Record<string, SweepState>>,
  ...live: ReadonlyArray<string>
) => {
  const records = Object.entries(sweeps).map(([id, each]) => ({
    ...sweep,
    id: SweepId.make(id),
    state: Option.some(each)
  }))
  const found = (id: string) => records.find((record) => record.id === id) ?? sweep
  const api = Layer.mock(SweepApi, {
    sweeps: Effect.succeed(records),
    sweep: (id) => Effect.succeed(found(id)),
    runs: () => Effect.succeed(runStates.map((state, n) => run(`run${n}`, { state }))),
    setSweepState: () => Effect.succeed(true)
  })
  const lease = Layer.mock(SweepLease, {
    refuseOthers: () => undefined,
    refuseLost: () => undefined,
    holder: (id) =>
      Effect.succeed(live.includes(id) ? Option.some({ host: "here", pid: 7, expiresAt: 1 }) : Option.none())
  })
  return StateChange.write(Option.none(), state).pipe(
    Effect.map(({ id }) => String(id)),
    Effect.either,
    Effect.map(Either.getOrElse((error) => error.message)),
    Effect.provide([api, lease])
  )
}

describe("a command that names no sweep", () => {
  it.effect("means the newest that somebody works on", () =>
    Effect.gen(function* () {
      const sweeps = { newestone: "PAUSED", inbetween: "RUNNING", oldestone: "RUNNING" } as const
      assert.strictEqual(yield* target("PAUSED", sweeps, "inbetween", "oldestone"), "inbetween")
      for (const state of ["PAUSED", "FINISHED", "CANCELED"] as const) {
        assert.strictEqual(yield* target(state, sweeps, "oldestone"), "oldestone")
        assert.strictEqual(yield* target(state, sweeps), "newestone")
      }
      assert.strictEqual(yield* target("RUNNING", sweeps, "inbetween"), "newestone")
    })
  )

  it.effect(
    "ends none of several that are worked on: another may be meant, also where one has only its runs to wait for",
    () =>
      Effect.gen(function* () {
        const refusal = yield* target("CANCELED", { draining: "FINISHED", other: "RUNNING" }, "draining", "other")
        assert.include(refusal, "2 sweeps are worked on here: draining (digits, FINISHED), other (digits, RUNNING).")
        assert.include(refusal, "Name the one to cancel: sweepline cancel draining")
        assert.include(yield* target("FINISHED", { a: "RUNNING", b: "RUNNING" }, "a", "b"), "sweepline stop a")
      })
  )

  it.effect("ends no older sweep that only waits", () =>
    Effect.gen(function* () {
      const sweeps = { newestone: "FINISHED", paused: "PAUSED" } as const
      const refusal = yield* target("CANCELED", sweeps)
      assert.include(refusal, "newestone, has ended")
      assert.include(refusal, "sweepline cancel paused")
      assert.include(yield* target("FINISHED", sweeps), "sweepline stop paused")
      assert.strictEqual(yield* target("RUNNING", sweeps), "paused")
    })
  )
})

describe("a sweep that has ended", () => {
  it.effect("is seen to its end where its scheduler was killed before its runs were", () =>
    Effect.gen(function* () {
      const left = (state: SweepState, ended: SweepState) => targetWith(["finished", "running"], state, { it: ended })
      assert.strictEqual(yield* left("CANCELED", "CANCELED"), "it")
      assert.strictEqual(yield* left("FINISHED", "FINISHED"), "it")
      assert.strictEqual(yield* left("RUNNING", "CANCELED"), "it")
      assert.include(yield* left("PAUSED", "FINISHED"), "what has ended stays as it is")
      assert.include(
        yield* left("CANCELED", "FINISHED"),
        "stays as it is. See to the end of its runs with: sweepline resume it"
      )
      const draining = targetWith(["running"], "CANCELED", { it: "FINISHED" }, "it")
      assert.include(yield* draining, "Ctrl-C there ends them, as does: kill -INT 7")
      const nothingLeft = targetWith(["finished", "preempted"], "CANCELED", { it: "CANCELED" })
      assert.include(yield* nothingLeft, "what has ended stays as it is")
    })
  )
})
