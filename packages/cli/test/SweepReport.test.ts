import { assert, describe, it } from "@effect/vitest"
import * as Report from "../src/SweepReport.js"
import { report, run } from "./fixtures/reports.js"

describe("SweepReport", () => {
  it("ranks runs by the metric's goal, and leaves out those without a finite value", () => {
    const ranking = Report.ranking(
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

  it("gives the first of equal runs as the best", () => {
    assert.strictEqual(Report.best(report(run("a", { accuracy: 0.5 }), run("b", { accuracy: 0.5 })))?.run.id, "a")
  })

  it("misses the metric only where runs finished without it", () => {
    assert.isTrue(Report.metricIsMissing(report(run("a"))))
    assert.isFalse(Report.metricIsMissing(report(run("a"), run("b", { accuracy: 0.1 }))))
    assert.isFalse(Report.metricIsMissing(report(run("a", { state: "failed" }))))
  })

  it("looks along dotted paths of nested values", () => {
    const dict = new Map([["optimizer", new Map([["lr", 0.1]])]])
    assert.strictEqual(Report.lookUp(dict, "optimizer.lr"), 0.1)
    assert.isUndefined(Report.lookUp(dict, "optimizer.momentum"))
  })

  it("shows parameters that vary, not constants", () => {
    assert.deepStrictEqual(Report.varyingParameters(report(run("a"))), ["lr", "layers"])
  })

  it("writes a sweep as JSON with its id first", () => {
    const json = JSON.stringify(Report.sweepJson(report(run("a", { accuracy: 0.5 }), run("b", { state: "failed" }))))
    assert.isTrue(json.startsWith('{"id":"k3p9x0qa","name":"digits","state":"RUNNING"'), json)
    assert.include(json, '"runs":{"finished":1,"failed":1}')
    assert.include(json, '"best":{"run":"a","metric":"accuracy","value":0.5')
  })
})
