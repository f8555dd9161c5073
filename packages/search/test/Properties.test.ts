import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import { isDict } from "@sweepline/core/PythonValue"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as RunMetrics from "@sweepline/core/RunMetrics"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either, FastCheck } from "effect"
import * as Identity from "../src/Identity.js"
import * as Planner from "../src/Planner.js"
import * as Space from "../src/Space.js"
import { configOf, loss, runOf } from "./fixtures/sweeps.js"

/** What holds of every way to search. */
const samplers = ["gp", "tpe", "cmaes", "qmc", "random"] as const
const learning = ["gp", "tpe", "cmaes"] as const
const states: ReadonlyArray<RunState> = ["finished", "failed", "running", "finished", "killed", "preempted", "pending"]

describe.each(samplers)("the search by %s", (sampler) => {
  it("gives the same bytes for the same seed, wherever it starts in a history", () => {
    const config = searchOf(sampler, mixed)
    const history = sweep(config, 30, cost)
    for (const n of [0, 1, 9, 10, 11, 22, 29]) {
      assert.deepStrictEqual(ask(config, history.slice(0, n)), history[n]?.trial, String(n))
    }
    // Later, whatever the seed, a model may lead to the one best point.
    const early = history.slice(0, 5)
    assert.notDeepEqual(ask(config, early, 2), ask(config, early))
  })

  it("stays inside the bounds of any space", () => {
    FastCheck.assert(
      FastCheck.property(arbitraryParameters, FastCheck.nat(1000), (parameters, seed) => {
        const config = searchOf(sampler, parameters)
        for (const { trial } of sweep(config, 14, cost, seed)) assertInside(parameters, trial)
      }),
      { numRuns: 15, seed: 1 }
    )
  })

  it.each(Object.keys(oddHistories))("suggests something sensible where the runs are %s", (name) => {
    const config = searchOf(sampler, mixed)
    const history: Array<PastRun> = []
    for (let n = 0; n < 16; n++) {
      const trial = ask(config, history)
      assertInside(mixed, trial)
      const [rows, state] = oddHistories[name]?.(n) ?? [[], "finished"]
      history.push(reporting(n, trial, rows, state))
    }
  })
})

