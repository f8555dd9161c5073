import { assert, describe, it } from "@effect/vitest"
import type { Metric } from "../src/Metric.js"
import type { PythonDict } from "../src/PythonValue.js"
import * as RunMetrics from "../src/RunMetrics.js"

describe("RunMetrics", () => {
  it("merges by key and keeps the order in which keys were first seen", () => {
    const merged = RunMetrics.mergeSummary(
      dict([
        ["a", 1],
        ["b", 2]
      ]),
      dict([
        ["c", 3],
        ["a", 4]
      ])
    )
    assert.deepStrictEqual(
      [...merged],
      [
        ["a", 4],
        ["b", 2],
        ["c", 3]
      ]
    )
  })

  it("finds a metric by its name, or by its path", () => {
    const row: PythonDict = new Map<string, number | bigint | string | PythonDict>([
      ["loss", 0.5],
      ["epoch", 3n],
      ["note", "x"],
      ["val", dict([["loss", 2]])],
      ["val.acc", 7]
    ])
    assert.strictEqual(RunMetrics.metricValue(row, "loss"), 0.5)
    assert.strictEqual(RunMetrics.metricValue(row, "epoch"), 3)
    assert.strictEqual(RunMetrics.metricValue(row, "val.loss"), 2)
    assert.strictEqual(RunMetrics.metricValue(row, "val.acc"), 7)
    for (const name of ["note", "val", "none", "loss.x", "val.none"]) {
      assert.isUndefined(RunMetrics.metricValue(row, name), name)
    }
  })

  it("digests finite values only", () => {
    const digest = [Number.NaN, 3, 1, Infinity, 2].reduce(RunMetrics.digested, undefined)
    assert.deepStrictEqual(digest, { count: 3, min: 1, max: 3, last: 2 })
  })

  it("reaches a target by the best value, in the metric's direction", () => {
    const reaches = (goal: "minimize" | "maximize", target: number | undefined) =>
      RunMetrics.reachesTarget({ repeats: undefined, metric: metric("loss", goal, target), metrics: [] }, digests)
    assert.isTrue(reaches("minimize", 1))
    assert.isFalse(reaches("minimize", 0.9))
    assert.isTrue(reaches("maximize", 5))
    assert.isFalse(reaches("maximize", 5.1))
    assert.isFalse(reaches("maximize", undefined))
    assert.isFalse(
      RunMetrics.reachesTarget({ repeats: undefined, metric: metric("other", "minimize", 9), metrics: [] }, digests)
    )
  })

  it("reaches the target of a sweep with repeats with no run alone", () => {
    const repeats = { times: 2, over: undefined, abandon: true }
    const self = { repeats, metric: metric("loss", "minimize", 9), metrics: [] }
    assert.isFalse(RunMetrics.reachesTarget(self, digests))
    assert.isTrue(RunMetrics.hasTarget(self))
  })

  it("reaches the targets of several metrics with all those that there are", () => {
    const reaches = (loss: number | undefined, accuracy: number | undefined) =>
      RunMetrics.reachesTarget(
        {
          repeats: undefined,
          metric: undefined,
          metrics: [metric("loss", "minimize", loss), metric("accuracy", "maximize", accuracy)]
        },
        digests
      )
    assert.isTrue(reaches(1, 0.9))
    assert.isTrue(reaches(undefined, 0.8))
    assert.isFalse(reaches(1, 0.95))
    assert.isFalse(reaches(0.5, 0.9))
    assert.isFalse(reaches(undefined, undefined))
  })
})

// fixtures

const dict = (entries: ReadonlyArray<readonly [string, number]>): PythonDict => new Map(entries)

const metric = (name: string, goal: Metric["goal"], target: number | undefined): Metric => ({
  name,
  goal,
  target,
  impute: "worst",
  imputeWhileRunning: false
})

const digests = new Map([
  ["loss", { count: 2, min: 1, max: 5, last: 4 }],
  ["accuracy", { count: 1, min: 0.9, max: 0.9, last: 0.9 }]
])
