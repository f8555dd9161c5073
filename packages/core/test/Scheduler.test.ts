import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  LogLevel,
  Metric,
  Option,
  Ref,
  Stream,
  TestClock
} from "effect"
import { CommError } from "../src/CommError.js"
import * as EarlyStopping from "../src/EarlyStopping.js"
import * as HeartbeatStrategy from "../src/HeartbeatStrategy.js"
import * as Journal from "../src/Journal.js"
import * as MemoryJournal from "../src/MemoryJournal.js"
import { JournalUnavailable } from "../src/JournalUnavailable.js"
import * as LaunchQueue from "../src/LaunchQueue.js"
import * as MemoryLaunchQueue from "../src/MemoryLaunchQueue.js"
import { LeaseHeldError } from "../src/LeaseHeldError.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Scheduler from "../src/Scheduler.js"
import * as SchedulerConfig from "../src/SchedulerConfig.js"
import * as SchedulerMetrics from "../src/SchedulerMetrics.js"
import * as SchedulerRun from "../src/SchedulerRun.js"
import * as MemorySchedulerRun from "../src/MemorySchedulerRun.js"
import * as Search from "../src/Search.js"
import * as Strategy from "../src/Strategy.js"
import * as SweepApi from "../src/SweepApi.js"
import * as MemorySweepApi from "../src/MemorySweepApi.js"
import type { SweepState } from "../src/SweepState.js"
import * as WallClock from "./fixtures/wallClock.js"

