import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PastRun } from "@sweepline/core/Search"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { Either } from "effect"
import * as CmaEs from "../src/CmaEs.js"
import * as Covariance from "../src/Covariance.js"
import * as Eigen from "../src/Eigen.js"
import * as Evolution from "../src/Evolution.js"
import * as Random from "../src/Random.js"
import * as Space from "../src/Space.js"
import { loss, runOf } from "./fixtures/sweeps.js"

describe("CmaEs", () => {
  it("walks down a bent valley", () => {
    const space = spaceOf({ x: wide, y: wide, z: wide })
    const history = sweep(space, rosenbrock, 900)
    assert.isBelow(minimum(history), 1e-3)
  })

  it("takes ints and categories along", () => {
    const space = spaceOf({
      x: wide,
      n: { distribution: "int_uniform", min: 1, max: 100 },
      c: { distribution: "categorical", values: ["a", "b"] }
    })
    const cost = (trial: TrialConfig) =>
      Math.abs(Number(trial.get("x")) - 1) +
      Math.abs(Number(trial.get("n")) - 70) / 10 +
      (trial.get("c") === "a" ? 0 : 1)
    assert.isBelow(minimum(sweep(space, cost, 200)), 0.3)
  })

  it("says the same when it starts in the middle, and when runs end late", () => {
    const space = spaceOf({ x: wide, y: wide, z: wide })
    const cma = CmaEs.make(space, loss, 1)
    const history: Array<PastRun> = []
    for (let n = 0; n < 120; n++) {
      // Eight at a time: the others have ended.
      const late = n - 8 - (n % 3)
      const ended = history[late]
      if (ended !== undefined) history[late] = runOf(late, ended.trial, [rosenbrock(ended.trial)])
      const trial = cma.next(history)
      if (n % 10 === 9) assert.deepStrictEqual(CmaEs.make(space, loss, 1).next(history), trial)
      history.push(runOf(n, trial, [], "running"))
    }
  })

  it("starts anew elsewhere when it is done with a place", () => {
    const space = spaceOf({ x: wide })
    const history = sweep(space, (trial) => Math.abs(Number(trial.get("x")) - 0.7), 400)
    assert.isBelow(minimum(history), 1e-8)
    const distances = history.map(({ trial }) => Math.abs(Number(trial.get("x")) - 0.7))
    const arrived = distances.findIndex((distance) => distance < 1e-7)
    assert.isAbove(Math.max(...distances.slice(arrived)), 0.3)
  })
})

describe("Evolution", () => {
  it("has the constants of the formulas", () => {
    // n = 10, evaluated in Python from the formulas of §9.4.
    const { c1, cC, cMu, cSigma, chi, dSigma, effective, population, weights } = Evolution.strategy(
      10,
      Evolution.populationOf(10)
    )
    assert.strictEqual(population, 10)
    const close = (found: number, expected: number) => assert.approximately(found, expected, 1e-12 * Math.abs(expected))
    close(effective, 3.1672992814107026)
    close(c1, 0.015283824524751716)
    close(cMu, 0.02015428276120838)
    close(cSigma, 0.2844285879463675)
    close(dSigma, 1.2844285879463675)
    close(cC, 0.29499038303562225)
    close(chi, 3.0847265651690123)
    close(
      weights.reduce((sum, weight) => sum + Math.max(weight, 0), 0),
      1
    )
    close(weights[0] ?? 0, 0.45627264690340597)
  })

  it("follows a long valley that lies across the axes", () => {
    let evolution = Evolution.start(Float64Array.of(3, 1, 2), 0.5, 7)
    const random = Random.stream(1)
    const cost = ([x = 0, y = 0, z = 0]: Float64Array) => {
      const [along, across] = [x + y, x - y]
      return along * along + 1e4 * across * across + z * z
    }
    for (let g = 0; g < 200; g++) {
      const points = Array.from({ length: 7 }, () =>
        Evolution.point(
          evolution,
          Float64Array.from({ length: 3 }, () => normal(random))
        )
      )
      points.sort((a, b) => cost(a) - cost(b))
      evolution = Evolution.advance(evolution, points)
    }
    assert.isBelow(cost(evolution.mean), 1e-9)
    assert.isAbove(evolution.covariance.condition, 1e3)
  })
})

describe("Eigen", () => {
  it("takes symmetric matrices apart", () => {
    for (const n of [1, 2, 5, 20]) {
      const random = Random.stream(n)
      const half = Float64Array.from({ length: n * n }, random.uniform)
      const matrix = half.map((_, k) => (half[k] ?? 0) + (half[(k % n) * n + Math.floor(k / n)] ?? 0))
      const { values, vectors } = Eigen.decompose(matrix, n)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let product = 0
          let unit = 0
          for (let k = 0; k < n; k++) {
            product += (vectors[i * n + k] ?? 0) * (values[k] ?? 0) * (vectors[j * n + k] ?? 0)
            unit += (vectors[i * n + k] ?? 0) * (vectors[j * n + k] ?? 0)
          }
          assert.approximately(product, matrix[i * n + j] ?? 0, 1e-12)
          assert.approximately(unit, i === j ? 1 : 0, 1e-12)
        }
      }
    }
  })
})

describe("Covariance", () => {
  it("whitens what it colours, with all covariances or variances alone", () => {
    for (const begin of [Covariance.full, Covariance.diagonal]) {
      const grown = begin(3).update(0.5, [
        { weight: 1, y: Float64Array.of(1, 2, -1) },
        { weight: 0.3, y: Float64Array.of(0, 1, 1) }
      ])
      const z = Float64Array.of(0.3, -2, 1)
      const white = grown.whiten(grown.colour(z))
      assert.approximately(Math.hypot(...white), Math.hypot(...z), 1e-12, begin.name)
      assert.notDeepEqual([...grown.colour(z)], [...z])
      assert.isAbove(grown.condition, 1)
    }
  })
})

const wide: Parameter = { distribution: "uniform", min: -2, max: 2 }

const spaceOf = (parameters: Record<string, Parameter>) =>
  Either.getOrThrow(Space.make(new Map(Object.entries(parameters))))

const rosenbrock = (trial: TrialConfig): number => {
  const [x, y, z] = ["x", "y", "z"].map((name) => Number(trial.get(name))) as [number, number, number]
  const valley = (a: number, b: number) => 100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a)
  return valley(x, y) + valley(y, z)
}

const sweep = (space: Space.Space, cost: (trial: TrialConfig) => number, runs: number): ReadonlyArray<PastRun> => {
  const cma = CmaEs.make(space, loss, 1)
  const history: Array<PastRun> = []
  for (let n = 0; n < runs; n++) {
    const trial = cma.next(history)
    history.push(runOf(n, trial, [cost(trial)]))
  }
  return history
}

const minimum = (history: ReadonlyArray<PastRun>): number =>
  Math.min(...history.map(({ metrics }) => metrics.get("loss")?.min ?? Number.POSITIVE_INFINITY))

const normal = (random: Random.Stream): number => {
  let sum = 0
  for (let k = 0; k < 12; k++) sum += random.uniform()
  return sum - 6
}