describe.each(learning)("the search by %s", (sampler) => {
  it("maximises what it would minimise turned around, in any space and whatever was reported", () => {
    const reports = FastCheck.array(FastCheck.tuple(arbitraryReport, FastCheck.constantFrom(...states)), {
      minLength: 12,
      maxLength: 20
    })
    FastCheck.assert(
      FastCheck.property(arbitraryParameters, reports, FastCheck.nat(1000), (parameters, rows, seed) => {
        const down = Planner.make()
        const up = Planner.make()
        const history: Array<PastRun> = []
        const mirrored: Array<PastRun> = []
        for (const [n, [values, state]] of [...rows, [[], "finished"] as const].entries()) {
          const trial = Either.getOrThrow(down({ config: searchOf(sampler, parameters), seed, history }))
          const config = searchOf(sampler, parameters, { ...loss, goal: "maximize" })
          assert.deepStrictEqual(Either.getOrThrow(up({ config, seed, history: mirrored })), trial)
          history.push(runOf(n, trial ?? new Map(), values, state))
          const turned = values.map((value) => 0 - value)
          mirrored.push(runOf(n, trial ?? new Map(), turned, state))
        }
      }),
      { numRuns: 10, seed: 1 }
    )
  })

  it("repeats no point of a finite space while others are left, however its runs fare", () => {
    FastCheck.assert(
      FastCheck.property(finiteParameters, FastCheck.nat(1000), (parameters, seed) => {
        const config = searchOf(sampler, parameters)
        const { points } = Either.getOrThrow(Space.make(config.parameters))
        const answer = Planner.make()
        const history: Array<PastRun> = []
        for (let n = 0; n < points; n++) {
          const trial = Either.getOrThrow(answer({ config, seed, history })) ?? new Map()
          history.push(runOf(n, trial, n % 5 === 0 ? [] : [Number(trial.get("a"))], states[n % states.length]))
        }
        assert.strictEqual(new Set(history.map(({ trial }) => Identity.key(trial))).size, points)
        assertInside(parameters, ask(config, history))
      }),
      { numRuns: 6, seed: 1 }
    )
  })

  it("suggests each point of a range that was edited, runs beyond its ends being none of them", () => {
    const config = searchOf(sampler, { a: { distribution: "int_uniform", min: 1, max: 12 } })
    const history = Array.from({ length: 40 }, (_, n) => runOf(n, new Map([["a", BigInt(13 + n)]]), [n]))
    for (let n = 40; n < 52; n++) history.push(runOf(n, ask(config, history), [n]))
    assert.strictEqual(new Set(history.map(({ trial }) => trial.get("a"))).size, 52)
  })

  it("isn't misled by runs far outside of ranges that were edited", () => {
    const wide = (min: number, max: number): Record<string, Parameter> =>
      Object.fromEntries(["x", "y", "z"].map((name) => [name, { distribution: "uniform", min, max }]))
    const bowl = (trial: TrialConfig) =>
      ["x", "y", "z"].reduce(
        (sum, name, k) => sum + (k + 1) * (Number(trial.get(name)) - 1) * (Number(trial.get(name)) - 1),
        0
      )
    const config = searchOf(sampler, wide(-1, 2))
    const history = [...sweep(searchOf("random", wide(-4, -2)), 40, bowl)]
    const found = [1, 2, 3].map((seed) => {
      const runs = [...history]
      for (let n = 40; n < 60; n++) {
        const trial = ask(config, runs, seed)
        runs.push(runOf(n, trial, [bowl(trial)]))
      }
      return Math.min(...runs.slice(40).map(({ trial }) => bowl(trial)))
    })
    assert.isBelow(found.toSorted((a, b) => a - b)[1] ?? 9, 1)
  })

  it("does better than chance", () => {
    const total = (name: string) =>
      [1, 2, 3].reduce((sum, seed) => sum + minimum(sweep(searchOf(name, mixed), 50, cost, seed)), 0)
    assert.isBelow(total(sampler), total("random"))
  })
})

describe("large spaces", () => {
  const trialOf = (parameters: Record<string, Parameter>, history: ReadonlyArray<PastRun>, name?: string) =>
    ask(name === undefined ? configOf("bayes", parameters) : searchOf(name, parameters), history)

  it("of 1,000 dimensions have a suggestion after any number of runs", () => {
    const parameters = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [
        `x${i}`,
        i % 3 === 0 ? { distribution: "int_uniform", min: 0, max: 9 } : { distribution: "uniform", min: -1, max: 1 }
      ])
    ) satisfies Record<string, Parameter>
    const random = sweep(configOf("random", parameters), 30, (trial) => Math.abs(Number(trial.get("x1"))))
    for (const n of [0, 1, 30]) assertInside(parameters, trialOf(parameters, random.slice(0, n)))
    assertInside(parameters, trialOf(parameters, random, "cmaes"))
  })

  it("with 10,000 categories have one, too", () => {
    const parameters: Record<string, Parameter> = {
      c: { distribution: "categorical", values: Array.from({ length: 10_000 }, (_, i) => `c${i}`) },
      x: { distribution: "uniform", min: 0, max: 1 }
    }
    const random = sweep(configOf("random", parameters), 40, (trial) => Number(trial.get("x")))
    for (const name of samplers) {
      for (const n of [0, 1, 40]) assertInside(parameters, trialOf(parameters, random.slice(0, n), name))
    }
  })

  it.each(learning)("whose draws are nearly always the same few points repeat none by %s", (name) => {
    const rare: Parameter = { distribution: "categorical_w_probabilities", values: [0n, 1n], probabilities: [1, 1e-9] }
    const spaces: ReadonlyArray<Record<string, Parameter>> = [
      { x: { distribution: "q_log_normal", mu: 0, sigma: 3, q: { value: 1000, integer: true } } },
      Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`x${i}`, rare]))
    ]
    for (const parameters of spaces) {
      const history = sweep(searchOf(name, parameters), 40, (trial) => (Number([...trial.values()][0]) * 7) % 11)
      assert.strictEqual(new Set(history.map(({ trial }) => Identity.key(trial))).size, 40)
    }
  })

  it("of one value for everything still have a trial", () => {
    const parameters: Record<string, Parameter> = {
      a: { distribution: "constant", value: 1n },
      b: { distribution: "categorical", values: ["only"] }
    }
    const trial = new Map<string, PythonValue>([
      ["a", 1n],
      ["b", "only"]
    ])
    for (const name of samplers) {
      for (const n of [0, 12]) {
        const history = Array.from({ length: n }, (_, i) => runOf(i, trial, [i]))
        assert.deepStrictEqual(trialOf(parameters, history, name), trial)
      }
    }
  })
})

