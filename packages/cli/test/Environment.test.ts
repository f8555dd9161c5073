import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect } from "effect"
import * as Environment from "../src/Environment.js"

const lease = (text: string) =>
  Effect.mapError(Environment.lease, Environment.unusable).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SWEEPLINE_LEASE", text]]), { pathDelim: "_" }))
  )

describe("SWEEPLINE_LEASE", () => {
  it.effect.each(["90s", "1.5m", "90 seconds"])("of %s says how long a lease lasts, as the options say times", (text) =>
    Effect.map(lease(text), (duration) => assert.strictEqual(Duration.toSeconds(duration), 90))
  )

  it.effect.each(["soon", "-3s", "0s", "999ms"])(
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
