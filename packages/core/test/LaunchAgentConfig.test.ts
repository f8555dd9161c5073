import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
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
