import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import type { PastRun } from "@sweepline/core/Search"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either } from "effect"
import * as Identity from "../src/Identity.js"
import * as Planner from "../src/Planner.js"
import * as PriorRuns from "../src/PriorRuns.js"
import { configOf, loss, runOf } from "./fixtures/sweeps.js"

describe("start points", () => {
  it.each(["grid", "random", "gp", "tpe", "cmaes", "qmc"])("come first, in order, in a search by %s", (name) => {
    const start = [dict({ a: 3n, b: "y" }), dict({ a: 1n, b: "x" })]
    const trials = sweep(searchOf(name, discrete, { start }), 20)
    assert.deepStrictEqual(trials.slice(0, 2), start)
    if (name === "grid") {
      assert.lengthOf(trials, 8)
      assert.strictEqual(new Set(trials.map(Identity.key)).size, 8)
    }
  })

  it("may leave parameters out, also nested ones, which are drawn", () => {
    const parameters: Record<string, Parameter> = {
      lr: { distribution: "uniform", min: 0, max: 1 },
      net: {
        distribution: "nested",
        parameters: new Map<string, Parameter>([
          ["depth", { distribution: "int_uniform", min: 1, max: 1000 }],
          ["width", { distribution: "int_uniform", min: 1, max: 1000 }]
        ])
      }
    }
    const start = [dict({ net: dict({ depth: 7n }) }), dict({ lr: 0.5 })]
    const config = searchOf("gp", parameters, { start })
    const trials = sweep(config, 3)
    const [first, second] = trials
    const net = first?.get("net")
    assert.strictEqual(Identity.lookup(first ?? new Map(), ["net", "depth"]), 7n)
    assert.strictEqual(net instanceof Map && typeof net.get("width"), "bigint")
    assert.strictEqual(second?.get("lr"), 0.5)
    assert.deepStrictEqual(sweep(config, 3), trials)
    assert.notDeepEqual(sweep(config, 3, { seed: 2 })[0], first)
  })

  it("are repeated as other configurations are", () => {
    const repeats = { times: 2, over: "seed", abandon: true }
    const start = [dict({ a: 4n, b: "y" })]
    const trials = sweep(searchOf("grid", discrete, { start, repeats }), 3)
    assert.deepStrictEqual(
      trials.map((trial) => [trial.get("a"), trial.get("seed")]),
      [[4n, 0n], [4n, 1n], [1n, 0n]] // prettier-ignore
    )
  })
})

describe("prior runs", () => {
  const smooth: Record<string, Parameter> = {
    x: { distribution: "uniform", min: 0, max: 1 },
    y: { distribution: "uniform", min: 0, max: 1 }
  }
  const prior = Array.from({ length: 20 }, (_, n): PastRun => {
    const [x, y] = [((n * 7) % 20) / 20, ((n * 3) % 20) / 20]
    return runOf(n, dict({ x, y }), [(x - 0.3) * (x - 0.3) + (y - 0.7) * (y - 0.7)])
  })

  it.each(["gp", "tpe", "cmaes"])("let %s begin where they were good", (name) => {
    const config = searchOf(name, smooth)
    const trials = sweep(config, 6, { prior })
    const distance = (of: ReadonlyArray<TrialConfig>) =>
      of.reduce((sum, trial) => sum + Math.hypot(Number(trial.get("x")) - 0.3, Number(trial.get("y")) - 0.7), 0)
    assert.isBelow(distance(trials), distance(sweep(config, 6)))
    assert.deepStrictEqual(sweep(config, 6, { prior }), trials)
  })

  it.each(["grid", "random"])("mean nothing to %s", (name) => {
    const runs = [runOf(0, dict({ a: 1n, b: "x" }), [1])]
    assert.deepStrictEqual(sweep(searchOf(name, discrete), 5, { prior: runs }), sweep(searchOf(name, discrete), 5))
  })

  it("aren't repeated in a finite space, and don't end the sweep by reaching the target", () => {
    const config = searchOf("tpe", discrete, { metric: { ...loss, target: 0.5 } })
    const trials = sweep(config, 7, { prior: [runOf(0, dict({ a: 2n, b: "x" }), [0])] })
    assert.notInclude(trials.map(Identity.key), Identity.key(dict({ a: 2n, b: "x" })))
    assert.lengthOf(trials, 7)
  })

  it("of one sweep aren't those of another with the same config and seed", () => {
    const answer = Planner.make()
    const ask = (runs: ReadonlyArray<PastRun>) =>
      Either.getOrThrow(answer({ config: searchOf("gp", smooth), seed: 1, history: [], prior: runs }))
    const first = ask(prior)
    assert.notDeepEqual(ask(prior.slice(0, 15)), first)
    assert.deepStrictEqual(ask(prior), first)
  })
})

