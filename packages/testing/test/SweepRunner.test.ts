import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Option, TestClock } from "effect"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as MemoryBackend from "@sweepline/core/MemoryBackend"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as Slots from "@sweepline/core/Slots"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as SweepRunner from "@sweepline/core/SweepRunner"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as FailureModel from "@sweepline/simulation/FailureModel"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import type * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import { Ending, type SimulatedJob } from "@sweepline/simulation/SimulatedJob"
import { gridConfig } from "./SimulatedSweep.js"

describe("a scheduler and a launch agent side by side", () => {
  it.effect("end a sweep whose script fails every time, with what it says", () =>
    Effect.gen(function* () {
      const outcome = yield* Effect.flatMap(sweepOf(20), (sweep) => inTime(SweepRunner.run(sweep)))
      assert.deepInclude(outcome, { reason: "BrokenScript", state: "FAILED", exitCode: 1 })
      assert.match(outcome.detail ?? "", /^The script fails every time: .* the last with exit code 3/)
      assert.isBelow(outcome.launched, 8)
    }).pipe(
      Effect.provide(
        world({ failure: FailureModel.always(Ending.Fails({ code: 3, after: 0 })) }, { quickFailure: "5 seconds" })
      )
    )
  )

  it.effect("hold nothing against the next sweep where the script of one was broken", () => {
    let mended = false
    const failure = () => (mended ? Ending.Succeeds() : Ending.Fails({ code: 3, after: 0 }))
    return Effect.gen(function* () {
      const first = yield* Effect.flatMap(sweepOf(20), (sweep) => inTime(SweepRunner.run(sweep)))
      assert.strictEqual(first.reason, "BrokenScript")
      mended = true
      const next = yield* Effect.flatMap(sweepOf(4), (sweep) => inTime(SweepRunner.run(sweep)))
      assert.deepInclude(next, { reason: "SearchExhausted", launched: 4 })
    }).pipe(Effect.provide(world({ failure })))
  })

  it.effect("share the agent's slots with another sweep that goes on at the same time", () =>
    Effect.gen(function* () {
      const sweeps = [yield* sweepOf(4), yield* sweepOf(4)]
      const outcomes = yield* inTime(Effect.forEach(sweeps, SweepRunner.run, { concurrency: "unbounded" }))
      for (const outcome of outcomes) assert.deepInclude(outcome, { reason: "SearchExhausted", launched: 4 })
      const { history } = yield* SimulatedExecutor.SimulatedExecutor
      const jobs = yield* history
      assert.strictEqual(jobs.length, 8)
      for (const { startsAt } of jobs) {
        const atWork = jobs.filter((job) => job.startsAt <= startsAt && startsAt < job.endsAt)
        assert.isAtMost(atWork.length, 2)
      }
    }).pipe(Effect.provide(world({ duration: DurationModel.constant(60_000) })))
  )

  it.effect("end alone where their script is broken: another sweep of the agent goes on, on every slot", () => {
    let broken: SweepId | undefined
    const failure = ({ job }: SimulatedJob) =>
      job.argv[2] === broken ? Ending.Fails({ code: 3, after: 0 }) : Ending.Succeeds()
    return Effect.gen(function* () {
      const sweeps = [yield* sweepOf(20), yield* sweepOf(20)]
      broken = sweeps[0]
      const [bad, good] = yield* inTime(Effect.forEach(sweeps, SweepRunner.run, { concurrency: "unbounded" }))
      assert.deepInclude(bad, { reason: "BrokenScript", state: "FAILED" })
      assert.isBelow(bad?.launched ?? 20, 8)
      assert.deepInclude(good, { reason: "SearchExhausted", state: "COMPLETED", launched: 20 })
      const { history } = yield* SimulatedExecutor.SimulatedExecutor
      const last = (yield* history).slice(-2).map(({ startsAt }) => startsAt)
      assert.strictEqual(last[0], last[1])
    }).pipe(Effect.provide(world({ duration: DurationModel.constant(60_000), failure }, { quickFailure: "5 seconds" })))
  })

  it.effect("die together where the agent does, instead of waiting for ever", () =>
    Effect.gen(function* () {
      const sweep = yield* sweepOf(2)
      const fiber = yield* Effect.fork(SweepRunner.run(sweep))
      yield* TestClock.adjust("1 hour")
      const exit = Option.getOrThrow(yield* Fiber.poll(fiber))
      assert.deepStrictEqual(exit, Exit.die("a bug"))
    }).pipe(Effect.provide(world({}, { jobs: { build: () => Effect.die("a bug") } })))
  )

  it.effect("stop a run that has gone silent, and none that still logs", () =>
    Effect.gen(function* () {
      const sweep = yield* sweepOf(2)
      const outcome = yield* inTime(SweepRunner.run(sweep))
      const runs = yield* Effect.flatMap(SweepApi, (api) => api.runs(sweep))
      assert.deepStrictEqual(
        runs.map(({ state, stop }) => [state, stop]),
        [
          ["finished", undefined],
          ["killed", "TimedOut"]
        ]
      )
      assert.strictEqual(outcome.reason, "SearchExhausted")
    }).pipe(
      Effect.provide(
        world(
          {
            duration: DurationModel.constant(600_000),
            failure: (simulated) => (isSecond(simulated) ? Ending.Hangs() : Ending.Succeeds()),
            metrics: (simulated, millis, draws) =>
              isSecond(simulated)
                ? () => []
                : MetricModel.steps(20, () => () => ({ loss: 1 }))(simulated, millis, draws)
          },
          { runTimeout: "2 minutes" }
        )
      )
    )
  )

  it.effect("refuse an edit that no policy can be, with which the journal could not be read again", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = yield* sweepOf(4)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const running = yield* SweepRunner.start(sweep)
          yield* TestClock.adjust("30 seconds")
          for (const change of [{ workers: 1.5 }, { workers: 1e9 }, { runCap: Number.NaN }, { budget: 0 }]) {
            assert.isTrue(Exit.isFailure(yield* Effect.exit(running.edit(change, false))))
          }
          yield* running.edit({ retries: Number.POSITIVE_INFINITY, runCap: 3 }, false)
          yield* running.interrupt("Interruption")
          yield* inTime(running.outcome)
        })
      )
      yield* api.setSweepState(sweep, "RUNNING")
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(inTime(SweepRunner.run(sweep)))))
    }).pipe(Effect.provide(world({ duration: DurationModel.constant(60_000) })))
  )

  it.effect(
    "that are interrupted leave the sweep paused and its runs stopped, and go on with them when started anew",
    () =>
      Effect.gen(function* () {
        const api = yield* SweepApi
        const sweep = yield* sweepOf(4)
        const first = yield* Effect.fork(SweepRunner.run(sweep))
        yield* TestClock.adjust("90 seconds")
        const interrupting = yield* Effect.fork(Fiber.interrupt(first))
        yield* TestClock.adjust("1 minute")
        assert.isTrue(Exit.isInterrupted(yield* Fiber.join(interrupting)))
        assert.deepStrictEqual(yield* api.sweepState(sweep), Option.some("PAUSED"))
        const states = Effect.map(api.runs(sweep), (runs) => runs.map(({ attempt, state }) => `${state}#${attempt}`))
        assert.deepStrictEqual(yield* states, ["finished#1", "finished#1", "preempted#1", "preempted#1"])
        yield* api.setSweepState(sweep, "RUNNING")
        const outcome = yield* inTime(SweepRunner.run(sweep))
        assert.deepInclude(outcome, { reason: "SearchExhausted", exitCode: 0 })
        assert.deepStrictEqual(yield* states, ["finished#1", "finished#1", "finished#2", "finished#2"])
      }).pipe(Effect.provide(world({ duration: DurationModel.constant(60_000) })))
  )
})

