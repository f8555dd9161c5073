import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { RunState } from "@sweepline/core/RunState"
import type { PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either } from "effect"
import * as Bayes from "../src/Bayes.js"
import * as Identity from "../src/Identity.js"
import * as Random from "../src/Random.js"
import * as RandomSearch from "../src/RandomSearch.js"
import * as Space from "../src/Space.js"
import { loss, runOf } from "./fixtures/sweeps.js"

describe("Bayes", () => {
  it("finds the valley that random search misses", () => {
    const space = spaceOf(mixed)
    const bayes = minimum(sweep(space, valley, 40))
    assert.isBelow(bayes, 0.02)
    const random = Math.min(...Array.from({ length: 40 }, (_, n) => valley(RandomSearch.suggest(space, 1, n))))
    assert.isBelow(bayes, random)
  })

  it("gives the same bytes for the same seed, also when it starts in the middle, and others for another", () => {
    const space = spaceOf(mixed)
    const history = sweep(space, valley, 25)
    for (const n of [0, 9, 10, 17, 24]) {
      const again = Bayes.make(space, loss, 1).next(history.slice(0, n))
      assert.deepStrictEqual(again, history[n]?.trial)
    }
    assert.notDeepEqual(Bayes.make(space, loss, 2).next(history), Bayes.make(space, loss, 1).next(history))
  })

  it("maximises what it would minimise turned around", () => {
    const space = spaceOf(mixed)
    const history = sweep(space, valley, 20)
    const negated = history.map((run, i) => runOf(i, run.trial, [-valley(run.trial)]))
    assert.deepStrictEqual(
      Bayes.make(space, { ...loss, goal: "maximize" }, 1).next(negated),
      Bayes.make(space, loss, 1).next(history)
    )
  })

  it("repeats no discrete point while others are left, whether runs ended, failed or are pending", () => {
    const space = spaceOf({
      a: { distribution: "int_uniform", min: 1, max: 5 },
      b: { distribution: "categorical", values: ["x", "y", "z"] }
    })
    const bayes = Bayes.make(space, loss, 1)
    const history: Array<PastRun> = []
    const states: ReadonlyArray<RunState> = ["finished", "failed", "running", "finished"]
    for (let n = 0; n < 15; n++) {
      const trial = bayes.next(history)
      history.push(runOf(n, trial, n % 3 === 0 ? [] : [Number(trial.get("a"))], states[n % 4]))
    }
    assert.strictEqual(new Set(history.map(({ trial }) => Identity.key(trial))).size, 15)
    assert.strictEqual(bayes.next(history).size, 2)
  })

  it("finds the last point left of a large finite space", () => {
    const space = spaceOf({
      a: { distribution: "int_uniform", min: 0, max: 39 },
      b: { distribution: "int_uniform", min: 0, max: 39 }
    })
    const history: Array<PastRun> = []
    for (let a = 0n; a < 40n; a++) {
      for (let b = 0n; b < 40n; b++) {
        if (a !== 23n || b !== 7n)
          history.push(
            runOf(
              history.length,
              new Map([
                ["a", a],
                ["b", b]
              ]),
              [Number(a * b)]
            )
          )
      }
    }
    assert.deepStrictEqual(
      Bayes.make(space, loss, 1).next(history),
      new Map([
        ["a", 23n],
        ["b", 7n]
      ])
    )
  })

  it("spreads what it asks for while nothing has come back", () => {
    const space = spaceOf({ x: unit, y: unit })
    const bayes = Bayes.make(space, loss, 1)
    const history = sweep(space, bowl, 12)
    for (let n = 12; n < 20; n++) history.push(runOf(n, bayes.next(history), [], "running"))
    const late = history.slice(12).map(({ trial }) => [Number(trial.get("x")), Number(trial.get("y"))] as const)
    for (const [i, a] of late.entries()) {
      for (const b of late.slice(0, i)) assert.isAbove(Math.hypot(a[0] - b[0], a[1] - b[1]), 1e-3)
    }
  })

  it("finds what lies at the end of a range that was declared linear and matters by its logarithm", () => {
    const space = spaceOf({
      rate: { distribution: "uniform", min: 1e-5, max: 1 },
      units: { distribution: "int_uniform", min: 8, max: 4096 },
      decay: { distribution: "q_uniform", min: 0, max: 0.9999, q: { value: 0.0001, integer: false } }
    })
    const of = (trial: TrialConfig, name: string) => Number(trial.get(name))
    const square = (x: number) => x * x
    const away = (trial: TrialConfig) =>
      square(Math.log10(of(trial, "rate")) + 3) +
      0.1 * square(Math.log2(of(trial, "units") / 64)) +
      square(Math.log10(1 - of(trial, "decay")) + 2)
    const middle = (least: (seed: number) => number) => [1, 2, 3].map(least).sort((a, b) => a - b)[1] ?? 0
    const bayes = middle((seed) => minimum(sweep(space, away, 40, loss, seed)))
    const random = middle((seed) =>
      Math.min(...Array.from({ length: 40 }, (_, n) => away(RandomSearch.suggest(space, seed, n))))
    )
    assert.isBelow(bayes, 0.01)
    assert.isAbove(random, 1)
  })

  it("suggests no point again along skewed axes, but for rounding", () => {
    const space = spaceOf({
      rate: { distribution: "uniform", min: 1e-5, max: 1 },
      discount: { distribution: "uniform", min: 0, max: 0.9999 },
      units: { distribution: "int_uniform", min: 8, max: 4096 }
    })
    const square = (x: number) => x * x
    const away = (trial: TrialConfig) =>
      square(Math.log10(Number(trial.get("rate"))) + 3) +
      square(Math.log10(1 - Number(trial.get("discount"))) + 2) +
      0.1 * square(Math.log2(Number(trial.get("units")) / 64))
    const rows = sweep(space, away, 42, loss, 2).map(({ trial }) => space.encode(trial) ?? new Float64Array(3))
    const same = (a: Float64Array, b: Float64Array) => a.every((x, j) => Math.abs(x - (b[j] ?? 0)) < 1e-14)
    assert.deepStrictEqual(
      rows.filter((row, i) => rows.slice(0, i).some((earlier) => same(row, earlier))),
      []
    )
  })

  it("covers the space evenly while all runs come to the same, and then goes where one didn't", () => {
    const space = spaceOf({ x: unit, y: unit, z: unit })
    const bowl = (trial: TrialConfig) =>
      ["x", "y", "z"].reduce((sum, name) => sum + (Number(trial.get(name)) - 0.3) * (Number(trial.get(name)) - 0.3), 0)
    const history = sweep(space, (trial) => Math.min(bowl(trial), 0.05), 60)
    assert.isBelow(minimum(history), 0.005)
    const edges = sweep(space, () => 1, 40).filter(({ trial }) => [...trial.values()].some((x) => x === 0 || x === 1))
    assert.strictEqual(edges.length, 0)
  })

  it("goes on to cover the space where most runs share the best value, and only a few came to worse", () => {
    const space = spaceOf({ x: unit, y: unit, z: unit })
    const sparse = (trial: TrialConfig) => {
      const [x = 0, y = 0, z = 0] = ["x", "y", "z"].map((name) => Number(trial.get(name)))
      const away = (x - 0.3) * (x - 0.3) + (y - 0.5) * (y - 0.5) + (z - 0.7) * (z - 0.7)
      return away < 0.03 ? 33 * away - 1 : x > 0.7 && y > 0.3 ? 1 : 0
    }
    for (const seed of [1, 2, 3]) assert.isBelow(minimum(sweep(space, sparse, 50, loss, seed)), -0.9)
  })

  it("shrugs off runs that diverge", () => {
    const space = spaceOf({ x: unit, y: unit })
    const history = sweep(space, (trial, n) => (n % 7 === 3 ? 1e30 : bowl(trial)), 40)
    assert.isBelow(minimum(history), 1e-3)
  })

  it("keeps out of a region where every run diverges", () => {
    const space = spaceOf({ x: unit, y: unit, n: { distribution: "int_uniform", min: 1, max: 20 } })
    const of = (trial: TrialConfig, name: string) => Number(trial.get(name))
    const diverges = (trial: TrialConfig) => of(trial, "x") + of(trial, "y") > 1.1
    const history = sweep(
      space,
      (trial) =>
        diverges(trial)
          ? 1e9
          : 0.05 * (of(trial, "n") - 7) * (of(trial, "n") - 7) - 10 * of(trial, "x") * of(trial, "y"),
      60
    )
    assert.isBelow(history.slice(12).filter(({ trial }) => diverges(trial)).length, 20)
  })

  it("finds the best place also where most runs fail by chance", () => {
    const space = spaceOf({ x: unit, y: unit })
    const least = (seed: number, next: (bayes: Bayes.Bayes, history: Array<PastRun>) => TrialConfig) => {
      const chance = Random.stream(seed, "chance")
      const bayes = Bayes.make(space, loss, seed)
      const history: Array<PastRun> = []
      for (let n = 0; n < 40; n++) {
        const trial = next(bayes, history)
        history.push(chance.uniform() < 0.7 ? runOf(n, trial, [], "failed") : runOf(n, trial, [bowl(trial)]))
      }
      return minimum(history)
    }
    const middle = (next: Parameters<typeof least>[1]) =>
      [1, 2, 3].map((seed) => least(seed, next)).sort((a, b) => a - b)[1] ?? 0
    assert.isBelow(
      middle((bayes, history) => bayes.next(history)),
      0.002
    )
    assert.isAbove(
      middle((_, history) => RandomSearch.suggest(space, 1, history.length)),
      0.005
    )
  })

  it("leaves a small region that fails, however good it is beside it", () => {
    const space = spaceOf({ x: unit, y: unit })
    const bayes = Bayes.make(space, loss, 1)
    const history: Array<PastRun> = []
    for (let n = 0; n < 40; n++) {
      const trial = bayes.next(history)
      history.push(bowl(trial) < 0.01 ? runOf(n, trial, [], "crashed") : runOf(n, trial, [bowl(trial)]))
    }
    assert.isBelow(history.filter(({ state }) => state === "crashed").length, 20)
    assert.isBelow(minimum(history), 0.012)
  })

  it("suggests something in bounds whatever the metrics are", () => {
    const space = spaceOf(mixed)
    const rows: Record<string, (n: number) => readonly [ReadonlyArray<number>, RunState]> = {
      "not a number": () => [[Number.NaN], "finished"],
      infinite: (n) => [[n % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, n], "finished"],
      missing: () => [[], "finished"],
      "all failed": () => [[], "failed"],
      "all constant": () => [[0.25], "finished"],
      "huge and tiny": (n) => [[n % 2 === 0 ? 1.7e308 : -1.7e308 + n], "finished"],
      "one value among failures": (n) => (n === 3 ? [[1], "finished"] : [[], "crashed"]),
      preempted: (n) => [[n], "preempted"]
    }
    for (const [name, row] of Object.entries(rows)) {
      const history: Array<PastRun> = []
      const bayes = Bayes.make(space, loss, 1)
      for (let n = 0; n < 16; n++) {
        const trial = bayes.next(history)
        assert.isDefined(space.encode(trial), name)
        history.push(runOf(n, trial, ...row(n)))
      }
    }
  })

  it("suggests from nothing, from one run, without a metric, and where all is constant", () => {
    const space = spaceOf(mixed)
    assert.isDefined(space.encode(Bayes.make(space, loss, 1).next([])))
    assert.isDefined(space.encode(Bayes.make(space, loss, 1).next(sweep(space, valley, 1))))
    assert.isDefined(space.encode(Bayes.make(space, undefined, 1).next(sweep(space, valley, 12))))
    const constant = spaceOf({ c: { distribution: "constant", value: "k" } })
    assert.deepStrictEqual(Bayes.make(constant, loss, 1).next(sweep(constant, () => 1, 12)), new Map([["c", "k"]]))
    const single = spaceOf({ c: { distribution: "categorical", values: ["only"] }, x: unit })
    assert.strictEqual(
      Bayes.make(single, loss, 1)
        .next(sweep(single, valley, 12))
        .get("c"),
      "only"
    )
  })

  it("ignores earlier runs whose parameters it can't place", () => {
    const space = spaceOf(mixed)
    const stranger = runOf(99, new Map([["opt", "unheard of"]]), [-1e9])
    const history = [stranger, ...sweep(space, valley, 12)]
    assert.isDefined(space.encode(Bayes.make(space, loss, 1).next(history)))
  })

  it("copes with a category list of 10,000 values and with 1,000 dimensions", () => {
    const categories = spaceOf({
      c: { distribution: "categorical", values: Array.from({ length: 10_000 }, (_, i) => `v${i}`) },
      x: unit
    })
    const picked = sweep(categories, (trial) => Number(String(trial.get("c")).slice(1)) + Number(trial.get("x")), 14)
    assert.isTrue(picked.every(({ trial }) => categories.encode(trial) !== undefined))
    const wide = spaceOf(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x${i}`, unit])))
    const last = sweep(wide, (trial) => Number(trial.get("x1")), 12).at(-1)
    assert.isDefined(last === undefined ? undefined : wide.encode(last.trial))
  })

  it("keeps its cost flat: a subset of the outcomes stands for a long history", () => {
    const space = spaceOf({ x: unit, y: unit })
    const history = Array.from({ length: 3000 }, (_, n) => {
      const trial = RandomSearch.suggest(space, 5, n)
      return runOf(n, trial, [bowl(trial)])
    })
    const trial = Bayes.make(space, loss, 1).next(history)
    assert.isBelow(bowl(trial), minimum(history) + 0.02)
    assert.deepStrictEqual(Bayes.make(space, loss, 1).next(history), trial)
  })
})

const unit: Parameter = { distribution: "uniform", min: 0, max: 1 }

const mixed: Record<string, Parameter> = {
  lr: { distribution: "log_uniform_values", min: 1e-5, max: 1 },
  layers: { distribution: "int_uniform", min: 1, max: 40 },
  opt: { distribution: "categorical", values: ["adam", "sgd", "rmsprop"] },
  drop: { distribution: "q_uniform", min: 0, max: 0.5, q: { value: 0.1, integer: false } }
}

/** Zero at lr 1e-2, 12 layers, sgd and drop 0.2. */
const valley = (trial: TrialConfig): number => {
  const lr = Math.log10(Number(trial.get("lr"))) + 2
  const layers = (Number(trial.get("layers")) - 12) / 20
  const drop = Number(trial.get("drop")) - 0.2
  return 0.2 * lr * lr + layers * layers + drop * drop + (trial.get("opt") === "sgd" ? 0 : 0.3)
}

const bowl = (trial: TrialConfig): number => {
  const [x, y] = [Number(trial.get("x")), Number(trial.get("y"))]
  return (x - 0.2) * (x - 0.2) + (y - 0.7) * (y - 0.7)
}

const spaceOf = (parameters: Record<string, Parameter>): Space.Space =>
  Either.getOrThrowWith(
    Space.make(new Map(Object.entries(parameters))),
    (problems) => new Error(JSON.stringify(problems))
  )

const sweep = (
  space: Space.Space,
  f: (trial: TrialConfig, n: number) => number,
  runs: number,
  metric: Metric = loss,
  seed = 1
): Array<PastRun> => {
  const bayes = Bayes.make(space, metric, seed)
  const history: Array<PastRun> = []
  for (let n = 0; n < runs; n++) {
    const trial = bayes.next(history)
    history.push(runOf(n, trial, [f(trial, n)]))
  }
  return history
}

const minimum = (history: ReadonlyArray<PastRun>): number =>
  Math.min(...history.map(({ metrics }) => metrics.get("loss")?.min ?? Number.POSITIVE_INFINITY))