describe("PriorRuns.read", () => {
  const parameters: Record<string, Parameter> = {
    lr: { distribution: "log_uniform_values", min: 1e-3, max: 1 },
    kind: { distribution: "categorical", values: ["adam", 1n, true, null, [1n, 2n]] },
    net: {
      distribution: "nested",
      parameters: new Map<string, Parameter>([["depth", { distribution: "int_uniform", min: 1, max: 9 }]])
    },
    epochs: { distribution: "constant", value: 5n }
  }
  const config = configOf("bayes", parameters)
  const expected = dict({ epochs: 5n, kind: "adam", lr: 0.1, net: dict({ depth: 3n }) })

  it.each<[string, PythonDict]>([
    ["nested and flat", dict({ lr: 0.1, kind: "adam", net: dict({ depth: 3n }), loss: 2 })],
    ["dotted", dict({ lr: 0.1, kind: "adam", "net.depth": 3n, loss: 2n, other: "x" })],
    ["of dicts with dots", dict({ config: dict({ lr: 0.1, kind: "adam", "net.depth": 3n }), loss: 2 })],
    ["as export writes JSON", dict({ state: "finished", config: expected, summary: dict({ loss: 2 }) })],
    [
      "as export writes CSV",
      dict({ "config.lr": "0.1", "config.kind": "adam", "config.net.depth": "3", "summary.loss": "2" })
    ]
  ])("takes a row that is %s", (_, row) => {
    const { leftOut, runs } = PriorRuns.read(config, [row])
    assert.deepStrictEqual(leftOut, [])
    assert.deepStrictEqual(runs[0]?.trial, expected)
    assert.deepStrictEqual(runs[0]?.metrics.get("loss"), { count: 1, min: 2, max: 2, last: 2 })
  })

  it("finds categories by how they are written", () => {
    const kinds = ["adam", "1", "True", "null", "", "[1, 2]"].map((kind) => {
      const row = dict({ lr: "1e-2", kind, "net.depth": "3.0", loss: "1" })
      return PriorRuns.read(config, [row]).runs[0]?.trial.get("kind")
    })
    assert.deepStrictEqual(kinds, ["adam", 1n, true, null, null, [1n, 2n]])
  })

  it("finds a category that is a dict by the columns of its parts, and takes it for no null", () => {
    const values: ReadonlyArray<PythonValue> = [
      null,
      dict({ k: 1n, of: dict({ name: "a", rate: 0.5 }) }),
      dict({ k: 1n }),
      dict({ k: 1n, of: dict({ name: "b", rate: null }) })
    ]
    const kinds = configOf("bayes", { kind: { distribution: "categorical", values } })
    const rows = [
      { "config.kind": "", "config.kind.k": "1", "config.kind.of.name": "a", "config.kind.of.rate": "0.5" },
      { "config.kind": "", "config.kind.k": "1.0", "config.kind.of.name": "", "config.kind.of.rate": "" },
      { "kind.k": "1", "kind.of.name": "b", "kind.of.rate": "" },
      { "config.kind": "", "config.kind.k": "", "config.kind.of.name": "" },
      { "config.kind": "", "config.kind.k": "2", "config.kind.of.name": "" }
    ].map((row) => dict({ ...row, "summary.loss": "1" }))
    const { leftOut, runs } = PriorRuns.read(kinds, rows)
    assert.deepStrictEqual(
      runs.map(({ trial }) => trial.get("kind")),
      [values[1], values[2], values[3], null]
    )
    assert.deepStrictEqual(leftOut, [
      [
        4,
        "has a kind that isn't one of None, {'k': 1, 'of': {'name': 'a', 'rate': 0.5}}, {'k': 1}, {'k': 1, 'of': {'name': 'b', 'rate': None}}"
      ]
    ])
  })

  it("says which rows it leaves out, and why", () => {
    const row = { lr: 0.1, kind: "adam", "net.depth": 3n, loss: 2 }
    const { leftOut, runs } = PriorRuns.read(config, [
      dict(row),
      dict({ ...row, lr: 3 }),
      dict({ ...row, kind: "lion" }),
      dict({ ...row, loss: "NaN" }),
      dict({ ...row, loss: "", state: "crashed" }),
      dict({ lr: 0.1 }),
      dict({ ...row, loss: " " }),
      dict({ ...row, lr: 0.1, "net.depth": " " })
    ])
    assert.deepStrictEqual(
      runs.map(({ id, metrics, state }) => `${id} ${state} ${metrics.size}`),
      ["prior-1 finished 1", "prior-2 crashed 0"]
    )
    assert.deepStrictEqual(leftOut, [
      [1, "has a lr that isn't a number from 0.001 to 1"],
      [2, "has a kind that isn't one of 'adam', 1, True, None, [1, 2]"],
      [3, "has no number for loss"],
      [5, "has no kind"],
      [6, "has no number for loss"],
      [7, "has a net.depth that isn't a whole number from 1 to 9"]
    ])
  })

  it("takes no blank for a zero", () => {
    const zero = configOf("bayes", { x: { distribution: "uniform", min: 0, max: 1 } })
    const { leftOut } = PriorRuns.read(zero, [dict({ x: " ", loss: "1" })])
    assert.deepStrictEqual(leftOut, [[0, "has a x that isn't a number from 0 to 1"]])
  })

  it("takes what early stopping ended, and what still runs, for what it had by then", () => {
    const row = { lr: 0.1, kind: "adam", "net.depth": 3n, loss: 2 }
    const { runs } = PriorRuns.read(config, [
      dict({ ...row, state: "killed", stop: "EarlyStopped" }),
      dict({ ...row, state: "killed", stop: "Killed" }),
      dict({ ...row, state: "running" })
    ])
    assert.deepStrictEqual(
      runs.map(({ state }) => state),
      ["finished", "killed", "finished"]
    )
  })

  it.each<[string, PythonDict]>([
    ["nested", dict({ summary: dict({ val: dict({ loss: 2 }) }) })],
    ["with a dot in a summary", dict({ summary: dict({ "val.loss": 2 }) })],
    ["with dots", dict({ "summary.val.loss": "2" })],
    ["by its name", dict({ "val.loss": 2 })]
  ])("finds a metric with a dot that is given %s", (_, row) => {
    const nested = configOf("bayes", {}, { metric: { ...loss, name: "val.loss" } })
    assert.strictEqual(PriorRuns.read(nested, [row]).runs[0]?.metrics.get("val.loss")?.last, 2)
  })
})

