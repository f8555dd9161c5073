import { assert, describe, it } from "@effect/vitest"
import { RunId } from "@sweepline/core/RunId"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { Either } from "effect"
import * as Colors from "../src/Colors.js"
import * as Why from "../src/Why.js"
import { report, run } from "./fixtures/reports.js"

describe("why a run was stopped", () => {
  const stopped = { ...run("a", { state: "killed" }), stop: "BudgetSpent" } as const
  const verdict = { run: RunId.make("a"), rung: 3, value: 0.1, threshold: 0.5, peers: [] }
  const lines = (judged: typeof verdict | undefined) => Why.lines(report(stopped), stopped, judged, Colors.make(false))

  it("is a sentence", () => {
    assert.deepStrictEqual(lines(undefined), [
      "a is killed.",
      "The sweep's --budget of GPU hours was spent while it ran."
    ])
  })

  it("is a part of one where early stopping had condemned it before", () => {
    const [, why] = lines(verdict)
    assert.strictEqual(why, "hyperband had condemned it; the sweep's --budget of GPU hours was spent while it ran.")
  })

  it.each([
    ["asha", "maximize", "step", "at least"],
    ["median", "minimize", "step", "at most"],
    ["hyperband", "minimize", "logged value", "at most"]
  ])(
    "by %s to %s says where, by which value and which threshold, and to whom it lost",
    (type, goal, counted, bound) => {
      const early = { ...run("a", { state: "killed" }), stop: "EarlyStopped" } as const
      const config = configOf(`metric: {name: loss, goal: ${goal}}\nearly_terminate: {type: ${type}, min_iter: 1}`)
      const lost = { ...verdict, peers: [RunId.make("b"), RunId.make("c")] }
      assert.deepStrictEqual(Why.lines({ ...report(early), config }, early, lost, Colors.make(false)), [
        "a is killed.",
        `It was stopped early, by ${type}.`,
        `At ${counted} 3 its loss was 0.1000; to go on, it had to be ${bound} 0.5000.`,
        "It lost to these runs, best first:",
        "  b c"
      ])
    }
  )
})

describe("why a configuration was abandoned", () => {
  const config = configOf("metric: {name: loss}\nrepeats: 4")
  const lines = (mean: number | undefined) =>
    Why.abandonment(
      { ...report(), config },
      { run: RunId.make("a"), repeats: 2, mean, best: RunId.make("b"), bestMean: 0.25, margin: 0.5 },
      Colors.make(false)
    )

  it("is told with both means, and with how far chance might have set them apart", () => {
    assert.deepStrictEqual(lines(0.9), [
      "Its configuration was abandoned after 2 of 4 repeats, as clearly worse than the best: their mean loss was 0.9000, that of the",
      "configuration of b 0.2500. By chance they might differ by 0.5000 (three standard errors)."
    ])
  })

  it("is told where none of its repeats had a value", () => {
    assert.deepStrictEqual(lines(undefined), [
      "Its configuration was abandoned after 2 of 4 repeats: none of them had a value of loss, and another configuration, that of b, was complete."
    ])
  })
})

function configOf(rest: string) {
  const text = `method: random\nparameters: {lr: {min: 0.1, max: 1.0}}\n${rest}`
  return Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
}
