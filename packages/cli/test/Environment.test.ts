import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect } from "effect"
import * as Environment from "../src/Environment.js"

const lease = (text: string) =>
  Effect.mapError(Environment.lease, Environment.unusable).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SWEEPLINE_LEASE", text]]), { pathDelim: "_" }))
  )

describe("SWEEPLINE_LEASE", () => {
  it.effect("says how long a lease lasts", () =>
    Effect.map(lease("90 seconds"), (duration) => assert.strictEqual(Duration.toSeconds(duration), 90))
  )

  it.effect.each(["soon", "-3s", "0 seconds", "999 millis"])(
    "of %s is refused: a lease that doesn't last lets two schedulers work on a sweep",
    (text) =>
      Effect.map(Effect.flip(lease(text)), ({ message }) => {
        assert.match(
          message,
          /^The environment variable SWEEPLINE_LEASE can't be used: .+\. Correct it, or unset it\.$/
        )
      })
  )
})
