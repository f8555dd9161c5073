import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as RunKey from "@sweepline/core/RunKey"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import { gridConfig, type Result, simulate } from "./SimulatedSweep.js"

describe("a grid of 22,500 points with 64 workers", () => {
  it("launches exactly 22,500 distinct configurations, each once, and ends COMPLETED", { timeout: 300_000 }, () => {
    const result = simulate({
      config: gridConfig([150, 150]),
      workers: 64,
      engine: { duration: DurationModel.constant(600_000) }
    })
    assertComplete(result, 22_500)
    assert.deepInclude(result.outcome, { state: "COMPLETED", reason: "SearchExhausted", exitCode: 0 })
    // No worker is ever idle before the end.
    assert.strictEqual(result.took, Math.ceil(22_500 / 64) * 600_000)
  })

  it("with run_cap 100 launches exactly 100", { timeout: 180_000 }, () => {
    const result = simulate({
      config: gridConfig([150, 150], "run_cap: 100"),
      workers: 64,
      engine: { duration: DurationModel.logNormal(600_000, 0.4), submitLatency: DurationModel.uniform(0, 500) }
    })
    assertComplete(result, 100)
    assert.deepInclude(result.outcome, { state: "COMPLETED", reason: "RunCapReached", exitCode: 0 })
  })
})

describe("a grid of 30 points with 5 repeats", () => {
  const config = (...lines: ReadonlyArray<string>) =>
    gridConfig([6, 5], "repeats: {times: 5, over: seed}", "metric: {name: loss}", ...lines)

  it("launches each point with each seed once, and ends COMPLETED", () => {
    const duration = DurationModel.logNormal(600_000, 0.4)
    const result = simulate({ config: config(), workers: 7, seed: 3, engine: { duration } })
    assertComplete(result, 150)
    assert.deepInclude(result.outcome, { state: "COMPLETED", reason: "SearchExhausted", exitCode: 0 })
    for (const { trial } of result.runs) assert.include([0n, 1n, 2n, 3n, 4n], trial.get("seed"))
  })

  it("counts runs against run_cap, and completes what it has begun", () => {
    const duration = DurationModel.logNormal(600_000, 0.4)
    const result = simulate({ config: config("run_cap: 40"), workers: 7, seed: 3, engine: { duration } })
    assertComplete(result, 40)
    const points = new Set(result.runs.map(({ trial }) => `${trial.get("p0")} ${trial.get("p1")}`))
    assert.strictEqual(points.size, 8)
  })
})

const assertComplete = ({ jobs, outcome, runs, sweep }: Result, size: number): void => {
  assert.strictEqual(jobs.length, size)
  assert.isTrue(jobs.every(({ submissions }) => submissions === 1))
  assert.strictEqual(new Set(jobs.map(({ key }) => RunKey.run(key))).size, size)
  assert.strictEqual(new Set(runs.map(({ trial }) => PythonJson.stringify(trial))).size, size)
  assert.strictEqual(runs.length, size)
  assert.isTrue(runs.every(({ state }) => state === "finished"))
  assert.strictEqual(outcome.launched, size)
  assert.strictEqual(outcome.counts.finished, size)
  assert.deepStrictEqual(sweep.state, Option.some("FINISHED"))
}
