import { assert, describe, it } from "@effect/vitest"
import type { PythonValue } from "@sweepline/core/PythonValue"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { Either } from "effect"
import * as Colors from "../src/Colors.js"
import * as Ranking from "../src/Ranking.js"
import * as RunTable from "../src/RunTable.js"
import * as Summary from "../src/Summary.js"
import * as SweepJson from "../src/SweepJson.js"
import * as SweepParameters from "../src/SweepParameters.js"
import * as Report from "../src/SweepReport.js"
import { config as fixture, report, run } from "./fixtures/reports.js"

describe("SweepReport", () => {
  it("ranks runs by the metric's goal, and leaves out those without a finite value", () => {
    const ranking = Ranking.of(
      report(
        run("a", { accuracy: 0.5 }),
        run("b", { accuracy: Number.NaN }),
        run("c"),
        run("d", { accuracy: 1n }),
        run("e", { accuracy: 0.9 })
      )
    )
    assert.deepStrictEqual(
      ranking.map(({ run: { id }, value }) => [id, value]),
      [
        ["d", 1],
        ["e", 0.9],
        ["a", 0.5]
      ]
    )
  })

  it("ranks configurations by the means of their repeats, behind the others those that lack some", () => {
    const text =
      "{method: random, metric: {name: accuracy, goal: maximize}, parameters: {lr: {min: 0.1, max: 1.0}}, repeats: 2}"
    const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
    const runs = [
      run("a", { lr: 0.1, accuracy: 0.9 }),
      run("b", { lr: 0.2, accuracy: 0.5 }),
      run("c", { lr: 0.2, accuracy: 0.7 }),
      run("d", { lr: 0.3, accuracy: 0.8 }),
      run("e", { lr: 0.3, accuracy: 0.8 })
    ]
    const ranking = Ranking.of({ ...report(...runs), config })
    assert.deepStrictEqual(
      ranking.map(({ run: { id }, spread, value }) => [String(id), value, spread?.count]),
      [
        ["d", 0.8, 2],
        ["b", 0.6, 2],
        ["a", 0.9, 1]
      ]
    )
    assert.strictEqual(Ranking.best({ ...report(...runs), config })?.run.id, "d")
  })

  it("gives the first of equal runs as the best", () => {
    assert.strictEqual(Ranking.best(report(run("a", { accuracy: 0.5 }), run("b", { accuracy: 0.5 })))?.run.id, "a")
  })

  it("misses the metric only where runs finished without it", () => {
    assert.strictEqual(Ranking.metricTrouble(report(run("a"))), "Missing")
    assert.isUndefined(Ranking.metricTrouble(report(run("a"), run("b", { accuracy: 0.1 }))))
    assert.isUndefined(Ranking.metricTrouble(report(run("a", { state: "failed" }))))
  })

  it("says what runs reported instead of a number", () => {
    const words = run("a", { accuracy: "0.93\n" })
    assert.deepStrictEqual(RunTable.noMetric(report(run("b"), words)), [
      'No finished run reported "accuracy" as a number (but the text "0.93↵"), so there is no best run.',
      'Let the script print such a line at least once, as JSON and with nothing else on it: {"accuracy": 0.9}'
    ])
    assert.include(RunTable.noMetricYet(report(words)), 'No run reported "accuracy" as a number')
  })

  it("names the number that runs reported within a dict, as W&B's SDK does for define_metric", () => {
    const least = run("a", { accuracy: new Map<string, PythonValue>([["min", 0.1]]) })
    assert.deepStrictEqual(RunTable.noMetric(report(least)), [
      'No finished run reported "accuracy" as a number (but {min: 0.1}), so there is no best run.',
      'One is within it: name the metric "accuracy.min" in the config.'
    ])
    assert.include(RunTable.noMetricYet(report(least)), ': name the metric "accuracy.min" in the config')
    const text = fixture.source.replace("name: accuracy", "name: accuracy.min")
    const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
    assert.isUndefined(Ranking.metricTrouble({ ...report(least), config }))
  })

  it("says of runs that all diverged that they did, and only at the end", () => {
    const diverged = report(run("a", { accuracy: Number.NaN }), run("b", { accuracy: Number.POSITIVE_INFINITY }))
    assert.deepStrictEqual(RunTable.noMetric(diverged), [
      'No finished run reported a finite "accuracy" (but inf), so there is no best run.'
    ])
    assert.isUndefined(RunTable.noMetricYet(diverged))
  })

  it("calls no single run the best of several metrics, also where none has reported all of them", () => {
    const half = ofTwo(run("a", { accuracy: 0.5 }))
    assert.deepStrictEqual([Ranking.of(half), SweepJson.best(half)], [[], null])
    const end = { state: "COMPLETED", reason: "RunCapReached", because: "run_cap is reached", took: 5 } as const
    const told = Summary.text(half, end, { columns: 80, colors: Colors.make(false) }).join("\n")
    assert.include(told, "No run of sweep k3p9x0qa has reported all of loss and accuracy yet.")
    assert.include(told, '{"loss": 0.9, "accuracy": 0.9}')
    assert.notInclude(told, "Best run")
  })

  it("has reached the target of several metrics where one run has reached all", () => {
    const both = (accuracy: number, loss: number) => {
      const made = run("a", { accuracy })
      return { ...made, summary: new Map<string, PythonValue>([...made.summary, ["loss", loss]]) }
    }
    assert.isFalse(Ranking.meetsTarget(ofTwo(both(0.9, 0.5), both(0.5, 0.1))))
    assert.isTrue(Ranking.meetsTarget(ofTwo(both(0.9, 0.1))))
  })

  it("looks along dotted paths of nested values", () => {
    const dict = new Map([["optimizer", new Map([["lr", 0.1]])]])
    assert.strictEqual(Report.lookUp(dict, "optimizer.lr"), 0.1)
    assert.isUndefined(Report.lookUp(dict, "optimizer.momentum"))
  })

  it("shows parameters that vary, not constants", () => {
    assert.deepStrictEqual(SweepParameters.varying(report(run("a"))), ["lr", "layers"])
  })

  it("writes a sweep as JSON with its id first", () => {
    const json = JSON.stringify(SweepJson.sweep(report(run("a", { accuracy: 0.5 }), run("b", { state: "failed" }))))
    assert.isTrue(json.startsWith('{"id":"k3p9x0qa","name":"digits","state":"RUNNING"'), json)
    assert.include(json, '"runs":{"finished":1,"failed":1}')
    assert.include(json, '"best":{"run":"a","metric":"accuracy","value":0.5')
  })

  it("has as the front the runs that no other beats in one metric without losing in another", () => {
    const several = (id: string, loss: PythonValue | undefined, accuracy: PythonValue) => ({
      ...run(id, { accuracy }),
      summary: new Map<string, PythonValue>([
        ["accuracy", accuracy],
        ...(loss === undefined ? [] : ([["loss", loss]] as const))
      ])
    })
    const runs = [
      several("a", 3, 0.9),
      several("b", 1n, 0.5),
      several("c", 2, 0.4),
      several("d", 2, 0.8),
      several("g", undefined, -1),
      several("e", undefined, 1),
      several("f", Number.NaN, 1)
    ]
    const front = Ranking.front(ofTwo(...runs))
    assert.deepStrictEqual(
      front.map(({ run: { id }, values }) => [id, ...values]),
      [
        ["b", 1, 0.5],
        ["d", 2, 0.8],
        ["a", 3, 0.9]
      ]
    )
    assert.deepStrictEqual(Ranking.front(report(...runs)), [])
  })

  it("counts and shows of nested parameters those that vary", () => {
    const text = `
method: grid
parameters:
  x: {values: [1, 2]}
  one: {values: [3]}
  whole: {value: {a: 1}}
  inner: {parameters: {lr: {values: [0.1, 0.2]}, kind: {value: sgd}}}
`
    const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
    const trial = new Map<string, PythonValue>([
      ["x", 1n],
      ["one", 3n],
      ["whole", new Map([["a", 1n]])],
      ["inner", new Map<string, PythonValue>([["lr", 0.1], ["kind", "sgd"]])] // prettier-ignore
    ])
    assert.strictEqual(SweepParameters.varyingCount(config), 2)
    assert.deepStrictEqual(SweepParameters.varying({ ...report({ ...run("a"), trial }), config }), ["x", "inner.lr"])
  })
})

const twoMetrics = `
method: custom
metrics: [{name: loss, target: 0.2}, {name: accuracy, goal: maximize, target: 0.8}]
parameters: {lr: {min: 0.1, max: 1.0}}
`

const ofTwo = (...runs: Report.SweepReport["runs"]): Report.SweepReport => ({
  ...report(...runs),
  config: Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text: twoMetrics }))
})
