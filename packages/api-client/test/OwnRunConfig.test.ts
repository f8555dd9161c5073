import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import type { PythonDict } from "@sweepline/core/PythonValue"
import * as OwnRunConfig from "../src/OwnRunConfig.js"

const from = (environment: Readonly<Record<string, string>>, given: { readonly config?: PythonDict } = {}) =>
  OwnRunConfig.fromEnvironment(new Map(Object.entries(environment)), { host: "h", ...given })
const made = (...of: Parameters<typeof from>) => Either.getOrThrow(from(...of))

describe("the own run's config", () => {
  it("is what is given, where no launch agent has started the scheduler", () => {
    const config = new Map([["queue", "q"]])
    assert.deepStrictEqual(made({ WANDB_CONFIG: '{"queue": "other"}' }, { config }), {
      id: undefined,
      entity: undefined,
      project: undefined,
      config,
      launchKeys: new Map(),
      host: "h"
    })
  })

  it("takes the id, entity and project of the environment", () => {
    const { entity, id, project } = made({ WANDB_RUN_ID: "k3p9x0qa", WANDB_ENTITY: "e", WANDB_PROJECT: "p" })
    assert.deepStrictEqual([id, entity, project], ["k3p9x0qa", "e", "p"])
  })

  it("has WANDB_CONFIG over what is given, where a launch agent has started the scheduler", () => {
    const environment = {
      WANDB_LAUNCH: "True",
      WANDB_CONFIG: '{"queue": "q", "scheduler": {"num_workers": 2}, "settings": {"trials": 5}}'
    }
    const { config } = made(environment, {
      config: new Map([
        ["queue", "a"],
        ["job", "j"]
      ])
    })
    assert.deepStrictEqual(
      [...config],
      [
        ["queue", "q"],
        ["job", "j"],
        ["scheduler", new Map([["num_workers", 2n]])],
        ["settings", new Map([["trials", 5n]])]
      ]
    )
  })

  it("is put together from shards", () => {
    const environment = { WANDB_LAUNCH: "true", WANDB_CONFIG_0: '{"a":', WANDB_CONFIG_1: " 1}", WANDB_CONFIG_3: "x" }
    assert.deepStrictEqual([...made(environment).config], [["a", 1n]])
  })

  it("keeps what queue and trace it was launched from", () => {
    const { launchKeys } = made({ WANDB_LAUNCH_QUEUE_NAME: "q", WANDB_LAUNCH_TRACE_ID: "t" })
    assert.deepStrictEqual(
      [...launchKeys],
      [
        ["launch_queue_name", "q"],
        ["launch_trace_id", "t"]
      ]
    )
  })

  it("is refused where WANDB_CONFIG is no JSON object", () => {
    for (const text of ["{", "[1]", "5"]) {
      const error = Either.getOrThrow(Either.flip(from({ WANDB_LAUNCH: "True", WANDB_CONFIG: text })))
      assert.strictEqual(error.reason, "BadLaunchConfig")
    }
  })
})
