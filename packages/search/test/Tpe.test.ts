import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import type { PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either } from "effect"
import * as GoodRuns from "../src/GoodRuns.js"
import * as Identity from "../src/Identity.js"
import * as ParetoFront from "../src/ParetoFront.js"
import * as RandomSearch from "../src/RandomSearch.js"
import * as Space from "../src/Space.js"
import * as Tpe from "../src/Tpe.js"
import { digestOf, loss, runOf } from "./fixtures/sweeps.js"

describe("Tpe", () => {
  it("finds the valley that random search misses", () => {
    const space = spaceOf(mixed)
    const found = minimum(sweep(space, valley, 80))
    assert.isBelow(found, 0.05)
    assert.isBelow(found, Math.min(...Array.from({ length: 80 }, (_, n) => valley(RandomSearch.suggest(space, 1, n)))))
  })

  it("gives the same bytes for the same seed, also when it starts in the middle, and others for another", () => {
    const space = spaceOf(mixed)
    const history = sweep(space, valley, 130)
    for (const n of [0, 9, 10, 17, 99, 129]) {
      assert.deepStrictEqual(Tpe.make(space, [loss], 1).next(history.slice(0, n)), history[n]?.trial)
    }
    assert.notDeepEqual(Tpe.make(space, [loss], 2).next(history), Tpe.make(space, [loss], 1).next(history))
  })

  it("remembers nothing that the history doesn't say, whatever ends when", () => {
    const space = spaceOf(mixed)
    const tpe = Tpe.make(space, [loss], 1)
    const history: Array<PastRun> = []
    const states: ReadonlyArray<RunState> = ["finished", "finished", "failed", "killed", "finished", "preempted"]
    for (let n = 0; n < 90; n++) {
      const late = n - 8 + (n % 5)
      const ended = history[late]
      const state = states[n % states.length] ?? "finished"
      if (ended !== undefined) history[late] = runOf(late, ended.trial, [valley(ended.trial)], state)
      const trial = tpe.next(history)
      if (n % 6 === 0) assert.deepStrictEqual(Tpe.make(space, [loss], 1).next(history), trial)
      history.push(runOf(n, trial, [], "running"))
    }
  })

  it("repeats no point of a finite space while others are left", () => {
    const space = spaceOf({
      a: { distribution: "int_uniform", min: 1, max: 6 },
      b: { distribution: "categorical", values: ["x", "y", "z"] }
    })
    const tpe = Tpe.make(space, [loss], 1)
    const history: Array<PastRun> = []
    for (let n = 0; n < 18; n++) {
      const trial = tpe.next(history)
      history.push(runOf(n, trial, [Number(trial.get("a"))], n % 4 === 3 ? "running" : "finished"))
    }
    assert.strictEqual(new Set(history.map(({ trial }) => Identity.key(trial))).size, 18)
    assert.strictEqual(tpe.next(history).size, 2)
  })

  it("learns from runs that lack a parameter", () => {
    const space = spaceOf({ kind: { distribution: "categorical", values: ["sgd", "adam"] }, lr: unit, momentum: unit })
    const history: Array<PastRun> = []
    for (let n = 0; n < 60; n++) {
      const trial = new Map<string, PythonValue>(RandomSearch.suggest(space, 3, n))
      if (trial.get("kind") === "adam") trial.delete("momentum")
      const cost = Math.abs(Number(trial.get("lr")) - 0.2) + (trial.get("kind") === "adam" ? 0 : 0.5)
      history.push(runOf(n, trial, [cost]))
    }
    history.push(runOf(60, new Map([["other", 1n]]), [-9]))
    const trials = Array.from({ length: 20 }, (_, seed) => Tpe.make(space, [loss], seed).next(history))
    assert.isAbove(trials.filter((trial) => trial.get("kind") === "adam").length, 14)
    assert.isBelow(trials.reduce((sum, trial) => sum + Math.abs(Number(trial.get("lr")) - 0.2), 0) / 20, 0.15)
    assert.isTrue(trials.every((trial) => typeof trial.get("momentum") === "number"))
  })

  it("moves along a front of two objectives", () => {
    const metrics: ReadonlyArray<Metric> = [loss, { ...loss, name: "accuracy", goal: "maximize" }]
    const space = spaceOf({ x: unit, y: unit, z: unit })
    const tpe = Tpe.make(space, metrics, 1)
    const history: Array<PastRun> = []
    const valuesOf = (trial: TrialConfig) => {
      const [x, y, z] = ["x", "y", "z"].map((name) => Number(trial.get(name))) as [number, number, number]
      const off = Math.abs(y - 0.5) + Math.abs(z - 0.2)
      return [x + off, x - off] as const
    }
    for (let n = 0; n < 120; n++) {
      const trial = tpe.next(history)
      const [low, high] = valuesOf(trial)
      history.push(several(n, trial, { loss: low, accuracy: high }))
    }
    const off = (from: number, to: number) =>
      history.slice(from, to).reduce((sum, { trial }) => sum + valuesOf(trial)[0] - Number(trial.get("x")), 0) /
      (to - from)
    assert.isBelow(off(90, 120), off(0, 10) / 2)
    const xs = history.slice(60).map(({ trial }) => Number(trial.get("x")))
    assert.isAbove(Math.max(...xs) - Math.min(...xs), 0.5, "and doesn't settle at one end of it")
    assert.deepStrictEqual(Tpe.make(space, metrics, 1).next(history), tpe.next(history))
  })

  it("heeds the settings under Optuna's names", () => {
    const space = spaceOf({ x: unit, y: unit })
    const history = sweep(space, valley, 15)
    const next = (options: Tpe.Options) =>
      Array.from({ length: 5 }, (_, seed) => Tpe.make(space, [loss], seed, options).next(history))
    assert.deepStrictEqual(next({}), next({ candidates: 24, startupTrials: 10 }))
    assert.notDeepEqual(next({}), next({ candidates: 1 }))
    assert.notDeepEqual(next({}), next({ startupTrials: 100 }))
  })
})