describe("the target", () => {
  it.each([...samplers, "grid"] as const)("ends the search by %s once a run has reached it", (name) => {
    const metric: Metric = { ...loss, target: 0.5 }
    const config = name === "grid" ? configOf("grid", discrete, { metric }) : searchOf(name, discrete, metric)
    const answer = Planner.make()
    const trial = new Map<string, PythonValue>([["a", 1n]])
    const above = [runOf(0, trial, [0.6, 0.51]), runOf(1, trial, [], "failed")]
    assert.isDefined(Either.getOrThrow(answer({ config, seed: 1, history: above })))
    const reached = [...above, runOf(2, trial, [0.9, 0.5, 0.7], "running")]
    assert.isUndefined(Either.getOrThrow(answer({ config, seed: 1, history: reached })))
  })

  it("ends it however a run that was looked at before goes on, and for good", () => {
    const config = configOf("grid", discrete, { metric: { ...loss, target: 0.5 } })
    const answer = Planner.make()
    const ask = (...history: ReadonlyArray<PastRun>) => Either.getOrThrow(answer({ config, seed: 1, history }))
    const run = (n: number, value: number, state?: RunState) => runOf(n, new Map([["a", 1n]]), [value], state)
    assert.isDefined(ask(run(0, 0.9, "running"), run(1, 0.9)))
    for (const state of ["running", "finished", "finished"] as const) {
      assert.isUndefined(ask(run(0, 0.5, state), run(1, 0.9)))
    }
  })
})

describe("a planner", () => {
  it("answers each ask by itself, whatever it was asked before", () => {
    const answer = Planner.make()
    const shuffled = configOf("grid", discrete, { scheduler: new Map([["shuffle", true]]) })
    for (const config of [configOf("random", mixed), shuffled]) {
      for (const seed of [1, 2, 1]) {
        const ask = { config, seed, history: [] }
        assert.deepStrictEqual(answer(ask), Planner.make()(ask))
      }
    }
  })

  it("walks a grid in the written order unless it is told to shuffle", () => {
    const scheduler = new Map([["shuffle", false]])
    const ask = { config: configOf("grid", discrete, { scheduler }), seed: 1, history: [] }
    assert.deepStrictEqual(Either.getOrThrow(Planner.make()(ask)), new Map([["a", 1n]]))
  })
})

const discrete: Record<string, Parameter> = { a: { distribution: "int_uniform", min: 1, max: 9 } }

const mixed: Record<string, Parameter> = {
  lr: { distribution: "log_uniform_values", min: 1e-4, max: 1 },
  depth: { distribution: "int_uniform", min: 1, max: 12 },
  dropout: { distribution: "q_uniform", min: 0, max: 0.5, q: { value: 0.1, integer: false } },
  kind: { distribution: "categorical", values: ["adam", "sgd", "lion"] },
  scale: { distribution: "normal", mu: 0, sigma: 1 },
  fixed: { distribution: "constant", value: 1n }
}

const cost = (trial: TrialConfig): number => {
  const number = (name: string, otherwise: number) => Number(trial.get(name) ?? otherwise)
  const lr = Math.log10(number("lr", 1e-2)) + 2
  const depth = (number("depth", 6) - 6) / 6
  return lr * lr + depth * depth + Math.abs(number("scale", 0)) + (trial.get("kind") === "sgd" ? 1 : 0)
}

