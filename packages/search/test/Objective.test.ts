import { assert, describe, it } from "@effect/vitest"
import type { RunState } from "@sweepline/core/RunState"
import type { PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import * as Marks from "../src/Marks.js"
import * as Objective from "../src/Objective.js"
import * as Standard from "../src/Standard.js"
import { configOf, loss, runOf } from "./fixtures/sweeps.js"

describe("Objective", () => {
  it("imputes failed runs, and finished ones without a value, as the metric says", () => {
    const values = (metric: Metric) => Objective.observe(metric, ended).map(({ value }) => -value)
    assert.deepStrictEqual(values(loss), [1, 20, 20, 20, 20])
    // A run without any value is as bad as the worst: W&B's 0 would be the best of all losses.
    assert.deepStrictEqual(values({ ...loss, impute: "best" }), [1, 5, 20, 8, 20])
    assert.deepStrictEqual(values({ ...loss, impute: "latest" }), [1, 6, 20, 20, 20])
  })

  it("says which values are imputed", () => {
    assert.deepStrictEqual(
      Objective.observe(loss, ended).map(({ role }) => role),
      ["Measured", "Imputed", "Imputed", "Imputed", "Imputed"]
    )
    assert.deepStrictEqual(
      Objective.observe({ ...loss, impute: "best" }, ended).map(({ role }) => role),
      ["Measured", "Measured", "Imputed", "Measured", "Imputed"]
    )
  })

  it("takes running runs as pending, or as data where the metric says so", () => {
    const history = [runOf(0, trial, [4, 2, 3], "running"), runOf(1, trial, [], "running"), runOf(2, trial, [9])]
    const roles = (metric: Metric) => Objective.observe(metric, history)
    assert.deepStrictEqual(
      roles(loss).map(({ role }) => role),
      ["Pending", "Pending", "Measured"]
    )
    assert.deepStrictEqual(roles({ ...loss, imputeWhileRunning: "latest" }), [
      { role: "Measured", value: -2 },
      { role: "Imputed", value: -9 },
      { role: "Measured", value: -9 }
    ])
  })

  it("takes every state that may still go on as pending", () => {
    for (const state of ["pending", "preempting", "preempted", "unknown"] satisfies ReadonlyArray<RunState>) {
      assert.strictEqual(Objective.observe(loss, [runOf(0, trial, [1], state)])[0]?.role, "Pending")
    }
    assert.strictEqual(Objective.observe(undefined, [runOf(0, trial, [1])])[0]?.role, "Pending")
  })

  it("takes a run that was stopped early for what its beginning promised, whatever impute says", () => {
    const history = [
      finished(0, [8, 4, 1]),
      finished(1, [7, 5, 3]),
      finished(2, [9, 6, 2]),
      stopped(3, [10]),
      stopped(4, [9.5, 7]),
      stopped(5, [7.5]),
      stopped(6, []),
      runOf(7, trial, [6], "killed")
    ]
    const outcomes = Objective.observe(loss, marked(history))
    // From the first rung on the finished runs improved by 7, 4 and 7, from the second by 3, 2 and 4.
    assert.deepStrictEqual(
      outcomes.slice(3, 6).map(({ value }) => -value),
      [3, 4, 2]
    )
    assert.deepStrictEqual(
      outcomes.slice(3).map(({ role }) => role),
      ["Stopped", "Stopped", "Stopped", "Imputed", "Imputed"]
    )
    assert.deepStrictEqual(outcomes[7], { role: "Imputed", value: -10 })
    const mirrored = Objective.observe(
      { ...loss, goal: "maximize" },
      marked(history.map(negated), { ...loss, goal: "maximize" })
    )
    assert.deepStrictEqual(mirrored, outcomes)
  })

  it("never takes a run that was stopped early for less than it was, nor for better than the typical finished one", () => {
    const [, , alone] = Objective.observe(loss, marked([runOf(0, trial), runOf(1, trial), stopped(2, [5, 4])]))
    assert.deepStrictEqual(alone, { role: "Stopped", value: -4 })
    const worse = marked([finished(0, [2, 6, 6]), finished(1, [5, 6, 7]), stopped(2, [3])])
    assert.deepStrictEqual(Objective.observe(loss, worse)[2], { role: "Stopped", value: -3 })
    const close = marked([finished(0, [9, 5, 1]), finished(1, [9, 5, 2]), finished(2, [9, 5, 3]), stopped(3, [9, 4.9])])
    assert.deepStrictEqual(Objective.observe(loss, close)[3], { role: "Stopped", value: -2 })
  })

  it("has nothing to impute where no run has a value", () => {
    assert.deepStrictEqual(Objective.observe(loss, [runOf(0, trial, [], "failed")]), [
      { role: "Imputed", value: Number.NaN }
    ])
  })

  it("mirrors under the other goal", () => {
    const negated = ended.map((run, i) =>
      runOf(
        i,
        trial,
        (logs[i] ?? []).map((value) => -value),
        run.state
      )
    )
    for (const impute of ["worst", "best", "latest"] as const) {
      assert.deepStrictEqual(
        Objective.observe({ ...loss, goal: "maximize", impute }, negated),
        Objective.observe({ ...loss, impute }, ended)
      )
    }
  })
})

describe("Marks", () => {
  const read = (type: "asha" | "hyperband", curve: NonNullable<PastRun["curve"]>, state: RunState = "finished") =>
    Marks.reader(
      configOf(
        "bayes",
        {},
        { earlyTerminate: { type, minIter: 2, maxIter: undefined, s: undefined, eta: 2, strict: true } }
      )
    )({ ...runOf(0, trial, [], state), curve })

  it("are the best values by each rung: by step, or for hyperband by number of logged values", () => {
    const curve = { values: [5, 6, 4, 3, 7], steps: [1, 3, 4, 9, 9] }
    assert.deepStrictEqual(read("asha", curve), [-5, -4, -3])
    assert.deepStrictEqual(read("hyperband", curve), [-5, -3])
  })

  it("are those of runs that ended in a way that tells something", () => {
    assert.isUndefined(read("asha", { values: [1], steps: [5] }, "running"))
    assert.isUndefined(read("asha", { values: [1], steps: [5] }, "failed"))
    assert.isUndefined(Marks.reader(configOf("bayes", {}))(finished(0, [1, 2])))
  })
})

describe("Standard", () => {
  const make = (values: ReadonlyArray<number>, roles: ReadonlyArray<number> = values.map(() => 0)) =>
    Standard.make(Float64Array.from(values), Uint8Array.from(roles))

  it("keeps one diverged run from flattening the others", () => {
    const { floored, original, values } = make([-1, -2, -3, -4, -1e6])
    assert.deepStrictEqual([...floored], [0, 0, 0, 0, 1])
    // Median −3 less twice the 2 from there to the best.
    assert.deepStrictEqual(Array.from(values, original).map(Math.round), [-1, -2, -3, -4, -7])
    assert.approximately(
      values.reduce((sum, value) => sum + value, 0),
      0,
      1e-12
    )
    assert.approximately(
      values.reduce((sum, value) => sum + value * value, 0),
      5,
      1e-12
    )
  })

  it("makes the same of values of any magnitude, also beside a run that diverged beyond all measure", () => {
    const plain = make([-1, -2, -3, -4, -1e6]).values
    for (const factor of [1e-290, 1e-310, 1e290, 1e302]) {
      const scaled = make([-factor, -2 * factor, -3 * factor, -4 * factor, -1e6 * factor]).values
      for (const [i, value] of scaled.entries()) assert.approximately(value, plain[i] ?? 0, 1e-6, `${factor}`)
    }
    assert.deepStrictEqual(make([-1, -2, -3, -4, -1e300]).values, plain)
    assert.deepStrictEqual(make([-1, -2, -3, -4, -1.7e308]).values, plain)
  })

  it("keeps apart the few good ones where most runs diverged", () => {
    const { original, values } = make([-1, -2, -3, -4, ...Array.from({ length: 8 }, () => -1e9)])
    const good = Array.from(values, original).slice(0, 4)
    assert.deepStrictEqual(good.map(Math.round), [-1, -2, -3, -4])
    assert.isAbove((values[0] ?? 0) - (values[1] ?? 0), 1e-3)
  })

  it("doubts what runs that were stopped early promised, and takes no floor from it", () => {
    const { floored, original, values } = make(
      [1, 2, 3, -1, -9],
      [0, 0, 0, Standard.role.Stopped, Standard.role.Stopped]
    )
    assert.deepStrictEqual([...floored], [0, 0, 0, 1, 1])
    assert.deepStrictEqual(Array.from(values, original).map(Math.round), [1, 2, 3, 0, 0])
  })

  it("counts more of the bad side once there are many values, and a diverged run still for far less than it reported", () => {
    const many = [...Array.from({ length: 200 }, (_, i) => -i), -1e9, -2000]
    const { floored, original, values } = make(many)
    const counted = Array.from(values, original)
    assert.approximately(counted.at(-1) ?? 0, -2000, 1e-6)
    assert.approximately(counted.at(-2) ?? 0, -50 * 100.5, 1e-6)
    assert.deepStrictEqual(Array.from(floored).slice(-2), [1, 0])
  })

  it("puts imputed values where the worst of few values would count, however many there are", () => {
    const { floored, original, values } = make([1, 2, 3, 2.9], [0, 0, 0, 1])
    assert.approximately(original(values[3] ?? 0), 0, 1e-12)
    assert.deepStrictEqual([...floored], [0, 0, 0, 1])
    const count = 201
    const many = make(
      [...Array.from({ length: count }, (_, i) => -i), 5],
      [...Array.from({ length: count }, () => 0), 1]
    )
    assert.approximately(many.original(many.values[count] ?? 0), -300, 1e-6)
  })

  it("stays finite for what has no spread, no values, or values at the end of the range", () => {
    for (const values of [[], [3], [2, 2, 2], [0, 0, 0, 0, -1], [1e308, -1e308, 0], [5e-324, 0]]) {
      assert.isTrue(make(values).values.every(Number.isFinite), values.join())
    }
    assert.isTrue(make([1, 1], [0, 1]).values[1] === -1)
    assert.isTrue(make([Number.NaN], [1]).values.every(Number.isFinite))
  })
})

const trial = new Map()

const logs: ReadonlyArray<ReadonlyArray<number>> = [[9, 3, 2, 1], [7, 5, 6], [], [20, 8, 20], []]
// The digest holds history and summary together: finished(h 9,3,2; s 1), failed, crashed, killed(h 20; s 8 …), finished.
const ended = [
  runOf(0, trial, logs[0]),
  runOf(1, trial, logs[1], "failed"),
  runOf(2, trial, logs[2], "crashed"),
  runOf(3, trial, logs[3], "killed"),
  runOf(4, trial, logs[4])
]

/** A run that logged a value a step, from step 1 on. */
const logging = (n: number, values: ReadonlyArray<number>, state: RunState): PastRun => ({
  ...runOf(n, trial, values, state),
  curve: { values, steps: values.map((_, i) => i + 1) }
})
const finished = (n: number, values: ReadonlyArray<number>) => logging(n, values, "finished")
const stopped = (n: number, values: ReadonlyArray<number>): PastRun => ({
  ...logging(n, values, "killed"),
  stoppedEarly: true
})
const negated = (run: PastRun, n: number): PastRun => {
  const values = (run.curve?.values ?? [-(run.metrics.get("loss")?.min ?? 0)]).map((value) => -value)
  return { ...run, ...(run.curve === undefined ? runOf(n, trial, [-6], run.state) : logging(n, values, run.state)) }
}

/** The same with what they had at rungs 1, 2, 4, 8, … */
const marked = (history: ReadonlyArray<PastRun>, metric: Metric = loss): ReadonlyArray<Marks.MarkedRun> => {
  const earlyTerminate = { type: "asha", minIter: 1, maxIter: undefined, s: undefined, eta: 2, strict: true } as const
  const marksOf = Marks.reader(configOf("bayes", {}, { earlyTerminate, metric }))
  return history.map((run) => ({ ...run, marks: marksOf(run) }))
}
