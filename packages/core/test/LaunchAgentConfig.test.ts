import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect } from "effect"
import * as LaunchAgentConfig from "../src/LaunchAgentConfig.js"

const folders = { runsDirectory: "/runs", workingDirectory: "/work" }

const read = (environment: Readonly<Record<string, string>>, options: Partial<LaunchAgentConfig.Options> = {}) =>
  Effect.withConfigProvider(
    LaunchAgentConfig.config({ ...folders, ...options }),
    ConfigProvider.fromMap(new Map(Object.entries(environment)), { pathDelim: "_" })
  )

describe("the failure guard", () => {
  it.effect("is switched off by WANDB_AGENT_DISABLE_FLAPPING, and by nothing else (RD35)", () =>
    Effect.gen(function* () {
      const guarded = (text: string) =>
        Effect.map(read({ WANDB_AGENT_DISABLE_FLAPPING: text }), ({ failureGuard }) => failureGuard)
      assert.isFalse(yield* guarded("true"))
      assert.isFalse(yield* guarded("True"))
      assert.isTrue(yield* guarded("false"))
      assert.isTrue(yield* guarded(""))
      assert.isTrue((yield* read({})).failureGuard)
      assert.isFalse((yield* read({}, { failureGuard: false })).failureGuard)
    })
  )
})

describe("the environment", () => {
  it.effect("says what the caller leaves open, and nothing else", () =>
    Effect.gen(function* () {
      const environment = {
        SWEEPLINE_QUEUE: "theirs",
        SWEEPLINE_KILL_GRACE: "2 seconds",
        SWEEPLINE_LAUNCH_POLL_INTERVAL: "3 seconds",
        SWEEPLINE_OUTPUT_INTERVAL: "40 millis"
      }
      const open = yield* read(environment)
      assert.deepInclude(open, { queue: "theirs", agent: "local", runsDirectory: "/runs" })
      assert.deepStrictEqual(
        [open.killGrace, open.pollInterval, open.outputInterval].map(Duration.toMillis),
        [2000, 3000, 40]
      )
      const said = yield* read(environment, { queue: "ours", killGrace: Duration.seconds(9) })
      assert.strictEqual(said.queue, "ours")
      assert.strictEqual(Duration.toSeconds(said.killGrace), 9)
    })
  )

  for (const [name, text] of [
    ["SWEEPLINE_KILL_GRACE", "soon"],
    ["SWEEPLINE_LAUNCH_POLL_INTERVAL", "-5"],
    ["SWEEPLINE_OUTPUT_INTERVAL", "0 millis"]
  ] as const) {
    it.effect(`can't say ${name}=${text}`, () =>
      Effect.map(Effect.flip(read({ [name]: text })), (error) => {
        assert.include(error.toString(), name.slice(name.lastIndexOf("_")))
      })
    )
  }
})
