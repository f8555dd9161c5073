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
) => written(state, Option.none()).pipe(Effect.provide(backend(sweeps, live, runStates)))

/** The same for sweeps called `mnist`, of which one is named. */
const named = (state: SweepState, name: string, sweeps: Readonly<Record<string, SweepState>>) =>
  written(state, Option.some(name)).pipe(Effect.provide(backend(sweeps, [], [])))

const backend = (
  sweeps: Readonly<Record<string, SweepState>>,
  live: ReadonlyArray<string>,
  runStates: ReadonlyArray<RunState>
) => {
  const records = Object.entries(sweeps).map(([id, each]) => ({
    ...sweep,
    id: SweepId.make(id),
    name: "mnist",
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
  return Layer.mergeAll(api, lease)
}

/** Which sweep is written on, or the refusal. */
const written = (state: SweepState, text: Option.Option<string>) =>
  StateChange.write(text, state).pipe(
    Effect.map(({ id }) => String(id)),
    Effect.either,
    Effect.map(Either.getOrElse((error) => error.message))
  )

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
        assert.include(refusal, "2 sweeps are worked on here: draining (mnist, FINISHED), other (mnist, RUNNING).")
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

describe("a command that names a sweep as others are named", () => {
  it.effect("means the newest of them that goes on", () =>
    Effect.gen(function* () {
      const sweeps = { newestone: "FINISHED", inbetween: "RUNNING", oldestone: "CANCELED" } as const
      for (const state of ["PAUSED", "RUNNING", "FINISHED", "CANCELED"] as const) {
        assert.strictEqual(yield* named(state, "mnist", sweeps), "inbetween")
      }
      assert.include(
        yield* named("PAUSED", "mnist", { newer: "FINISHED", older: "CANCELED" }),
        "Sweep newer is FINISHED"
      )
    })
  )

  it.effect("ends none of several that go on, and by its id the one that has it", () =>
    Effect.gen(function* () {
      const sweeps = { newestone: "RUNNING", inbetween: "PAUSED", oldestone: "FINISHED" } as const
      const refusal = yield* named("CANCELED", "mnist", sweeps)
      assert.include(
        refusal,
        "2 sweeps have this name and have not ended: newestone (mnist, RUNNING), inbetween (mnist, PAUSED)."
      )
      assert.include(refusal, "sweepline cancel newestone")
      assert.include(yield* named("FINISHED", "mnist", sweeps), "sweepline stop newestone")
      assert.strictEqual(yield* named("CANCELED", "inbetween", sweeps), "inbetween")
      assert.strictEqual(yield* named("PAUSED", "mnist", sweeps), "newestone")
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
