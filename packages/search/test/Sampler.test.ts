import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import type { Metric } from "@sweepline/core/Metric"
import type { SamplerName } from "@sweepline/core/SamplerName"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import { Either } from "effect"
import * as Planner from "../src/Planner.js"
import * as Sampler from "../src/Sampler.js"
import * as Space from "../src/Space.js"
import { configOf, loss } from "./fixtures/sweeps.js"

describe("the sampler of a sweep", () => {
  it("is the Gaussian process up to 20 parameters that vary, and TPE beyond", () => {
    assert.strictEqual(nameOf(1), "gp")
    assert.strictEqual(nameOf(20), "gp")
    assert.strictEqual(nameOf(21), "tpe")
    const space = spaceOf({
      ...many(20),
      constant: { distribution: "constant", value: 1n },
      one: { distribution: "categorical", values: ["only"] }
    })
    assert.strictEqual(Either.getOrThrow(Sampler.choose(configOf("bayes", {}), space)).name, "gp")
  })

  it("is what the scheduler section says, in the key names of W&B and Optuna", () => {
    const rows: ReadonlyArray<readonly [scheduler: PythonDict, name: SamplerName]> = [
      [dict({ engine: "wandb" }), "gp"],
      [dict({ engine: "optuna" }), "tpe"],
      [dict({ engine: "ax" }), "gp"],
      [typed("TPESampler"), "tpe"],
      [typed("tpe"), "tpe"],
      [typed("GPSampler"), "gp"],
      [typed("CmaEsSampler"), "cmaes"],
      [typed("CMA-ES"), "cmaes"],
      [typed("QMCSampler"), "qmc"],
      [typed("RandomSampler"), "random"],
      [dict({ engine: "wandb", optimizer: "tpe", source: "x.py" }), "tpe"],
      [dict({ engine: "optuna", settings: dict({ sampler: dict({ type: "GPSampler" }) }) }), "gp"]
    ]
    for (const [scheduler, name] of rows) assert.strictEqual(nameOf(2, { scheduler }), name)
  })

  it("takes the settings that TPE has", () => {
    const args = dict({ n_startup_trials: 5n, n_ei_candidates: 48n, multivariate: true })
    const scheduler = typed("tpe", args)
    const sampler = Either.getOrThrow(Sampler.choose(configOf("bayes", {}, { scheduler }), spaceOf(many(2))))
    assert.deepStrictEqual(sampler, { name: "tpe", tpe: { startupTrials: 5, candidates: 48 } })
    const none = typed("tpe", dict({ n_startup_trials: 0n }))
    const eager = Either.getOrThrow(Sampler.choose(configOf("bayes", {}, { scheduler: none }), spaceOf(many(2))))
    assert.deepStrictEqual(eager.tpe, { startupTrials: 0 })
  })

  it("is TPE where there are several metrics, also with method: custom", () => {
    for (const method of ["bayes", "custom"] as const) {
      assert.strictEqual(nameOf(2, { method, metric: undefined, metrics: [loss, accuracy] }), "tpe")
    }
    assert.strictEqual(nameOf(2, { method: "custom", metric: loss, scheduler: dict({ engine: "optuna" }) }), "tpe")
    const several = { metric: undefined, metrics: [loss, accuracy] }
    assert.strictEqual(nameOf(2, { ...several, scheduler: dict({ engine: "ax" }) }), "gp")
  })

  it("is none where nothing says which", () => {
    const refused: ReadonlyArray<readonly [Partial<SweepConfig>, RegExp]> = [
      [{ method: "custom", metric: loss }, /your own Strategy/],
      [{ method: "custom", metric: loss, scheduler: dict({ engine: "wandb" }) }, /your own Strategy/],
      [{ metric: undefined }, /add metric/],
      [{ scheduler: typed("NSGAIISampler") }, /no sampler 'NSGAIISampler' here: name one of gp, tpe/],
      [{ scheduler: dict({ settings: dict({ sampler: dict({ type: 5n }) }) }) }, /no sampler 5 here/],
      [{ metric: undefined, metrics: [loss, accuracy], scheduler: typed("cmaes") }, /takes one metric/]
    ]
    for (const [given, message] of refused) {
      const answer = Sampler.choose(configOf("bayes", {}, given), spaceOf(many(2)))
      assert.match(Either.getOrThrow(Either.flip(answer)), message)
    }
  })

  it("searches where it is asked", () => {
    for (const type of ["gp", "tpe", "cmaes", "qmc", "random"]) {
      const config = configOf("bayes", many(2), { scheduler: typed(type), source: type })
      const trial = Either.getOrThrow(Planner.make()({ config, seed: 1, history: [] }))
      assert.strictEqual(trial?.size, 2, type)
    }
    assert.isFalse(Planner.isQuick(configOf("custom", {})))
    assert.isTrue(Planner.isQuick(configOf("grid", {})))
  })
})

const accuracy: Metric = { ...loss, name: "accuracy", goal: "maximize" }

const dict = (entries: Record<string, PythonValue>): PythonDict => new Map(Object.entries(entries))

const typed = (type: string, args: PythonDict = new Map()) =>
  dict({ settings: dict({ sampler: dict({ type, args }) }) })

const many = (count: number): Record<string, Parameter> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, { distribution: "uniform", min: 0, max: 1 }]))

const spaceOf = (parameters: Record<string, Parameter>) =>
  Either.getOrThrow(Space.make(new Map(Object.entries(parameters))))

const nameOf = (parameters: number, given: Partial<SweepConfig> = {}): SamplerName =>
  Either.getOrThrow(Sampler.choose(configOf("bayes", {}, given), spaceOf(many(parameters)))).name