/** What runs may report instead of a plain number, and how they end. */
const oddHistories: Record<string, (n: number) => readonly [ReadonlyArray<PythonValue | undefined>, RunState]> = {
  "not numbers": () => [[Number.NaN], "finished"],
  infinite: (n) => [[n % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, n], "finished"],
  "only infinite": () => [[Number.NEGATIVE_INFINITY], "finished"],
  "without the metric": () => [[undefined], "finished"],
  boolean: (n) => [[n % 2 === 0], "finished"],
  textual: () => [["0.5", "NaN", ""], "finished"],
  "all failed": () => [[], "failed"],
  "all failed after a value": (n) => [[n], "crashed"],
  "all the same": () => [[0.25], "finished"],
  "all pending": () => [[], "pending"],
  "all running": (n) => [[n], "running"],
  "partly preempted or unknown": (n) => [[n], n % 2 === 0 ? "preempted" : "unknown"],
  "as far apart as numbers go": (n) => [[n % 2 === 0 ? 1.7e308 : -1.7e308], "finished"],
  "as near as numbers go": (n) => [[n % 2 === 0 ? 5e-324 : 0], "finished"],
  "ints beyond 2^53": (n) => [[10n ** 30n + BigInt(n)], "finished"],
  "good once": (n) => [n === 4 ? [1] : [], n === 4 ? "finished" : "failed"],
  "killed on the way": (n) => [[5, 4, n], "killed"]
}

const searchOf = (sampler: string, parameters: Record<string, Parameter>, metric: Metric = loss): SweepConfig =>
  configOf("bayes", parameters, {
    metric,
    source: `${sampler} ${metric.goal} ${Object.keys(parameters).join()}`,
    scheduler: new Map([["settings", new Map([["sampler", new Map([["type", sampler]])]])]])
  })

const ask = (config: SweepConfig, history: ReadonlyArray<PastRun>, seed = 1): TrialConfig =>
  Either.getOrThrow(Planner.make()({ config, seed, history })) ?? assert.fail("nothing was suggested")

const sweep = (
  config: SweepConfig,
  runs: number,
  costOf: (trial: TrialConfig) => number,
  seed = 1
): ReadonlyArray<PastRun> => {
  const answer = Planner.make()
  const history: Array<PastRun> = []
  for (let n = 0; n < runs; n++) {
    const trial = Either.getOrThrow(answer({ config, seed, history })) ?? assert.fail("nothing was suggested")
    history.push(runOf(n, trial, [costOf(trial)], n % 9 === 4 ? "failed" : "finished"))
  }
  return history
}

const minimum = (history: ReadonlyArray<PastRun>): number => Math.min(...history.map(({ trial }) => cost(trial)))

/** A run that logged these values of the metric, one a row, as the stores take them in. */
const reporting = (
  n: number,
  trial: TrialConfig,
  rows: ReadonlyArray<PythonValue | undefined>,
  state: RunState
): PastRun => {
  let digest: MetricDigest | undefined
  for (const row of rows) {
    const values: PythonDict = new Map(row === undefined ? [] : [["loss", row]])
    const value = RunMetrics.metricValue(values, "loss")
    if (value !== undefined) digest = RunMetrics.digested(digest, value)
  }
  return { id: RunId.make(`r${n}`), state, trial, metrics: new Map(digest === undefined ? [] : [["loss", digest]]) }
}

const assertInside = (parameters: Record<string, Parameter>, trial: TrialConfig): void => {
  assert.deepStrictEqual([...trial.keys()].sort(), Object.keys(parameters).sort())
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = trial.get(name) ?? null
    if (parameter.distribution === "nested") {
      assertInside(Object.fromEntries(parameter.parameters), isDict(value) ? value : assert.fail(name))
    } else if (parameter.distribution === "categorical_w_probabilities") {
      assert.isAbove(parameter.probabilities[parameter.values.indexOf(value)] ?? 0, 0, `${name}: ${String(value)}`)
    } else if (parameter.distribution === "categorical") {
      assert.isTrue(parameter.values.includes(value), `${name}: ${String(value)}`)
    } else if ("min" in parameter) {
      // W&B rounds to the step after drawing, which may take a value half a step outside.
      const slack = "q" in parameter ? parameter.q.value / 2 : 0
      assert.isTrue(Number(value) >= parameter.min - slack && Number(value) <= parameter.max + slack, name)
    } else if (parameter.distribution !== "constant") assert.isTrue(Number.isFinite(Number(value)), name)
  }
}

