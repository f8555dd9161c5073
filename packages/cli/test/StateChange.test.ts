import { assert, describe, it } from "@effect/vitest"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import type { SweepState } from "@sweepline/core/SweepState"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { Effect, Either, Layer, Option } from "effect"
import * as StateChange from "../src/StateChange.js"
import { sweep } from "./fixtures/reports.js"

/** Sweeps, newest first, with the ids of those that somebody works on: which one is written on, or the refusal. */
const target = (state: SweepState, sweeps: Readonly<Record<string, SweepState>>, ...live: ReadonlyArray<string>) => {
  const records = Object.entries(sweeps).map(([id, each]) => ({
    ...sweep,
    id: SweepId.make(id),
    state: Option.some(each)
  }))
  const found = (id: string) => records.find((record) => record.id === id) ?? sweep
  const api = Layer.mock(SweepApi, {
    sweeps: Effect.succeed(records),
    sweep: (id) => Effect.succeed(found(id)),
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
      for (const state of ["PAUSED", "FINISHED", "CANCELED"] as const) {
        assert.strictEqual(yield* target(state, sweeps, "inbetween", "oldestone"), "inbetween")
        assert.strictEqual(yield* target(state, sweeps), "newestone")
      }
      assert.strictEqual(yield* target("RUNNING", sweeps, "inbetween"), "newestone")
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
