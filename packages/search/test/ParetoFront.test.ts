import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { RunState } from "@sweepline/core/RunState"
import type { PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import { Either, FastCheck } from "effect"
import * as Fronts from "../src/Fronts.js"
import * as Hypervolume from "../src/Hypervolume.js"
import * as Objective from "../src/Objective.js"
import * as ParetoFront from "../src/ParetoFront.js"
import * as Planner from "../src/Planner.js"
import * as SortedFronts from "../src/SortedFronts.js"
import { configOf, digestOf, loss, runOf } from "./fixtures/sweeps.js"

describe("ParetoFront", () => {
  it("peels fronts one after the other; equal points share one", () => {
    const points = outcomes([4, 1], [3, 3], [1, 4], [3, 3], [2, 2], [1, 1], [3, 2])
    assert.deepStrictEqual([...ParetoFront.ranks(points)], [0, 0, 0, 0, 2, 3, 1])
    assert.deepStrictEqual(ParetoFront.front(points), [0, 1, 2, 3])
    assert.deepStrictEqual(ParetoFront.front(outcomes()), [])
    assert.deepStrictEqual(ParetoFront.front(outcomes([1, 1, 1])), [0])
  })

  it("gives each point the number of fronts before it, as peeling by definition does", () => {
    for (const objectives of [1, 2, 3, 4]) {
      FastCheck.assert(
        FastCheck.property(
          FastCheck.array(FastCheck.array(FastCheck.nat(6), { minLength: objectives, maxLength: objectives }), {
            maxLength: 40
          }),
          (points) => {
            const all = { values: Float64Array.from(points.flat()), objectives }
            const ranks = peeled(all, points.length)
            assert.deepStrictEqual([...ParetoFront.ranks(all)], ranks)
            assert.deepStrictEqual(
              ParetoFront.front(all),
              [...ranks.keys()].filter((i) => ranks[i] === 0)
            )
          }
        ),
        { numRuns: 40, seed: 1 }
      )
    }
  })

  it("looks at few others of each point where all stand on the front of two values", () => {
    const count = 2000
    let looks = 0
    const values = new Proxy(
      Float64Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i : -i)),
      { get: (all, key) => (looks++, Reflect.get(all, key)) }
    )
    assert.strictEqual(ParetoFront.front({ values, objectives: 2 }).length, count)
    assert.deepStrictEqual(new Set(ParetoFront.ranks({ values, objectives: 2 })), new Set([0]))
    assert.isBelow(looks, 400 * count)
  })

  it("ranks thousands of points", () => {
    const values = Float64Array.from({ length: 15_000 }, (_, i) => (i * 7919) % 10_007)
    assert.strictEqual(ParetoFront.ranks({ values, objectives: 3 }).length, 5000)
  })
})

describe("SortedFronts", () => {
  it("stay what sorting anew makes of them, whatever comes, changes and goes", () => {
    const rows = (objectives: number) =>
      FastCheck.option(FastCheck.array(FastCheck.nat(6), { minLength: objectives, maxLength: objectives }), {
        nil: undefined,
        freq: 4
      })
    for (const objectives of [1, 2, 3]) {
      FastCheck.assert(
        FastCheck.property(
          FastCheck.array(rows(objectives), { maxLength: 45 }),
          FastCheck.array(FastCheck.tuple(FastCheck.nat(50), rows(objectives)), { maxLength: 40 }),
          (start, changes) => {
            const sorted = SortedFronts.make(objectives)
            const points = [...start]
            sorted.update(points)
            for (const [at, row] of changes) {
              points[Math.min(at, points.length)] = row
              sorted.update(points)
              const there = [...points.keys()].filter((point) => points[point] !== undefined)
              const all = { values: Float64Array.from(there.flatMap((point) => points[point] ?? [])), objectives }
              const fronts: Array<Array<number>> = []
              for (const [i, rank] of peeled(all, there.length).entries()) (fronts[rank] ??= []).push(there[i] ?? -1)
              assert.deepStrictEqual(sorted.fronts(), fronts)
            }
          }
        ),
        { numRuns: 40, seed: 1 }
      )
    }
  })

  it("are left alone where a point changes nothing", () => {
    const points = Array.from({ length: 500 }, (_, n) => [n % 25, Math.floor(n / 25)])
    const sorted = SortedFronts.make(2)
    sorted.update(points)
    const before = [...sorted.fronts()]
    points.push([12.5, 9.5])
    sorted.update(points)
    const same = sorted.fronts().filter((front, rank) => front === before[rank])
    assert.strictEqual(sorted.fronts().length, before.length)
    assert.isAtLeast(same.length, before.length / 2)
  })
})

