import type { Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { Backend } from "../Backend.js"
import { dict, launchRequest, report, sweepWithRun } from "../Fixtures.js"
import { assert } from "./assert.js"

/** What becomes of a run: reports, stops, further attempts. */
export const runTests = (it: Vitest.MethodsNonLive<SweepApi | LaunchQueue>, backend: Backend): void => {
  const isOurs = backend === "ours"

  it.effect("follows a run from its start to its end", () =>
    Effect.gen(function* () {
      const { api, run, sweep } = yield* sweepWithRun()
      yield* TestClock.setTime(20_000)
      yield* api.reportRun({ sweep, run, report: report("running", { summary: dict(["loss", 2], ["epoch", 1n]) }) })
      yield* TestClock.setTime(25_000)
      yield* api.reportRun({ sweep, run, report: report("running", { summary: dict(["loss", 1.5], ["lr", 0.1]) }) })
      assert.deepStrictEqual((yield* api.runs(sweep))[0]?.summary.get("loss"), 1.5)
      yield* api.reportRun({ sweep, run, report: report("preempting") })
      assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("preempting"))
      yield* TestClock.setTime(30_000)
      yield* api.reportRun({
        sweep,
        run,
        report: report("finished", { exitCode: 0, summary: dict(["loss", 1], ["best", true]) })
      })
      const [record] = yield* api.runs(sweep)
      assert.deepStrictEqual(
        record && {
          state: record.state,
          exitCode: record.exitCode,
          startedAt: record.startedAt,
          endedAt: record.endedAt,
          summary: [...record.summary]
        },
        {
          state: "finished",
          exitCode: 0,
          startedAt: isOurs ? 20_000 : undefined,
          endedAt: isOurs ? 30_000 : undefined,
          summary: [
            ["loss", 1],
            ["epoch", 1n],
            ["lr", 0.1],
            ["best", true]
          ]
        }
      )
    })
  )

  if (isOurs) {
    it.effect("a run has ended when its report says so, and no later than that was told", () =>
      Effect.gen(function* () {
        for (const [told, endedAt] of [
          [28_000, 28_000],
          [99_000, 30_000]
        ] as const) {
          const { api, run, sweep } = yield* sweepWithRun()
          yield* TestClock.setTime(20_000)
          yield* api.reportRun({ sweep, run, report: report("running") })
          yield* TestClock.setTime(30_000)
          yield* api.reportRun({ sweep, run, report: report("finished", { exitCode: 0, endedAt: told }) })
          assert.strictEqual((yield* api.runs(sweep))[0]?.endedAt, endedAt)
        }
      })
    )
  }

  it.effect("tells of many runs what it tells of each", () =>
    Effect.gen(function* () {
      const { api, run: first, sweep } = yield* sweepWithRun()
      const second = yield* api.createRun({ sweep, trial: new Map() })
      const unknown = RunId.make("norun000")
      yield* api.reportRun({ sweep, run: second, report: report("running") })
      yield* api.stopRun({ sweep, run: second, reason: "Killed" })
      const [pending, missed, running, ...others] = yield* api.runStates({ sweep, runs: [first, unknown, second] })
      assert.deepStrictEqual(
        [pending, running, others],
        [{ _tag: "Found", state: "pending" }, { _tag: "Found", state: "running" }, []]
      )
      assert.isTrue(missed?._tag === "Missed" && missed.gone)
      assert.deepStrictEqual([...(yield* api.stopRequests({ sweep, runs: [first, second] }))], [[second, "Killed"]])
    })
  )

  it.effect("ignores reports on dead runs, and of older attempts", () =>
    Effect.gen(function* () {
      const { api, run, sweep } = yield* sweepWithRun()
      yield* api.reportRun({ sweep, run, report: report("failed", { exitCode: 3 }) })
      const failed = yield* api.runs(sweep)
      for (const state of RunState.all) {
        yield* api.reportRun({ sweep, run, report: report(state, { exitCode: 0, summary: dict(["late", true]) }) })
      }
      assert.deepStrictEqual(yield* api.runs(sweep), failed)
      yield* api.requeueRun({ sweep, run, attempt: 2 })
      yield* api.reportRun({ sweep, run, report: report("crashed") })
      assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("pending"))
      yield* api.reportRun({ sweep, run, report: report("running", { attempt: 2 }) })
      assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("running"))
    })
  )

  if (isOurs) {
    it.effect("requeues a dead run once for an attempt", () =>
      Effect.gen(function* () {
        const { api, run, sweep } = yield* sweepWithRun()
        yield* api.stopRun({ sweep, run, reason: "TimedOut" })
        yield* api.requeueRun({ sweep, run, attempt: 2 })
        const [requeued] = yield* api.runs(sweep)
        assert.deepStrictEqual(
          [requeued?.id, requeued?.state, requeued?.attempt, requeued?.stop, requeued?.endedAt],
          [run, "pending", 2, undefined, undefined]
        )
        yield* api.reportRun({ sweep, run, report: report("finished", { attempt: 2, exitCode: 0 }) })
        yield* api.requeueRun({ sweep, run, attempt: 2 })
        assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("finished"))
      })
    )
  }

  if (isOurs) {
    it.effect("ends a run that was never launched when it is stopped", () =>
      Effect.gen(function* () {
        const queue = yield* LaunchQueue
        for (const [reason, state] of [
          ["Killed", "killed"],
          ["EarlyStopped", "killed"],
          ["TimedOut", "killed"],
          ["Interrupted", "preempted"]
        ] as const) {
          const { api, run, sweep } = yield* sweepWithRun()
          const id = yield* queue.push(launchRequest({ sweep, run, queue: "never-launched" }))
          yield* api.stopRun({ sweep, run, reason })
          assert.deepStrictEqual(yield* queue.itemState({ id, queue: "never-launched" }), Option.none())
          assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right(state))
          assert.deepStrictEqual(yield* api.stopRequested({ sweep, run }), Option.some(reason))
        }
        assert.deepStrictEqual(yield* queue.lease({ queue: "never-launched", agent: "a", max: 10 }), [])
      })
    )
  }

  if (isOurs) {
    it.effect("leaves a leased run to its launch agent when it is stopped", () =>
      Effect.gen(function* () {
        const queue = yield* LaunchQueue
        const { api, run, sweep } = yield* sweepWithRun()
        assert.deepStrictEqual(yield* api.stopRequested({ sweep, run }), Option.none())
        yield* queue.push(launchRequest({ sweep, run, queue: "leased" }))
        assert.strictEqual((yield* queue.lease({ queue: "leased", agent: "a", max: 1 })).length, 1)
        yield* api.stopRun({ sweep, run, reason: "Interrupted" })
        assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("pending"))
        assert.deepStrictEqual(yield* api.stopRequested({ sweep, run }), Option.some("Interrupted"))
        yield* api.reportRun({ sweep, run, report: report("killed", { exitCode: 143 }) })
        assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("preempted"))
      })
    )
  }

  if (isOurs) {
    it.effect("a run of a sweep that has ended is killed where it is interrupted: it has no later", () =>
      Effect.gen(function* () {
        for (const state of ["FINISHED", "CANCELED"] as const) {
          const { api, run, sweep } = yield* sweepWithRun()
          yield* api.reportRun({ sweep, run, report: report("running") })
          yield* api.setSweepState(sweep, state)
          yield* api.stopRun({ sweep, run, reason: "Interrupted" })
          assert.deepStrictEqual(yield* api.stopRequested({ sweep, run }), Option.some("Killed"))
        }
      })
    )
  }

  it.effect("a run that is killed stays killed, whatever it was stopped for before", () =>
    Effect.gen(function* () {
      const { api, run, sweep } = yield* sweepWithRun()
      yield* api.reportRun({ sweep, run, report: report("running") })
      yield* api.stopRun({ sweep, run, reason: "Interrupted" })
      yield* api.stopRun({ sweep, run, reason: "Killed" })
      yield* api.stopRun({ sweep, run, reason: "Interrupted" })
      assert.deepStrictEqual(yield* api.stopRequested({ sweep, run }), Option.some("Killed"))
      if (isOurs) assert.strictEqual((yield* api.runs(sweep))[0]?.stop, "Killed")
      yield* api.reportRun({ sweep, run, report: report("preempted") })
      assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("killed"))
      yield* api.stopRun({ sweep, run, reason: "Interrupted" })
      assert.deepStrictEqual(yield* api.runState({ sweep, run }), Either.right("killed"))
    })
  )
}
