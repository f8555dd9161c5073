import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import { RunId } from "@sweepline/core/RunId"
import { Search } from "@sweepline/core/Search"
import type { PastRun } from "@sweepline/core/Search"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Effect, Exit } from "effect"
import * as Identity from "../src/Identity.js"
import * as SearchLive from "../src/SearchLive.js"

describe("SearchLive", () => {
  it.effect("walks a grid to its end and says so", () =>
    Effect.gen(function* () {
      const search = yield* Search
      const config = configOf("grid", grid)
      const history: Array<PastRun> = []
      for (let n = 0; n < 6; n++) {
        const answer = yield* search.suggest({ config, seed: 1, history })
        assert.strictEqual(answer._tag, "Suggested")
        if (answer._tag === "Suggested") history.push(run(n, answer.trial))
      }
      assert.strictEqual(new Set(history.map(({ trial }) => Identity.key(trial))).size, 6)
      assert.strictEqual((yield* search.suggest({ config, seed: 1, history }))._tag, "Exhausted")
    }).pipe(Effect.provide(SearchLive.layer))
  )

  it.effect("answers the same after a restart, and for a history that it did not grow up with", () =>
    Effect.gen(function* () {
      for (const config of [
        configOf("grid", grid),
        { ...configOf("grid", grid), scheduler: new Map([["shuffle", true]]), source: "shuffled" },
        configOf("random", grid)
      ]) {
        const search = yield* Search
        const history: Array<PastRun> = []
        for (let n = 0; n < 5; n++) {
          const answer = yield* search.suggest({ config, seed: 1, history })
          const fresh = yield* Effect.flatMap(Search, (other) => other.suggest({ config, seed: 1, history })).pipe(
            Effect.provide(SearchLive.layer)
          )
          assert.deepStrictEqual(answer, fresh)
          if (answer._tag === "Suggested") history.push(run(n, answer.trial))
        }
        const first = yield* search.suggest({ config, seed: 1, history: [] })
        assert.strictEqual(first._tag, "Suggested")
        if (first._tag === "Suggested") assert.deepStrictEqual(first.trial, history[0]?.trial)
      }
    }).pipe(Effect.provide(SearchLive.layer))
  )

  it.effect("fails with the parameter's name where a config can't be searched", () =>
    Effect.gen(function* () {
      const search = yield* Search
      const config = configOf("grid", { lr: { distribution: "uniform", min: 0, max: 1 } })
      const error = yield* Effect.flip(search.suggest({ config, seed: 1, history: [] }))
      assert.strictEqual(error.reason, "SearchFailed")
      assert.include(error.message, "lr")
      const custom = yield* Effect.exit(search.suggest({ config: configOf("custom", grid), seed: 1, history: [] }))
      assert.isTrue(Exit.isFailure(custom))
    }).pipe(Effect.provide(SearchLive.layer))
  )

  it.effect("asks a grid of 22,500 points in constant time each", () =>
    Effect.gen(function* () {
      const search = yield* Search
      const axis: Parameter = { distribution: "int_uniform", min: 1, max: 150 }
      const config = configOf("grid", { a: axis, b: axis })
      const history: Array<PastRun> = []
      const started = performance.now()
      while (true) {
        const answer = yield* search.suggest({ config, seed: 1, history })
        if (answer._tag !== "Suggested") break
        history.push(run(history.length, answer.trial))
      }
      assert.strictEqual(history.length, 22_500)
      assert.isBelow(performance.now() - started, 3_000)
    }).pipe(Effect.provide(SearchLive.layer))
  )
})

const grid: Record<string, Parameter> = {
  a: { distribution: "int_uniform", min: 1, max: 3 },
  b: { distribution: "categorical", values: ["x", "y"] }
}

const configOf = (method: SweepConfig["method"], parameters: Record<string, Parameter>): SweepConfig => ({
  source: `${method} ${JSON.stringify(parameters)}`,
  method,
  name: undefined,
  description: undefined,
  program: undefined,
  job: undefined,
  imageUri: undefined,
  entity: undefined,
  project: undefined,
  command: undefined,
  metric: undefined,
  metrics: [],
  runCap: undefined,
  earlyTerminate: undefined,
  parameters: new Map(Object.entries(parameters)),
  launch: undefined,
  scheduler: undefined,
  controller: "cloud"
})

const run = (n: number, trial: TrialConfig): PastRun => ({
  id: RunId.make(`r${n}`),
  state: "finished",
  trial,
  metrics: new Map()
})