describe("Hypervolume", () => {
  it("measures what points dominate together", () => {
    assert.strictEqual(Hypervolume.hypervolume([[1, 1]], [3, 3]), 4)
    assert.strictEqual(
      Hypervolume.hypervolume(
        [
          [1, 2],
          [2, 1],
          [2, 2]
        ],
        [3, 3]
      ),
      3
    )
    assert.strictEqual(
      Hypervolume.hypervolume(
        [
          [0, 1, 1],
          [1, 0, 1],
          [1, 1, 0]
        ],
        [2, 2, 2]
      ),
      4
    )
  })

  it("is what inclusion and exclusion say, in any number of dimensions", () => {
    for (const objectives of [1, 2, 3, 4, 5]) {
      const reference = new Array<number>(objectives).fill(5)
      FastCheck.assert(
        FastCheck.property(
          FastCheck.array(FastCheck.array(FastCheck.nat(5), { minLength: objectives, maxLength: objectives }), {
            maxLength: 7
          }),
          (points) => {
            let sum = 0
            for (let subset = 1; subset < 1 << points.length; subset++) {
              const shared = points.filter((_, i) => (subset >> i) & 1)
              const box = reference.reduce(
                (product, r, k) => product * (r - Math.max(...shared.map((p) => p[k] ?? 0))),
                1
              )
              sum += shared.length % 2 === 1 ? box : -box
            }
            assert.strictEqual(Hypervolume.hypervolume(points, reference), sum)
          }
        ),
        { numRuns: 30, seed: 1 }
      )
    }
  })

  it("chooses points that cover most", () => {
    const points = outcomes([-1, -9], [-1.1, -8.9], [-5, -5], [-9, -1])
    const all = [0, 1, 2, 3]
    assert.deepStrictEqual(Hypervolume.spread(points, all, 4), all)
    assert.deepStrictEqual(Hypervolume.spread(points, all, 1), [2])
    assert.sameMembers([...Hypervolume.spread(points, all, 3)], [1, 2, 3])
    assert.deepStrictEqual(Hypervolume.spread(points, all, 0), [])
  })

  it("chooses of huge, equal and constant values too", () => {
    const huge = outcomes([1e308, -1e308], [-1e308, 1e308], [0, 0])
    assert.strictEqual(Hypervolume.spread(huge, [0, 1, 2], 2).length, 2)
    const equal = outcomes([0, 0], [0, 0], [0, 0])
    assert.deepStrictEqual(Hypervolume.spread(equal, [0, 1, 2], 2), [0, 1])
    const many = {
      values: Float64Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? i : -i) / 600),
      objectives: 2
    }
    const chosen = Hypervolume.spread(
      many,
      Array.from({ length: 300 }, (_, i) => i),
      120
    )
    assert.strictEqual(new Set(chosen).size, 120)
  })
})

describe("Fronts", () => {
  const accuracy: Metric = { ...loss, name: "accuracy", goal: "maximize" }
  const run = (n: number, lossOf: number | undefined, accuracyOf: number, state: RunState = "finished"): PastRun => ({
    ...runOf(n, new Map(), lossOf === undefined ? [] : [lossOf], state),
    metrics: new Map([
      ...(lossOf === undefined ? [] : ([["loss", digestOf([lossOf]) ?? assert.fail()]] as const)),
      ["accuracy", digestOf([accuracyOf]) ?? assert.fail()]
    ])
  })

  it("count the fronts before a run, and tell those that cover more of the first one from those that cover less", () => {
    const metrics = [loss, accuracy]
    const history = [
      run(0, 4, 4),
      run(1, 1, 1),
      run(2, 3, 3.5),
      run(3, 5, 2),
      run(4, 6, 1),
      run(5, undefined, 9),
      run(6, 1, 9, "failed"),
      run(7, 1, 9, "running")
    ]
    const one = Objective.observe(Fronts.metricOf(metrics), Fronts.make(metrics).history(history))
    assert.deepStrictEqual(
      one.map(({ role }) => role),
      ["Measured", "Measured", "Measured", "Measured", "Measured", "Imputed", "Imputed", "Pending"]
    )
    const values = one.map(({ value }) => value + 0)
    assert.deepStrictEqual(values.slice(3, 7), [-1, -2, -2, -2])
    assert.sameMembers(
      values.slice(0, 3).map((value) => Math.round(value * 6) + 0),
      [0, -1, -3]
    )
  })

  it("lead the Gaussian process to more of the front than chance does", () => {
    const covered = (type: string) => {
      const metrics = [loss, { ...accuracy, goal: "minimize" as const }]
      const uniform: Parameter = { distribution: "uniform", min: -3, max: 3 }
      const parameters = { x: uniform, y: uniform, z: uniform }
      const scheduler = new Map([["settings", new Map([["sampler", new Map([["type", type]])]])]])
      const config = configOf("bayes", parameters, { metric: undefined, metrics, scheduler, source: type })
      const answer = Planner.make()
      const history: Array<PastRun> = []
      for (let n = 0; n < 30; n++) {
        const trial = Either.getOrThrow(answer({ config, seed: 5, history })) ?? assert.fail()
        const [x = 0, y = 0, z = 0] = ["x", "y", "z"].map((name) => Number(trial.get(name)))
        const rest = y * y + z * z
        history.push({ ...run(n, (x - 1) * (x - 1) + rest, (x + 1) * (x + 1) + rest), trial })
      }
      const losses = history.map(({ metrics: of }) => ["loss", "accuracy"].map((name) => of.get(name)?.min ?? 99))
      const points = outcomes(...losses.map((values) => values.map((value) => -value)))
      return Hypervolume.hypervolume(
        ParetoFront.front(points)
          .flatMap((i) => [losses[i] ?? []])
          .filter((values) => values.every((v) => v < 5)),
        [5, 5]
      )
    }
    assert.isAbove(covered("gp"), 1.5 * covered("random"))
  })
})

const outcomes = (...points: ReadonlyArray<ReadonlyArray<number>>): ParetoFront.Outcomes => ({
  values: Float64Array.from(points.flat()),
  objectives: points[0]?.length ?? 2
})

/** Ranks by taking the undominated points away, again and again. */
const peeled = (all: ParetoFront.Outcomes, count: number): ReadonlyArray<number> => {
  const ranks = new Array<number>(count).fill(-1)
  for (let rank = 0; ranks.includes(-1); rank++) {
    const left = [...ranks.keys()].filter((i) => ranks[i] === -1)
    for (const i of left) if (!left.some((j) => ParetoFront.dominates(all, j, i))) ranks[i] = rank
  }
  return ranks
}
