import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PastRun } from "@sweepline/core/Search"
import type { PythonValue } from "@sweepline/core/PythonValue"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either } from "effect"
import { createHash } from "node:crypto"
import * as Planner from "../src/Planner.js"
import { configOf, loss, runOf } from "./fixtures/sweeps.js"

const discrete: Record<string, Parameter> = {
  a: { distribution: "int_uniform", min: 1, max: 7 },
  b: { distribution: "categorical", values: ["x", 1n, 2.5, null, true] }
}

const everything: Record<string, Parameter> = {
  a: { distribution: "log_uniform_values", min: 1e-5, max: 1 },
  b: { distribution: "normal", mu: 0, sigma: 2 },
  c: { distribution: "beta", a: 2, b: 5 },
  d: { distribution: "int_uniform", min: 1, max: 50 },
  e: { distribution: "categorical", values: ["x", "y", "z"] },
  f: { distribution: "q_log_normal", mu: 1, sigma: 1, q: { value: 0.1, integer: false } },
  g: {
    distribution: "nested",
    parameters: new Map<string, Parameter>([["h", { distribution: "uniform", min: -1, max: 1 }]])
  }
}

/** Ranges that are declared linear, of what matters by its logarithm (`logarithmic`). */
const linear: Record<string, Parameter> = {
  rate: { distribution: "uniform", min: 1e-5, max: 1 },
  units: { distribution: "int_uniform", min: 8, max: 4096 },
  kind: { distribution: "categorical", values: ["x", "y"] }
}

const text = (value: PythonValue): string =>
  value instanceof Map
    ? `{${[...value].map(([name, inside]) => `${name}:${text(inside)}`).join()}}`
    : typeof value === "bigint"
      ? `${value}n`
      : String(value)

/** A search by a named sampler. */
const sampled = (type: string, rest: Partial<SweepConfig> = {}): SweepConfig =>
  configOf("bayes", everything, {
    scheduler: new Map([["settings", new Map([["sampler", new Map([["type", type]])]])]]),
    ...rest
  })

/** Something smooth to lower, of any trial's numbers. */
const cost = (value: PythonValue): number => {
  if (value instanceof Map) return [...value.values()].reduce<number>((sum, inside) => sum + cost(inside), 0)
  if (typeof value === "bigint" || typeof value === "number")
    return Math.abs(Number(value) - 0.5) / (1 + Math.abs(Number(value)))
  return value === "x" ? 0 : 1
}

/** Least at a thousandth, and 64 units. */
const logarithmic = (trial: TrialConfig): number => {
  const away = (name: string, best: number) => Math.log(Number(trial.get(name)) / best)
  return away("rate", 0.001) * away("rate", 0.001) + Math.abs(away("units", 64)) + (trial.get("kind") === "x" ? 0 : 1)
}

/**
 * The suggestions of fixed sweeps, as hashes: the same on every machine and every version of
 * Node. A change of an algorithm changes its hash, and with it what a resumed sweep suggests.
 */
describe("the suggestions of a fixed seed", () => {
  const rows: ReadonlyArray<readonly [SweepConfig, string, ((trial: TrialConfig) => number)?]> = [
    [configOf("grid", discrete), "grid"],
    [configOf("grid", discrete, { scheduler: new Map([["shuffle", true]]) }), "shuffled"],
    [configOf("random", everything), "random"],
    [configOf("bayes", everything), "bayes"],
    [configOf("bayes", linear), "bayes along skewed axes", logarithmic],
    [sampled("tpe"), "tpe"],
    [sampled("tpe", { metric: undefined, metrics: [loss, { ...loss, goal: "maximize" }] }), "two objectives"],
    [sampled("gp", { metric: undefined, metrics: [loss, { ...loss, goal: "maximize" }] }), "two objectives by gp"],
    [sampled("cmaes"), "cmaes"],
    [sampled("qmc"), "qmc"]
  ]
  for (const [config, name, lossOf = cost] of rows) {
    it(`${name}: same bytes everywhere`, () => {
      const answer = Planner.make()
      const history: Array<PastRun> = []
      const hash = createHash("sha256")
      for (let n = 0; n < 40; n++) {
        const trial = Either.getOrThrow(answer({ config, seed: 11, history }))
        hash.update(`${trial === undefined ? "exhausted" : text(trial)}\n`)
        if (trial === undefined) break
        history.push(runOf(n, trial, [lossOf(trial)], n % 9 === 4 ? "failed" : "finished"))
      }
      assert.strictEqual(hash.digest("hex").slice(0, 16), golden[name])
    })
  }
})

const golden: Record<string, string> = {
  grid: "e382e67ba6a15194",
  shuffled: "721ed74bf11188d0",
  random: "8d9b1a8af10abdb5",
  bayes: "cf11458ac4123f12",
  "bayes along skewed axes": "fe61b654574621f9",
  tpe: "c794f4353e19ffd3",
  "two objectives": "14903172ea5c444f",
  "two objectives by gp": "a43776ee64201500",
  cmaes: "7785da61f085084a",
  qmc: "f12451b77bddaabc"
}
