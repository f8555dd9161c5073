import { assert, describe, it } from "@effect/vitest"
import { Effect, HashMap, Option, Stream } from "effect"
import * as Journal from "@sweepline/core/Journal"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as FailureModel from "@sweepline/simulation/FailureModel"
import { randomConfig, simulate } from "./SimulatedSweep.js"

describe("a scheduler that keeps snapshots", () => {
  it("keeps what its journal comes to, so that the next one folds only the rest", () => {
    const { journal, outcome, sweep } = simulate({
      config: randomConfig(40),
      workers: 3,
      engine: {
        duration: DurationModel.logNormal(60_000, 0.5),
        failure: FailureModel.random({ fails: 0.2, crashes: 0.1 })
      },
      scheduler: { retries: 2, snapshotEvery: 25 }
    })
    assert.strictEqual(outcome.state, "COMPLETED")
    const read = Effect.gen(function* () {
      return {
        kept: Option.getOrThrow(yield* journal.snapshot(sweep.id)),
        restored: yield* Journal.restore(journal, sweep.id),
        events: [...(yield* Stream.runCollect(journal.replay(sweep.id)))]
      }
    })
    const { events, kept, restored } = Effect.runSync(read)
    const fold = (count: number) => events.slice(0, count).reduce(SchedulerModel.apply, SchedulerModel.initial)
    assert.isAbove(kept.events, events.length - 50)
    assert.isBelow(kept.events, events.length)
    assert.deepStrictEqual(comparable(kept.model), comparable(fold(kept.events)))
    assert.strictEqual(restored.events, events.length)
    assert.deepStrictEqual(comparable(restored.model), comparable(fold(events.length)))
  })
})

/** A hash map's order depends on how it came about. */
const comparable = (model: SchedulerModel.SchedulerModel) => ({
  ...model,
  past: HashMap.toEntries(model.past).toSorted(([a], [b]) => (a < b ? -1 : 1))
})
