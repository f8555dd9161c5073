import { assert, it } from "@effect/vitest"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { Either } from "effect"
import * as RerunConfig from "../src/RerunConfig.js"

it("a rerun keeps how runs are run, and nothing of how they were chosen or when the sweep was to end", () => {
  const source = {
    file: "sweep.yaml",
    text: `
method: bayes
program: train.py
run_cap: 9
repeats: {times: 3, over: seed}
metric: {name: loss, target: 0.1}
early_terminate: {type: asha}
parameters: {lr: {min: 0.0, max: 1.0}}
scheduler: {start: [{lr: 0.5}], settings: {sampler: {type: tpe}}}
`
  }
  const trial = new Map<string, number | bigint>([
    ["lr", 0.5],
    ["seed", 2n]
  ])
  const text = RerunConfig.text(Either.getOrThrow(SweepConfig.parseDocument(source)), trial, 2)
  const config = Either.getOrThrow(SweepConfig.parse({ file: "rerun", text }))
  assert.deepInclude(config, { method: "random", program: "train.py", runCap: 2, repeats: undefined, start: [] })
  assert.strictEqual(config.metric?.target, undefined)
  assert.deepStrictEqual(
    [...config.parameters],
    [
      ["lr", { distribution: "constant", value: 0.5 }],
      ["seed", { distribution: "constant", value: 2n }]
    ]
  )
})

it("a rerun has the very values of the run, also those that JSON has no word for", () => {
  const values: PythonValue = [Number.POSITIVE_INFINITY, Number.NaN, -0, 1, 1n, 1e-5, 1e22, "NaN", "yes", "1", "", null]
  const trial = new Map<string, PythonValue>([
    ["all", values],
    ["inner", new Map([["a b", values]])]
  ])
  const text = RerunConfig.text(new Map(), trial, 1)
  const { parameters } = Either.getOrThrow(SweepConfig.parse({ file: "rerun", text }))
  for (const [name, value] of trial) {
    assert.deepStrictEqual(parameters.get(name), { distribution: "constant", value })
  }
})