const arbitraryNumber = FastCheck.double({ min: -1e6, max: 1e6, noNaN: true })
const arbitraryParameter: FastCheck.Arbitrary<Parameter> = FastCheck.oneof(
  FastCheck.tuple(arbitraryNumber, arbitraryNumber)
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => ({ distribution: "uniform" as const, min: Math.min(a, b), max: Math.max(a, b) })),
  FastCheck.tuple(FastCheck.integer({ min: -50, max: 50 }), FastCheck.nat(600)).map(([min, size]) => ({
    distribution: "int_uniform" as const,
    min,
    max: min + size
  })),
  FastCheck.tuple(FastCheck.integer({ min: 1, max: 50 }), FastCheck.integer({ min: 1, max: 30 })).map(([q, steps]) => ({
    distribution: "q_uniform" as const,
    min: -3 * q,
    max: (steps - 3) * q,
    q: { value: q, integer: true }
  })),
  FastCheck.tuple(FastCheck.integer({ min: -8, max: 0 }), FastCheck.integer({ min: 1, max: 6 })).map(([low, high]) => ({
    distribution: "log_uniform_values" as const,
    min: 10 ** low,
    max: 10 ** high
  })),
  FastCheck.integer({ min: 1, max: 40 }).map((count) => ({
    distribution: "categorical" as const,
    values: Array.from({ length: count }, (_, i) => `v${i}`)
  })),
  FastCheck.tuple(FastCheck.integer({ min: 1, max: 9 }), FastCheck.integer({ min: 10, max: 90 })).map(([min, max]) => ({
    distribution: "q_log_uniform_values" as const,
    min,
    max,
    q: { value: 2.5, integer: false }
  })),
  FastCheck.constant({
    distribution: "categorical_w_probabilities" as const,
    values: [0n, "", false, null],
    probabilities: [0.2, 0.5, 0, 0.3]
  }),
  FastCheck.constant({
    distribution: "nested" as const,
    parameters: new Map<string, Parameter>([
      ["depth", { distribution: "int_uniform", min: 1, max: 9 }],
      ["kind", { distribution: "categorical", values: ["u", "v", 3n] }]
    ])
  }),
  FastCheck.constant({ distribution: "inv_log_uniform_values" as const, min: 1e-3, max: 7 }),
  FastCheck.constant({ distribution: "normal" as const, mu: 3, sigma: 2 }),
  FastCheck.constant({ distribution: "beta" as const, a: 0.5, b: 4 })
)
const arbitraryParameters = FastCheck.array(arbitraryParameter, { minLength: 1, maxLength: 6 }).map(
  (all): Record<string, Parameter> => Object.fromEntries(all.map((parameter, i) => [`p${i}`, parameter]))
)

/** What a run logged: nothing, or a few values, some as far apart as numbers go. */
const arbitraryReport = FastCheck.array(
  FastCheck.oneof(
    { weight: 5, arbitrary: FastCheck.double({ min: -10, max: 10, noNaN: true }) },
    FastCheck.constantFrom(0, 1, -1, 1e300, -1e300)
  ),
  { maxLength: 3 }
)

/** Spaces of three to sixty points. */
const finiteParameters = FastCheck.record({
  a: FastCheck.record({ min: FastCheck.integer({ min: -3, max: 3 }), steps: FastCheck.integer({ min: 1, max: 3 }) }),
  b: FastCheck.integer({ min: 1, max: 4 }),
  c: FastCheck.nat(2)
}).map(({ a, b, c }): Record<string, Parameter> => ({
  a: { distribution: "int_uniform", min: a.min, max: a.min + a.steps },
  b: { distribution: "categorical", values: ["x", 1n, null, false].slice(0, b) },
  c: { distribution: "q_uniform", min: 0, max: c / 2, q: { value: 0.5, integer: false } }
}))