describe("a sweep", () => {
  it.scoped("launches as many runs as run_cap says, and ends FINISHED", () =>
    Effect.gen(function* () {
      const { sweep, started } = yield* world({ runCap: 7 })
      const outcome = yield* inTime(
        "1 minute",
        Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep))
      )
      assert.deepInclude(outcome, { reason: "RunCapReached", state: "COMPLETED", exitCode: 0, launched: 7 })
      assert.strictEqual(new Set(yield* Ref.get(started)).size, 7)
      yield* assertState(sweep, "FINISHED")
    }).pipe(Effect.provide(TestScheduler({ workers: 3 })))
  )

  it.scoped("that is paused launches nothing, and goes on when it is resumed", () =>
    Effect.gen(function* () {
      const { api, started, sweep } = yield* world({ runCap: 6 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("3 seconds")
      assert.isTrue(yield* api.setSweepState(sweep, "PAUSED"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Ref.get(started)).length, 2)
      assert.isTrue(yield* api.setSweepState(sweep, "RUNNING"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "RunCapReached")
      assert.strictEqual((yield* Ref.get(started)).length, 6)
    }).pipe(Effect.provide(TestScheduler({ workers: 2, onPaused: "wait" })))
  )

  it.scoped("that another scheduler has taken is left to it", () =>
    Effect.gen(function* () {
      const { api, sweep } = yield* world({ runCap: 6 })
      const own = yield* SchedulerRun.SchedulerRun
      const taken = yield* Deferred.make<never, LeaseHeldError>()
      const context = yield* Layer.build(
        Layer.provide(
          Scheduler.layer,
          Layer.succeed(SchedulerRun.SchedulerRun, {
            ...own,
            start: (id) => Effect.map(own.start(id), (started) => ({ ...started, lost: Deferred.await(taken) }))
          })
        )
      )
      const scheduler = Context.get(context, Scheduler.Scheduler)
      const fiber = yield* Effect.fork(Effect.flip(scheduler.run(sweep)))
      yield* TestClock.adjust("3 seconds")
      const error = new LeaseHeldError({ sweep, holder: "process 7 on elsewhere", lost: true })
      yield* Deferred.fail(taken, error)
      assert.deepInclude(yield* Fiber.join(fiber), {
        _tag: "LeaseHeldError",
        holder: "process 7 on elsewhere",
        lost: true
      })
      yield* assertState(sweep, "RUNNING")
      assert.isTrue((yield* api.runs(sweep)).every(({ stop }) => stop === undefined))
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
  )

  it.scoped("that is cancelled has its runs stopped", () =>
    Effect.gen(function* () {
      const { api, sweep } = yield* world({ runCap: 6 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("3 seconds")
      yield* api.setSweepState(sweep, "CANCELED")
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* Fiber.join(fiber), { reason: "SweepCancelled", exitCode: 5 })
      assert.deepStrictEqual(
        (yield* api.runs(sweep)).map(({ state }) => state),
        ["killed", "killed"]
      )
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
  )

  it.scoped("that is stopped drains: what runs goes on to its end", () =>
    Effect.gen(function* () {
      const { api, sweep } = yield* world({ runCap: 6 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("3 seconds")
      yield* api.setSweepState(sweep, "FINISHED")
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* Fiber.join(fiber), { reason: "SweepFinished", exitCode: 0 })
      assert.deepStrictEqual(
        (yield* api.runs(sweep)).map(({ state }) => state),
        ["finished", "finished"]
      )
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
  )

  it.scoped("that another scheduler works on is refused", () =>
    Effect.gen(function* () {
      const { sweep } = yield* world({ runCap: 6 })
      const scheduler = yield* Scheduler.Scheduler
      yield* scheduler.start(sweep)
      const error = yield* Effect.flip(Effect.scoped(scheduler.start(sweep)))
      assert.strictEqual(error._tag, "LeaseHeldError")
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
  )
})

describe("what happens in a sweep", () => {
  const journaled = (sweep: Parameters<SweepApi.SweepApi["Type"]["sweep"]>[0]) =>
    Effect.flatMap(Journal.Journal, (journal) => Effect.map(Stream.runCollect(journal.replay(sweep)), (it) => [...it]))

  it.scoped("is in the journal a moment later, also where nothing follows from it, and its end at once", () =>
    Effect.gen(function* () {
      const { api, sweep } = yield* world({ runCap: 2 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("3 seconds")
      const before = (yield* journaled(sweep)).length
      yield* api.setSweepState(sweep, "PAUSED")
      yield* TestClock.adjust("100 millis")
      const after = (yield* journaled(sweep)).slice(before)
      assert.include(JSON.stringify(after), "PAUSED")
      yield* api.setSweepState(sweep, "RUNNING")
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual((yield* journaled(sweep)).at(-1)?._tag, "SchedulerEnded")
    }).pipe(Effect.provide(TestScheduler({ workers: 2, onPaused: "wait", pollInterval: Duration.minutes(10) })))
  )

  it.scoped("is journaled once: looks that find nothing new leave no trace", () =>
    Effect.gen(function* () {
      const { sweep } = yield* world({ runCap: 2 })
      yield* Effect.forkScoped(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("4 seconds")
      const before = yield* journaled(sweep)
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* journaled(sweep), before)
    }).pipe(Effect.provide(TestScheduler({ workers: 2, pollInterval: Duration.seconds(1) })))
  )

  it.scoped("happens when its time comes, and not at the next look", () =>
    Effect.gen(function* () {
      const { sweep } = yield* world({ runCap: 2 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "DeadlineReached")
    }).pipe(Effect.provide(TestScheduler({ workers: 2, deadline: 5000, pollInterval: Duration.minutes(10) })))
  )
})

describe("an interrupted scheduler", () => {
  it.scoped("leaves its sweep paused, and the next one runs the same runs again, up to the right total", () =>
    Effect.gen(function* () {
      const { api, started, sweep } = yield* world({ runCap: 5 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("14 seconds")
      const interruption = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(interruption)
      yield* assertState(sweep, "PAUSED")
      const killed = (yield* api.runs(sweep)).filter(({ state }) => state === "preempted").map(({ id }) => id)
      assert.strictEqual(killed.length, 2)

      yield* api.setSweepState(sweep, "RUNNING")
      const outcome = yield* inTime(
        "1 minute",
        Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep))
      )
      assert.strictEqual(outcome.reason, "RunCapReached")
      const runs = yield* api.runs(sweep)
      assert.deepStrictEqual(
        runs.map(({ state }) => state),
        Array.from({ length: 5 }, () => "finished")
      )
      assert.deepStrictEqual(
        runs.filter(({ attempt }) => attempt === 2).map(({ id }) => id),
        killed
      )
      assert.strictEqual((yield* Ref.get(started)).length, 7)
    }).pipe(Effect.provide(TestScheduler({ workers: 2, ...onOneMachine })))
  )

  it.scoped("is said to be interrupted by the signal that asked for it", () =>
    Effect.gen(function* () {
      const { sweep } = yield* world({ runCap: 5 })
      const scheduler = yield* Scheduler.Scheduler
      const running = yield* scheduler.start(sweep)
      yield* TestClock.adjust("3 seconds")
      yield* running.interrupt("SIGTERM")
      const outcome = yield* inTime("5 seconds", running.outcome)
      assert.deepInclude(outcome, { reason: "Interrupted", state: "STOPPED", exitCode: 143 })
    }).pipe(Effect.provide(TestScheduler({ workers: 2, ...onOneMachine })))
  )
})

describe("a machine that is suspended", () => {
  it.scoped("takes no run for stuck that could not be heard meanwhile", () =>
    Effect.gen(function* () {
      const { clock, set } = yield* WallClock.make
      const { api, sweep } = yield* world({ runCap: 2 })
      const scheduler = yield* Scheduler.Scheduler
      const fiber = yield* Effect.fork(Effect.withClock(scheduler.run(sweep), clock))
      yield* TestClock.adjust("5 seconds")
      set("8 hours")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "RunCapReached")
      const runs = yield* api.runs(sweep)
      assert.deepStrictEqual(
        runs.map(({ state, stop }) => [state, stop]),
        [
          ["finished", undefined],
          ["finished", undefined]
        ]
      )
    }).pipe(Effect.provide(TestScheduler({ workers: 2, runTimeout: Duration.seconds(12) })))
  )
})

describe("what fails", () => {
  it.scoped("an outage of the backend for a minute changes nothing but the log", () =>
    Effect.gen(function* () {
      const { down, sweep, started } = yield* world({ runCap: 6 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("3 seconds")
      yield* Ref.set(down, true)
      yield* TestClock.adjust("1 minute")
      yield* Ref.set(down, false)
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* Fiber.join(fiber), { reason: "RunCapReached", launched: 6 })
      assert.strictEqual(new Set(yield* Ref.get(started)).size, 6)
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
  )

  it.scoped("a run that somebody deletes while it waits for its next attempt has failed, and the sweep ends", () =>
    Effect.gen(function* () {
      const { contents } = yield* MemoryStore.MemoryStore
      const api = yield* SweepApi.SweepApi
      const queue = yield* LaunchQueue.LaunchQueue
      const config = "program: train.py\nmethod: random\nrun_cap: 1\nparameters: {x: {min: 0, max: 1000}}\n"
      const sweep = yield* api.createSweep({ config, name: "test", seed: 1 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("1 second")
      const [item] = yield* queue.lease({ queue: "default", agent: "pool", max: 1 })
      assert.isDefined(item)
      const { run } = item.request
      const report = { attempt: 1, state: "failed", exitCode: 1, summary: new Map() } as const
      yield* api.reportRun({ sweep, run, report })
      yield* TestClock.adjust("1 second")
      contents.sweeps.get(sweep)?.runs.delete(run)
      const outcome = yield* inTime("1 minute", Fiber.join(fiber))
      assert.deepInclude(outcome, { reason: "RunCapReached", launched: 1 })
      assert.strictEqual(outcome.counts.failed, 1)
    }).pipe(Effect.provide(TestScheduler({ workers: 1, retries: 1 })))
  )

  it.scoped("a run that is said once not to be there is run again all the same, and stopped", () =>
    Effect.gen(function* () {
      const { denied } = yield* Switches
      const api = yield* SweepApi.SweepApi
      const queue = yield* LaunchQueue.LaunchQueue
      const config = "program: train.py\nmethod: random\nrun_cap: 1\nparameters: {x: {min: 0, max: 1000}}\n"
      const sweep = yield* api.createSweep({ config, name: "test", seed: 1 })
      const running = yield* Effect.flatMap(Scheduler.Scheduler, (it) => it.start(sweep))
      const leased = Effect.zipRight(
        TestClock.adjust("10 seconds"),
        queue.lease({ queue: "default", agent: "pool", max: 1 })
      )
      const [first] = yield* leased
      assert.isDefined(first)
      const { run } = first.request
      yield* api.reportRun({ sweep, run, report: { attempt: 1, state: "failed", exitCode: 1, summary: new Map() } })
      yield* Ref.set(denied, 1)
      const [second] = yield* leased
      assert.strictEqual(second?.request.key, `${run}#2`)
      yield* api.reportRun({
        sweep,
        run,
        report: { attempt: 2, state: "running", exitCode: undefined, summary: new Map() }
      })
      yield* Ref.set(denied, 1)
      yield* running.interrupt("SIGINT")
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* api.stopRequested({ sweep, run }), Option.some("Killed"))
    }).pipe(Effect.provide(TestScheduler({ workers: 1, retries: 1 })))
  )

  const assertDefect = (next: Effect.Effect<never>) =>
    Effect.gen(function* () {
      const { sweep } = yield* world({ runCap: 6 })
      const outcome = yield* inTime(
        "1 minute",
        Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep))
      )
      assert.deepInclude(outcome, { reason: "Defect", state: "FAILED", exitCode: 1 })
      yield* assertState(sweep, "CANCELED")
    }).pipe(Effect.provide(TestScheduler({ workers: 2 }, Layer.succeed(Strategy.Strategy, { next: () => next }))))

  it.scoped("a bug in a strategy ends the sweep as a defect, with its runs stopped", () =>
    assertDefect(Effect.die("oops"))
  )

  it.scoped("a strategy that interrupts itself ends the sweep as a defect, too", () => assertDefect(Effect.interrupt))

  it.scoped("a journal that can't be written stops the deciding; nothing is launched that it doesn't hold", () =>
    Effect.gen(function* () {
      const { full, started, sweep } = yield* world({ runCap: 6 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      yield* TestClock.adjust("3 seconds")
      yield* Ref.set(full, "for good")
      yield* TestClock.adjust("1 minute")
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual((yield* Ref.get(started)).length, 2)
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
  )

  it.scoped(
    "a journal that has no room holds the sweep up, which says once what is in the way and goes on when nothing is",
    () => {
      const said: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => said.push(String(message)))
      return Effect.gen(function* () {
        const { full, started, sweep } = yield* world({ runCap: 6 })
        const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
        yield* TestClock.adjust("3 seconds")
        for (const obstacle of ["for now", "for a while"] as const) {
          yield* Ref.set(full, obstacle)
          yield* TestClock.adjust("5 minutes")
        }
        assert.strictEqual((yield* Ref.get(started)).length, 2)
        yield* Ref.set(full, false)
        yield* TestClock.adjust("1 minute")
        assert.deepInclude(yield* Fiber.join(fiber), { reason: "RunCapReached", launched: 6 })
        assert.strictEqual(new Set(yield* Ref.get(started)).size, 6)
        assert.lengthOf(
          said.filter((message) => message === "The journal can't be written"),
          2
        )
      }).pipe(Effect.provide([TestScheduler({ workers: 2 }), Logger.replace(Logger.defaultLogger, logger)]))
    }
  )

  it.scoped("a journal that has no room is told at once to whoever starts a sweep, or wants to end it", () =>
    Effect.gen(function* () {
      const { full, started, sweep } = yield* world({ runCap: 6 })
      const scheduler = yield* Scheduler.Scheduler
      yield* Ref.set(full, "for now")
      const refused = yield* Effect.flip(inTime("5 seconds", scheduler.run(sweep)))
      assert.strictEqual(refused._tag, "JournalUnavailable")
      assert.deepStrictEqual(yield* Ref.get(started), [])

      yield* Ref.set(full, false)
      const running = yield* scheduler.start(sweep)
      yield* TestClock.adjust("3 seconds")
      yield* Ref.set(full, "for now")
      yield* TestClock.adjust("1 minute")
      yield* running.interrupt("SIGINT")
      const ended = yield* Effect.flip(inTime("5 seconds", running.outcome))
      assert.strictEqual(ended._tag, "JournalUnavailable")
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
  )

  it.scoped("a sweep without anything to execute ends before a run is asked for (B19, RD15)", () =>
    Effect.gen(function* () {
      const { started, sweep } = yield* world({ runCap: 6 })
      const outcome = yield* inTime(
        "1 minute",
        Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep))
      )
      assert.deepInclude(outcome, { reason: "NoExecutable", exitCode: 1 })
      assert.deepStrictEqual(yield* Ref.get(started), [])
    }).pipe(Effect.provide(TestScheduler({ workers: 2, localProgram: false })))
  )
})

describe("the log", () => {
  const levels: ReadonlyArray<readonly [LogLevel.LogLevel, Array<string>]> = [
    [LogLevel.Debug, ["DEBUG", "INFO", "WARN"]],
    [LogLevel.Info, ["INFO", "WARN"]],
    [LogLevel.Warning, ["WARN"]],
    [LogLevel.Error, []]
  ]

  for (const [level, heard] of levels) {
    it.scoped(`at level ${level.label} tells what is as grave or graver, and nothing less`, () =>
      Effect.gen(function* () {
        const said = new Set<string>()
        const logger = Logger.make<unknown, void>(({ logLevel }) => void said.add(logLevel.label))
        const { down, sweep } = yield* world({ runCap: 2 })
        const run = Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)).pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Logger.withMinimumLogLevel(level)
        )
        const fiber = yield* Effect.fork(run)
        yield* TestClock.adjust("3 seconds")
        yield* Ref.set(down, true)
        yield* TestClock.adjust("10 seconds")
        yield* Ref.set(down, false)
        yield* TestClock.adjust("20 seconds")
        assert.strictEqual((yield* Fiber.join(fiber)).reason, "RunCapReached")
        assert.deepStrictEqual([...said].sort(), heard)
      }).pipe(Effect.provide(TestScheduler({ workers: 2 })))
    )
  }
})

// layers

const onOneMachine = {
  onInterrupt: "pause",
  awaitStops: Duration.seconds(60),
  resumesPreempted: true,
  adoptsPending: true
} as const

/** Runs an effect while the test's time goes on. */
const inTime = <A, E, R>(time: "1 minute" | "5 seconds", effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(time)
    return yield* Fiber.join(fiber)
  })

const assertState = (sweep: Parameters<SweepApi.SweepApi["Type"]["sweep"]>[0], state: SweepState) =>
  Effect.flatMap(SweepApi.SweepApi, (api) =>
    Effect.map(api.sweepState(sweep), (it) => assert.deepStrictEqual(it, Option.some(state)))
  )

const SearchCounting = Layer.succeed(Search.Search, {
  suggest: ({ history }) =>
    Effect.succeed(Search.Suggestion.Suggested({ trial: new Map([["x", BigInt(history.length)]]) }))
})

describe("what it counts", () => {
  it.scoped("has the labels of whoever runs it: launches, ends by state, passes, failures and what is at work", () =>
    Effect.gen(function* () {
      const { down, sweep } = yield* world({ runCap: 2 })
      const fiber = yield* Effect.fork(Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)))
      const counted = Effect.gen(function* () {
        const { value } = yield* Metric.value(SchedulerMetrics.activeRuns)
        const counts = yield* Effect.forEach(
          [SchedulerMetrics.launches, SchedulerMetrics.endedRunsBy.finished, SchedulerMetrics.endedRunsBy.failed],
          (metric) => Metric.value(metric)
        )
        return [value, ...counts.map(({ count }) => count)]
      })
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* counted, [2, 2, 0, 0])
      yield* Ref.set(down, true)
      yield* TestClock.adjust("5 seconds")
      yield* Ref.set(down, false)
      assert.isAbove((yield* Metric.value(SchedulerMetrics.failures)).count, 0)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "RunCapReached")
      assert.deepStrictEqual(yield* counted, [0, 2, 2, 0])
      assert.isAbove((yield* Metric.value(SchedulerMetrics.passes)).count, 4)
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })), Effect.tagMetrics("test", "counting"))
  )

  it.scoped("takes in runs that are let go of once they were asked to stop", () =>
    Effect.gen(function* () {
      const { sweep } = yield* world({ runCap: 6 })
      const running = yield* Effect.flatMap(Scheduler.Scheduler, (it) => it.start(sweep))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Metric.value(SchedulerMetrics.activeRuns)).value, 2)
      yield* running.interrupt("SIGINT")
      const { counts } = yield* running.outcome
      assert.strictEqual(counts.killed, 2)
      assert.strictEqual((yield* Metric.value(SchedulerMetrics.endedRunsBy.killed)).count, 2)
      assert.strictEqual((yield* Metric.value(SchedulerMetrics.activeRuns)).value, 0)
    }).pipe(Effect.provide(TestScheduler({ workers: 2 })), Effect.tagMetrics("test", "letting go"))
  )
})

/** Switches that make the backend unreachable, or deny so many times that a run is there, and the journal full. */
class Switches extends Effect.Service<Switches>()("Switches", {
  effect: Effect.all({
    down: Ref.make(false),
    denied: Ref.make(0),
    full: Ref.make<false | "for good" | "for now" | "for a while">(false)
  })
}) {}

const unreachable = new CommError({
  reason: "Unreachable",
  operation: "ask",
  detail: "connection refused",
  retryable: true
})

const notThere = new CommError({ reason: "Status", status: 404, operation: "ask", detail: "no run", retryable: false })

/** The memory backend behind a network that can be cut. */
const ApiLayer = Layer.effect(
  SweepApi.SweepApi,
  Effect.gen(function* () {
    const api = yield* SweepApi.SweepApi
    const { denied, down } = yield* Switches
    const through = <A>(effect: Effect.Effect<A, CommError>): Effect.Effect<A, CommError> =>
      Effect.flatMap(
        Ref.getAndUpdate(denied, (times) => times - 1),
        (times) => (times > 0 ? Effect.fail(notThere) : over(effect))
      )
    const over = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | CommError, R> =>
      Effect.flatMap(Ref.get(down), (cut): Effect.Effect<A, E | CommError, R> =>
        cut ? Effect.fail(unreachable) : effect
      )
    return SweepApi.SweepApi.of({
      ...api,
      sweepState: (id) => over(api.sweepState(id)),
      runState: (it) => over(api.runState(it)),
      heartbeat: (it) => over(api.heartbeat(it)),
      requeueRun: (it) => through(api.requeueRun(it)),
      stopRun: (it) => through(api.stopRun(it)),
      setSweepState: (id, state) => over(api.setSweepState(id, state))
    })
  })
).pipe(Layer.provide(MemorySweepApi.layer))

const JournalLayer = Layer.effect(
  Journal.Journal,
  Effect.gen(function* () {
    const journal = yield* Journal.Journal
    const { full } = yield* Switches
    return Journal.Journal.of({
      ...journal,
      append: (sweep, events) =>
        Effect.flatMap(Ref.get(full), (it) =>
          it
            ? Effect.fail(new JournalUnavailable({ sweep, detail: `it is full ${it}`, mayHeal: it !== "for good" }))
            : journal.append(sweep, events)
        )
    })
  })
).pipe(Layer.provide(MemoryJournal.layer))

const TestScheduler = (
  config: Partial<SchedulerConfig.SchedulerConfig["Type"]>,
  strategy: Layer.Layer<Strategy.Strategy, never, SweepApi.SweepApi> = HeartbeatStrategy.layer
) =>
  Scheduler.layer.pipe(
    Layer.provideMerge(strategy),
    Layer.provideMerge(
      Layer.mergeAll(
        ApiLayer,
        MemoryLaunchQueue.layer,
        MemorySchedulerRun.layer(),
        JournalLayer,
        SchedulerConfig.layer({ localProgram: true, ...config })
      )
    ),
    Layer.provideMerge(Layer.mergeAll(MemoryStore.layer, SearchCounting, EarlyStopping.layerNoop, Switches.Default))
  )

/** A sweep of up to `runCap` runs, and whoever runs the queue's items: ten seconds each; one that should stop goes at once. */
const world = (options: { readonly runCap: number }) =>
  Effect.gen(function* () {
    const api = yield* SweepApi.SweepApi
    const queue = yield* LaunchQueue.LaunchQueue
    const started = yield* Ref.make<ReadonlyArray<string>>([])
    const config = `program: train.py\nmethod: random\nrun_cap: ${options.runCap}\nparameters:\n  x: {min: 0, max: 1000}\n`
    const sweep = yield* api.createSweep({ config, name: "test", seed: 1 })
    const work = ({ id, request: { attempt, key, run, sweep } }: LaunchQueue.QueueItem) => {
      const report = (state: "running" | "finished" | "preempted" | "killed") =>
        api.reportRun({ sweep, run, report: { attempt, state, exitCode: undefined, summary: new Map([["x", 1]]) } })
      return Effect.gen(function* () {
        yield* Ref.update(started, (keys) => [...keys, key])
        yield* queue.acknowledge(id, "handle")
        yield* report("running")
        for (let second = 0; second < 10; second += 2) {
          yield* Effect.sleep("2 seconds")
          const stop = yield* api.stopRequested({ sweep, run })
          if (Option.isSome(stop)) return yield* report(stop.value === "Interrupted" ? "preempted" : "killed")
        }
        yield* report("finished")
      }).pipe(Effect.zipRight(queue.complete(id)))
    }
    const tick = Effect.flatMap(queue.lease({ queue: "default", agent: "pool", max: 100 }), (items) =>
      Effect.forEach(items, (item) => Effect.forkDaemon(work(item)))
    )
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(tick, Effect.sleep("1 second"))))
    return { api, sweep, started, ...(yield* Switches) }
  })
