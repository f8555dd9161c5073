import { assert, describe, it } from "@effect/vitest"
import type { Job } from "@sweepline/core/Executor"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as Draws from "../src/Draws.js"
import * as MetricModel from "../src/MetricModel.js"

const job: Job = { argv: ["train.py"], env: new Map(), cwd: "/", files: new Map() }
const simulated = { key: RunKey.make(RunId.make("a"), 1), job }

describe("a job that logs at equal parts of its duration", () => {
  it("logs each row in the very millisecond that is due", () => {
    const curve = MetricModel.steps(100, () => (step) => ({ step }))(simulated, 100, Draws.make(0))
    for (let millis = 0; millis <= 100; millis++) assert.strictEqual(curve(millis).length, millis)
  })
})
