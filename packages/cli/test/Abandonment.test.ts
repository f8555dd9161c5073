import { assert, describe, it } from "@effect/vitest"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Layer, Option } from "effect"
import * as Abandonment from "../src/Abandonment.js"
import { sweep } from "./fixtures/reports.js"

const holder = { host: "here", pid: 7, expiresAt: 1 }

/** Whether a sweep is abandoned where this is its scheduler, and these are the settings that `run` stored with it. */
const abandoned = (found: Option.Option<typeof holder>, record = sweep, settings = Option.some("{}")) =>
  Effect.provide(Abandonment.isAbandoned(record), [
    Layer.mock(SweepLease, {
      holder: () => Effect.succeed(found),
      refuseOthers: () => undefined,
      refuseLost: () => undefined
    }),
    Layer.mock(SweepStore, { settings: () => Effect.succeed(settings) })
  ])

describe("Abandonment", () => {
  it.effect("a sweep that goes on, with nobody who works on it", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* abandoned(Option.none()))
      assert.isFalse(yield* abandoned(Option.some(holder)))
      for (const state of ["PAUSED", "FINISHED", "CANCELED"] as const) {
        assert.isFalse(yield* abandoned(Option.none(), { ...sweep, state: Option.some(state) }), state)
      }
    })
  )

  it.effect("isn't said of a sweep on a server, nor of one that is served to agents", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* abandoned(Option.none(), sweep, Option.none()))
      assert.isFalse(yield* Abandonment.isAbandoned(sweep))
    })
  )
})