describe("PriorRuns.fingerprint", () => {
  it("differs where trials, values or ends differ", () => {
    const [one, other] = [dict({ x: 1n }), dict({ x: 2n })]
    const lists = [
      [runOf(0, one, [1])],
      [runOf(0, other, [1])],
      [runOf(0, one, [2])],
      [runOf(0, one, [1], "failed")],
      []
    ]
    assert.strictEqual(new Set(lists.map(PriorRuns.fingerprint)).size, lists.length)
  })
})

const dict = (entries: Record<string, PythonValue>): PythonDict => new Map(Object.entries(entries))

const discrete: Record<string, Parameter> = {
  a: { distribution: "int_uniform", min: 1, max: 4 },
  b: { distribution: "categorical", values: ["x", "y"] }
}

const searchOf = (name: string, parameters: Record<string, Parameter>, rest: Partial<SweepConfig> = {}): SweepConfig =>
  name === "grid" || name === "random"
    ? configOf(name, parameters, rest)
    : configOf("bayes", parameters, {
        source: name,
        scheduler: new Map([["settings", new Map([["sampler", new Map([["type", name]])]])]]),
        ...rest
      })

const sweep = (
  config: SweepConfig,
  most: number,
  { prior, seed = 1 }: { readonly prior?: ReadonlyArray<PastRun>; readonly seed?: number } = {}
): ReadonlyArray<TrialConfig> => {
  const answer = Planner.make()
  const history: Array<PastRun> = []
  while (history.length < most) {
    const trial = Either.getOrThrow(answer({ config, seed, history, prior }))
    if (trial === undefined) break
    history.push(runOf(history.length, trial, [1 + history.length]))
  }
  return history.map(({ trial }) => trial)
}
