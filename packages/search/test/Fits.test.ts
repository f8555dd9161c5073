import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import type { PastRun } from "@sweepline/core/Search"
import { Either } from "effect"
import * as Bayes from "../src/Bayes.js"
import * as Columns from "../src/Columns.js"
import * as Fits from "../src/Fits.js"
import * as Fronts from "../src/Fronts.js"
import * as Objective from "../src/Objective.js"
import * as Planner from "../src/Planner.js"
import * as RandomSearch from "../src/RandomSearch.js"
import * as Space from "../src/Space.js"
import * as Standard from "../src/Standard.js"
import { configOf, digestOf, loss, runOf } from "./fixtures/sweeps.js"

describe("the fits of a search", () => {
  it("are made at each length up to 100, and from then on at steps of about a twelfth", () => {
    const fit = fitter()
    const changed: Array<number> = []
    let before = fit(96)
    for (let n = 97; n <= 130; n++) {
      const after = fit(n)
      if (after !== before) changed.push(n)
      before = after
    }
    assert.deepStrictEqual(changed, [97, 98, 99, 100, 109, 119, 129])
  })

  it("stay behind by as many as haven't ended, but by no more than half", () => {
    const fit = fitter()
    const fitted = fit(109)
    assert.strictEqual(fit(120, { pending: 8 }), fitted)
    assert.notStrictEqual(fit(120, { pending: 1 }), fitted)
    const half = fit(60)
    assert.strictEqual(fit(120, { pending: 500 }), half)
  })

  it("are made anew where a run of theirs turns out to be something else", () => {
    const fit = fitter()
    const fitted = fit(105)
    assert.strictEqual(fit(105, { values: (value, i) => (i === 103 ? 9 : value) }), fitted)
    assert.notStrictEqual(fit(105, { values: (value, i) => (i === 50 ? 9 : value) }), fitted)
    const again = fit(105)
    assert.notStrictEqual(fit(105, { roles: (role, i) => (i === 50 ? Standard.role.Imputed : role) }), again)
  })

  it("of several metrics stay where a run that comes pushes others back, for which all would be fitted anew", () => {
    const columns = Columns.make(spaceOf({ x: unit }))
    const metrics = [loss, { ...loss, name: "cost" }]
    const fronts = Fronts.make(metrics)
    const fit = Fits.make(columns, { fitSize: 8, modelSize: 8, among: fronts.among })
    const rows = Array.from({ length: 130 }, (_, i) => Float64Array.of((i * 0.618) % 1))
    const run = (n: number, shift: number) => {
      const x = rows[n]?.[0] ?? 0
      return runOfTwo(n, Math.abs(x - 0.3) + shift, Math.abs(x - 0.6) + shift)
    }
    const fitted = (history: ReadonlyArray<PastRun>) => {
      const worth = Objective.observe(Fronts.metricOf(metrics), fronts.history(history))
      const values = Float64Array.from(worth, ({ value }) => value)
      const data = Array.from(history, (_, i) => i)
      return { values, fit: fit(rows, data, values, new Uint8Array(data.length), 0) }
    }
    const history = Array.from({ length: 109 }, (_, n) => run(n, 1))
    const before = fitted(history)
    history.push(run(109, 0))
    const after = fitted(history)
    assert.notDeepEqual(after.values.slice(0, 109), before.values)
    assert.strictEqual(after.fit, before.fit)
    history[50] = run(50, 0.5)
    assert.notStrictEqual(fitted(history).fit, before.fit)
  })

  it("of several metrics are those of a search that begins with the history", () => {
    const space = spaceOf({ x: unit })
    const metrics = [loss, { ...loss, name: "cost" }]
    const sampler = new Map([["sampler", new Map([["type", "gp"]])]])
    const config = configOf(
      "bayes",
      { x: unit },
      { metric: undefined, metrics, scheduler: new Map([["settings", sampler]]) }
    )
    const search = () => {
      const answer = Planner.make()
      return (history: ReadonlyArray<PastRun>) => Either.getOrThrow(answer({ config, seed: 1, history }))
    }
    const history = Array.from({ length: 122 }, (_, n) => {
      const trial = RandomSearch.suggest(space, 1, n)
      const x = Number(trial.get("x"))
      const state = n % 9 === 4 ? "failed" : n === 50 || n > 117 ? "running" : "finished"
      return { ...runOfTwo(n, Math.abs(x - 0.3), Math.abs(x - 0.6)), trial, state } as const
    })
    const longer = search()
    longer(history.slice(0, 109))
    const ended = history.map((run) => (run.state === "running" ? { ...run, state: "finished" as const } : run))
    assert.deepStrictEqual(longer(ended), search()(ended))
    const { next } = Bayes.make(space, Fronts.metricOf(metrics), 1)
    assert.notDeepEqual(longer(ended), next(Fronts.make(metrics).history(ended)))
  })

  it("are those of a search that begins with the history, also where a run that counted while it went on has failed", () => {
    const space = spaceOf({ x: unit, y: unit })
    const metric = { ...loss, imputeWhileRunning: "latest" } as const
    const history = Array.from({ length: 105 }, (_, n) => {
      const trial = RandomSearch.suggest(space, 1, n)
      const away = Math.abs(Number(trial.get("x")) - 0.3) + Math.abs(Number(trial.get("y")) - 0.6)
      return n === 50 ? runOf(n, trial, [3], "running") : runOf(n, trial, [away])
    })
    const search = Bayes.make(space, metric, 1)
    search.next(history)
    // What it reported is the worst of all: the value that is imputed to it is the one that it had.
    const later = history.map((run, n) => (n === 50 ? { ...run, state: "failed" as const } : run))
    assert.deepStrictEqual(search.next(later), Bayes.make(space, metric, 1).next(later))
  })
})

const unit: Parameter = { distribution: "uniform", min: 0, max: 1 }

const spaceOf = (parameters: Record<string, Parameter>): Space.Space =>
  Either.getOrThrow(Space.make(new Map(Object.entries(parameters))))

/** A run with a loss and a cost. */
const runOfTwo = (n: number, value: number, cost: number): PastRun => {
  const run = runOf(n, new Map(), [value])
  return { ...run, metrics: new Map([...run.metrics, ["cost", digestOf([cost]) ?? assert.fail()]]) }
}

/** Fits the first so many of runs that were measured, at points along one axis. */
const fitter = () => {
  const columns = Columns.make(spaceOf({ x: unit }))
  const fit = Fits.make(columns, { fitSize: 8, modelSize: 8 })
  const rows = Array.from({ length: 130 }, (_, i) => Float64Array.of((i * 0.618) % 1))
  return (
    count: number,
    {
      pending = 0,
      roles = (role) => role,
      values = (value) => value
    }: {
      readonly pending?: number
      readonly roles?: (role: number, i: number) => number
      readonly values?: (value: number, i: number) => number
    } = {}
  ) => {
    const data = Array.from({ length: count }, (_, i) => i)
    return fit(
      rows,
      data,
      Float64Array.from(data, (i) => values(-Math.abs((rows[i]?.[0] ?? 0) - 0.3), i)),
      Uint8Array.from(data, (i) => roles(Standard.role.Measured, i)),
      pending
    )
  }
}
