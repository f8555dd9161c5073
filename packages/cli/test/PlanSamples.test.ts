import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as PlanSamples from "../src/plan/PlanSamples.js"
import * as PlanTask from "../src/plan/PlanTask.js"

const task: PlanTask.PlanTask = {
  config: "method: random\nprogram: train.py\nrun_cap: 12\nparameters:\n  lr: {min: 0.001, max: 0.1}\n",
  models: {
    duration: "lognormal(10m, 0.4)",
    recordings: undefined,
    source: undefined,
    metric: undefined,
    steps: undefined,
    rates: { fails: 0.2 },
    queueWait: undefined
  },
  workers: 3,
  retries: 1,
  grace: 1000,
  deadline: undefined,
  budget: undefined,
  gpusPerRun: 1,
  seed: 7
}

/** The samples from the second on, in which order they began, and how many of them this thread made. */
const samples = (options: { readonly threads: number; readonly entry?: URL }) =>
  Effect.gen(function* () {
    const began: Array<number> = []
    const simulator = yield* PlanTask.simulator(task)
    let here = 0
    const simulate = (sample: number) => {
      here += 1
      return simulator.simulate(sample)
    }
    const found = yield* PlanSamples.others({
      ...options,
      task,
      simulator: { ...simulator, simulate },
      samples: 20,
      worth: Duration.zero,
      warmUp: Duration.zero,
      begins: (sample) => Effect.sync(() => void began.push(sample))
    })
    return { found, began, here }
  })

/** Made once for all tests. */
const inOneThread = Effect.runSync(Effect.cached(samples({ threads: 1 })))

const built = new URL("../dist/plan/PlanWorker.js", import.meta.url)

// Beside other tests a thread that starts may take its time.
describe("the samples of a plan", () => {
  it.live("are the same in whichever threads they are made", () =>
    Effect.gen(function* () {
      const alone = yield* inOneThread
      const together = yield* samples({ threads: 3, entry: built })
      assert.strictEqual(alone.found.length, 19)
      assert.deepStrictEqual(together.found, alone.found)
      assert.strictEqual(alone.here, 19)
      assert.isAtMost(together.here, 17, "each thread has made one at least")
      assert.isAbove(new Set(alone.found.map(({ makespan }) => makespan)).size, 10)
      assert.deepStrictEqual(
        together.began.toSorted((a, b) => a - b),
        alone.began
      )
    })
  )

  it.live("are made here where a thread can't make them", () =>
    Effect.gen(function* () {
      const broken = join(mkdtempSync(join(tmpdir(), "sweepline-plan-")), "worker.mjs")
      writeFileSync(broken, 'throw new Error("out of order")\n')
      const alone = yield* inOneThread
      const left = yield* samples({ threads: 3, entry: pathToFileURL(broken) })
      assert.deepStrictEqual(left.found, alone.found)
      assert.strictEqual(left.here, 19)
    })
  )

  it("reads its task from nothing but a thread's own data", () => {
    assert.deepStrictEqual(PlanTask.given(structuredClone(PlanTask.workerData(task))), task)
    assert.isUndefined(PlanTask.given(undefined))
    assert.isUndefined(PlanTask.given({ task }))
  })
})