describe("the good runs", () => {
  const split = (metrics: ReadonlyArray<Metric>, history: ReadonlyArray<PastRun>) =>
    GoodRuns.splitter(metrics, () => true)(history)
  const trial = new Map()

  it("are the best tenth, rounded up, and at most 25", () => {
    const history = Array.from({ length: 400 }, (_, n) => runOf(n, trial, [(n * 37) % 401]))
    for (const [n, size] of [
      [1, 1],
      [10, 1],
      [11, 2],
      [250, 25],
      [400, 25]
    ] as const) {
      const { good, measured, told } = split([loss], history.slice(0, n))
      assert.deepStrictEqual([good.length, told, measured], [size, n, n])
    }
    const best = [...history].sort((a, b) => (a.metrics.get("loss")?.min ?? 0) - (b.metrics.get("loss")?.min ?? 0))
    assert.sameMembers(
      Array.from(split([loss], history).good, (i) => history[i]?.id),
      best.slice(0, 25).map(({ id }) => id)
    )
  })

  it("are runs that ended early after those with a value, the longest first; never one that says nothing", () => {
    const history = [
      ...Array.from({ length: 18 }, (_, n) => runOf(n, trial, [], "failed")),
      runOf(18, trial, [1], "killed"),
      runOf(19, trial, [9, 8, 7], "killed"),
      runOf(20, trial, [50])
    ]
    assert.deepStrictEqual([...split([loss], history).good], [18, 19, 20])
    assert.deepStrictEqual([...split([loss], history.slice(0, 20)).good], [18, 19])
    assert.deepStrictEqual([...split([loss], history.slice(0, 18)).good], [])
  })

  it("of several objectives are on the first fronts", () => {
    const metrics: ReadonlyArray<Metric> = [loss, { ...loss, name: "accuracy", goal: "maximize" }]
    const history = Array.from({ length: 100 }, (_, n) =>
      several(n, trial, { loss: (n * 31) % 101, accuracy: (n * 57) % 103 })
    )
    const { good } = split(metrics, [...history, runOf(100, trial, [-5])])
    assert.strictEqual(good.length, 11)
    const ranks = ParetoFront.ranks({
      objectives: 2,
      values: Float64Array.from(
        history.flatMap((run) => [-(run.metrics.get("loss")?.min ?? 0), run.metrics.get("accuracy")?.max ?? 0])
      )
    })
    const inside = Array.from(good, (i) => ranks[i] ?? 99)
    const outside = [...ranks.keys()].filter((i) => !good.includes(i)).map((i) => ranks[i] ?? 0)
    assert.isAtMost(Math.max(...inside), Math.min(...outside))
  })
})

const unit: Parameter = { distribution: "uniform", min: 0, max: 1 }

const mixed: Record<string, Parameter> = {
  lr: { distribution: "log_uniform_values", min: 1e-5, max: 1 },
  depth: { distribution: "int_uniform", min: 1, max: 12 },
  steps: { distribution: "q_uniform", min: 0, max: 1000, q: { value: 1, integer: true } },
  kind: { distribution: "categorical", values: ["adam", "sgd", "lion"] },
  fixed: { distribution: "constant", value: 1n }
}

const valley = (trial: TrialConfig): number => {
  const number = (name: string, otherwise: number) => Number(trial.get(name) ?? otherwise)
  const lr = Math.log10(number("lr", 1e-3)) + 3
  const depth = (number("depth", 6) - 6) / 12
  const steps = (number("steps", 300) - 300) / 1000
  return lr * lr * 0.1 + depth * depth + steps * steps + (trial.get("kind") === "sgd" ? 0.3 : 0) + number("x", 0)
}

const spaceOf = (parameters: Record<string, Parameter>) =>
  Either.getOrThrow(Space.make(new Map(Object.entries(parameters))))

const several = (n: number, trial: TrialConfig, values: Record<string, number>): PastRun => ({
  id: RunId.make(`r${n}`),
  state: "finished",
  trial,
  metrics: new Map(
    Object.entries(values).flatMap(([name, value]) => {
      const digest = digestOf([value])
      return digest === undefined ? [] : [[name, digest] as const]
    })
  )
})

const sweep = (space: Space.Space, cost: (trial: TrialConfig) => number, runs: number): ReadonlyArray<PastRun> => {
  const tpe = Tpe.make(space, [loss], 1)
  const history: Array<PastRun> = []
  for (let n = 0; n < runs; n++) {
    const trial = tpe.next(history)
    history.push(runOf(n, trial, [cost(trial)]))
  }
  return history
}

const minimum = (history: ReadonlyArray<PastRun>): number =>
  Math.min(...history.map(({ metrics }) => metrics.get("loss")?.min ?? Number.POSITIVE_INFINITY))
