import { assert, describe, it } from "@effect/vitest"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { Effect, Option } from "effect"
import * as Abandonment from "../src/Abandonment.js"
import { sweep } from "./fixtures/reports.js"

const holder = { host: "here", pid: 7, expiresAt: 1 }

const leasedTo = (found: Option.Option<typeof holder>) =>
  SweepLease.of({
    acquire: () => Effect.die("nobody takes it here"),
    holder: () => Effect.succeed(found),
    refuseOthers: () => undefined,
    refuseLost: () => undefined
  })

const abandoned = (found: Option.Option<typeof holder>, record = sweep) =>
  Effect.provideService(Abandonment.isAbandoned(record), SweepLease, leasedTo(found))

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

  it.effect("isn't said of a sweep on a server", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* Abandonment.isAbandoned(sweep))
    })
  )
})
