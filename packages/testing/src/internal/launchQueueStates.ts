import type { Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { launchRequest, noSweep, oneQueued, report } from "../Fixtures.js"
import { assert } from "./assert.js"

/** What the states of sweeps and runs mean to their items, where a queue knows them. */
export const stateTests = (it: Vitest.MethodsNonLive<SweepApi | LaunchQueue>): void => {
  it.effect("holds back the items of a paused sweep, and no others", () =>
    Effect.gen(function* () {
      const paused = yield* oneQueued("paused")
      const running = yield* oneQueued("paused")
      const { api, items, queue, sweep } = paused
      yield* api.setSweepState(sweep, "PAUSED")
      const ids = Effect.map(queue.lease({ ...items, max: 5 }), (items) => items.map((item) => item.id))
      assert.deepStrictEqual(yield* ids, [running.id])
      assert.deepStrictEqual(yield* paused.queued, Option.some("pending"))
      yield* api.setSweepState(sweep, "RUNNING")
      assert.deepStrictEqual(yield* ids, [paused.id])
    })
  )

  it.effect("passes over the sweeps that an agent names, but for runs that are to be ended", () =>
    Effect.gen(function* () {
      const broken = yield* oneQueued("excepted")
      const other = yield* oneQueued("excepted")
      const { api, items, queue, run, sweep } = broken
      const leasedBut = (...sweeps: ReadonlyArray<SweepId>) =>
        Effect.map(queue.lease({ ...items, max: 1, except: new Set(sweeps) }), (leased) => leased.map(({ id }) => id))
      assert.deepStrictEqual(yield* leasedBut(sweep, other.sweep), [])
      assert.deepStrictEqual(yield* leasedBut(sweep), [other.id])
      assert.deepStrictEqual(yield* leasedBut(sweep, noSweep), [])
      assert.deepStrictEqual(yield* broken.queued, Option.some("pending"))
      assert.deepStrictEqual(yield* leasedBut(), [broken.id])
      // Its job may have been submitted, and nobody has said so.
      yield* queue.acknowledge(other.id, "handle")
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* leasedBut(sweep), [])
      yield* api.stopRun({ sweep, run, reason: "Killed" })
      assert.deepStrictEqual(yield* leasedBut(sweep), [broken.id])
    })
  )

  it.effect("launches what a finished sweep has queued, and nothing of a cancelled one", () =>
    Effect.gen(function* () {
      const finished = yield* oneQueued("ended")
      const cancelled = yield* oneQueued("ended")
      yield* finished.api.setSweepState(finished.sweep, "FINISHED")
      yield* finished.api.setSweepState(cancelled.sweep, "CANCELED")
      const leased = yield* finished.queue.lease({ ...finished.items, max: 5 })
      assert.deepStrictEqual(
        leased.map((item) => item.id),
        [finished.id]
      )
    })
  )

  it.effect("launches no run that has ended, and no attempt that is over", () =>
    Effect.gen(function* () {
      const stopped = yield* oneQueued("over")
      const { api, items, queue, run, sweep } = stopped
      yield* api.stopRun({ sweep, run, reason: "Killed" })
      yield* api.requeueRun({ sweep, run, attempt: 3 })
      // This push was under way while the run was stopped and requeued.
      yield* queue.push(launchRequest({ sweep, run, queue: items.queue, attempt: 2 }))
      const current = yield* queue.push(launchRequest({ sweep, run, queue: items.queue, attempt: 3 }))
      const leased = yield* queue.lease({ ...items, max: 5 })
      assert.deepStrictEqual(
        leased.map((item) => item.id),
        [current]
      )
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(
        (yield* queue.lease({ ...items, max: 5 })).map((item) => item.id),
        [current]
      )
      yield* queue.complete(current)
      // Those that leave the queue on the way count for nothing.
      const [over, first, second, third] = yield* Effect.replicateEffect(oneQueued("over"), 4)
      if (over === undefined || first === undefined || second === undefined || third === undefined) {
        return assert.fail("not everything was queued")
      }
      yield* api.reportRun({ ...over, report: report("crashed") })
      const ids = Effect.map(queue.lease({ ...items, max: 2 }), (leased) => leased.map((item) => item.id))
      assert.deepStrictEqual(yield* ids, [first.id, second.id])
      assert.deepStrictEqual(yield* ids, [third.id])
    })
  )

  it.effect("leaves the end of a run whose lease ran out to whoever leases it next, in any state of its sweep", () =>
    Effect.gen(function* () {
      const { api, id, items, queue, run, sweep } = yield* oneQueued("expired")
      const state = Effect.map(api.runs(sweep), ([first]) => [first?.state, first?.stop])
      yield* queue.lease({ ...items, max: 1 })
      // Its job may have been submitted, and nobody has said so.
      yield* TestClock.adjust("2 minutes")
      yield* api.setSweepState(sweep, "CANCELED")
      yield* api.stopRun({ sweep, run, reason: "Killed" })
      assert.deepStrictEqual(yield* state, ["pending", "Killed"])
      assert.deepStrictEqual(
        (yield* queue.lease({ ...items, agent: "b", max: 1 })).map((item) => item.id),
        [id]
      )
      // Who had it before has lost it.
      yield* queue.release(id, items.agent)
      yield* api.stopRun({ sweep, run, reason: "Killed" })
      assert.deepStrictEqual(yield* state, ["pending", "Killed"])
      yield* queue.release(id, "b")
      yield* api.stopRun({ sweep, run, reason: "Killed" })
      assert.deepStrictEqual(yield* state, ["killed", "Killed"])
    })
  )
}