const sweepOf = (points: number) =>
  Effect.flatMap(SweepApi, (api) => api.createSweep({ config: gridConfig([points]), name: "side by side", seed: 1 }))

/** Runs an effect while an hour goes by. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

/** A job is told which point of the grid it is, and of which sweep. */
const pointJobs: JobBuilder["Type"] = {
  build: ({ sweep, trial }) =>
    Effect.succeed({
      argv: ["train.py", String(trial.get("p0")), sweep] as const,
      env: new Map(),
      cwd: "/",
      files: new Map()
    })
}

const isSecond = ({ job }: SimulatedJob): boolean => job.argv[1] === "1"

const world = (
  engine: SimulatedEngine.Options,
  {
    jobs = pointJobs,
    quickFailure = Duration.zero,
    runTimeout
  }: {
    jobs?: JobBuilder["Type"]
    quickFailure?: Duration.DurationInput
    runTimeout?: Duration.DurationInput
  } = {}
) =>
  Layer.mergeAll(Scheduler.layer, LaunchAgent.layer).pipe(
    Layer.provideMerge(SimulatedExecutor.layer(engine)),
    Layer.provide([
      HeartbeatStrategy.layer,
      Layer.succeed(JobBuilder, jobs),
      SchedulerConfig.layerLocal({
        workers: 2,
        pollInterval: Duration.minutes(10),
        runTimeout: runTimeout === undefined ? undefined : Duration.decode(runTimeout)
      }),
      LaunchAgentConfig.layer({
        runsDirectory: "/runs",
        workingDirectory: "/",
        slots: Slots.workers(2),
        pollInterval: Duration.minutes(10),
        outputInterval: Duration.seconds(30),
        activityInterval: runTimeout === undefined ? Duration.infinity : Duration.seconds(30),
        quickFailure: Duration.decode(quickFailure)
      })
    ]),
    Layer.provideMerge(MemoryBackend.layer),
    Layer.provide([SearchLive.layerInline, EarlyStopping.layerNoop])
  )
