import { assert, describe, it } from "@effect/vitest"
import type { PythonValue } from "@sweepline/core/PythonValue"
import * as MannWhitney from "../../../bench/search/MannWhitney.js"
import tables from "../../../bench/search/peers/points.json" with { type: "json" }
import * as Problem from "../../../bench/search/Problem.js"
import * as Sweep from "../../../bench/search/Sweep.js"
import * as Table from "../../../bench/search/Table.js"

describe("the bench of search", () => {
  const problems = Problem.all()

  it("knows each problem by the values that Python finds at the same points", () => {
    const found: Record<string, ReadonlyArray<Row>> = tables
    assert.sameMembers(
      Object.keys(found),
      problems.map(({ name }) => name)
    )
    for (const problem of problems) {
      for (const { point, reported, run, seed, value } of found[problem.name] ?? []) {
        const trial = new Map<string, PythonValue>(Object.entries(point))
        const ours = problem.trueValue(trial)
        assert.closeTo(ours, value, 1e-12 * Math.max(1, Math.abs(value)), problem.name)
        assert.closeTo(problem.reported(ours, seed, run), reported, 1e-12 * Math.max(1, Math.abs(reported)))
      }
    }
  })

  it("reports a tenth of the diverging runs as diverged", () => {
    const diverging = problems.find(({ name }) => name.includes("1e6"))
    const values = Array.from({ length: 2000 }, (_, run) => diverging?.reported(1, 7, run))
    assert.approximately(values.filter((value) => value === 1e6).length, 200, 5 * Math.sqrt(180))
    assert.strictEqual(new Set(values).size, 2)
  })

  it("takes the true value of the run that reported the least for a sweep's regret", () => {
    const noisy: Problem.Problem = {
      name: "noisy",
      parameters: new Map(),
      optimum: 1,
      trueValue: (trial) => Number(trial.get("x")),
      reported: (value, _seed, run) => (run === 2 ? -10 : value)
    }
    const regrets = Sweep.regrets(noisy, ({ length }) => new Map([["x", [5, 3, 7, 2][length] ?? 0]]), 0, [1, 2, 3, 4])
    assert.deepStrictEqual(regrets, [4, 2, 6, 6])
  })

  it("gives the chances of SciPy's one-sided Mann–Whitney test, with ties and without", () => {
    for (const [values, others, expected] of chances) {
      assert.closeTo(MannWhitney.chanceOfLarger(values, others), expected, 1e-12)
    }
  })

  it("finds nothing in values that are all equal", () => {
    assert.strictEqual(MannWhitney.chanceOfLarger([3, 3, 3], [3, 3, 3]), 1)
  })

  it("takes the middle, or the mean of both in the middle", () => {
    assert.strictEqual(MannWhitney.median([3, 1, 2]), 2)
    assert.strictEqual(MannWhitney.median([4, 1, 3, 2]), 2.5)
    assert.isNaN(MannWhitney.median([]))
  })

  it("fails a row that is surely more than one and a half times the best peer's, and only that", () => {
    const seeds = (value: number, count: number) =>
      Array.from({ length: count }, (_, i) => Array(4).fill(value + i / 100))
    const verdict = (ours: number, problem = "any", count = 20) =>
      Table.report([problem], new Map([["bayes", new Map([[problem, seeds(ours, count)]])]]), {
        regrets: new Map([
          ["worse", new Map([[problem, seeds(9, count)]])],
          ["best", new Map([[problem, seeds(1, count)]])]
        ]),
        versions: {}
      })
    assert.isTrue(verdict(1.4).ok)
    assert.isFalse(verdict(1.8).ok)
    assert.match(verdict(1.8).lines.at(-1) ?? "", /FAILS: 1\.7 × best after 20/)
    assert.isFalse(verdict(1.4, "Hartmann6").ok)
    assert.isTrue(verdict(1.8, "any", 3).ok)
    assert.match(verdict(1.8, "any", 3).lines.at(-1) ?? "", /ok; 1\.8 × best after 20, p 0\.04/)
  })
})

interface Row {
  readonly point: Readonly<Record<string, number | string>>
  readonly seed: number
  readonly run: number
  readonly value: number
  readonly reported: number
}

/** By scipy 1.17.1: mannwhitneyu(values, others, alternative="greater", method="asymptotic").pvalue. */
const chances: ReadonlyArray<readonly [ReadonlyArray<number>, ReadonlyArray<number>, number]> = [
  [[1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8], [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5], 0.38634724904454343],
  [[5, 6, 7, 8, 9, 10, 11, 12, 13, 14], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.008503288900711833],
  [[1, 2, 3, 4, 5, 6, 7, 8], [11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 0.9998399830292902],
  [[0, 0, 0, 1, 1, 2, 2, 3, 4, 5], [0, 0, 0, 0, 0, 1, 1, 1, 2, 2], 0.07736446174268927]
]
