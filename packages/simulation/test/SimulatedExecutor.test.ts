import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, FastCheck, Fiber, Option, Stream, TestClock } from "effect"
import { Executor, type Job, JobStatus } from "@sweepline/core/Executor"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as Draws from "@sweepline/simulation/Draws"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as FailureModel from "@sweepline/simulation/FailureModel"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import { layer, layerEngine, SimulatedExecutor } from "@sweepline/simulation/SimulatedExecutor"
import { Ending } from "@sweepline/simulation/SimulatedJob"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"

describe("in virtual time", () => {
  it("a job lasts as long as its model says, and exits with 0", () => {
    assert.deepStrictEqual(
      inVirtualTime(
        Effect.gen(function* () {
          const executor = yield* Executor
          const handle = yield* executor.submit(job(), key("a"))
          const statuses: Array<unknown> = [yield* statusOf("a")]
          yield* Effect.sleep("9 minutes")
          statuses.push(yield* statusOf("a"))
          yield* Effect.sleep("1 minute")
          statuses.push(yield* statusOf("a"))
          assert.strictEqual(handle.key, key("a"))
          return statuses
        }),
        { duration: DurationModel.constant(600_000) }
      ),
      [JobStatus.Running(), JobStatus.Running(), JobStatus.Exited({ code: 0 })]
    )
  })

  it("submit takes its latency, and a queued job waits before it starts", () => {
    const [record] = inVirtualTime(
      Effect.gen(function* () {
        yield* (yield* Executor).submit(job(), key("a"))
        return yield* (yield* SimulatedExecutor).history
      }),
      {
        duration: DurationModel.constant(1_000),
        submitLatency: DurationModel.constant(30),
        queueWait: DurationModel.constant(500)
      }
    )
    assert.deepInclude(record, { submittedAt: 30, startsAt: 530, endsAt: 1_530 })
  })

  it("a key that is submitted again is counted, not run again", () => {
    const history = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        const submit = executor.submit(job(), key("a"))
        yield* Effect.all([submit, submit, submit], { concurrency: "unbounded" })
        yield* Effect.sleep("1 hour")
        yield* submit
        return yield* (yield* SimulatedExecutor).history
      }),
      { duration: DurationModel.constant(1_000), submitLatency: DurationModel.constant(5) }
    )
    assert.strictEqual(history.length, 1)
    assert.deepInclude(history[0], { submissions: 4, submittedAt: 5, endsAt: 1_005 })
  })

  it("find knows the keys that were submitted, and poll says Lost of others", () => {
    const [found, missing, lost] = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        const handle = yield* executor.submit(job(), key("a"))
        assert.deepStrictEqual(yield* executor.find(key("a")), Option.some(handle))
        return [yield* executor.find(key("a")), yield* executor.find(key("b")), yield* statusOf("b")] as const
      })
    )
    assert.isTrue(Option.isSome(found))
    assert.isTrue(Option.isNone(missing))
    assert.strictEqual(lost?._tag, "Lost")
  })

  it("cancel ends a job after its stop delay, or by force after the grace time", () => {
    const ends = (grace: Duration.DurationInput) =>
      inVirtualTime(
        Effect.gen(function* () {
          const executor = yield* Executor
          const handle = yield* executor.submit(job(), key("a"))
          yield* Effect.sleep("1 minute")
          yield* executor.cancel(handle, Duration.decode(grace))
          const running = yield* statusOf("a")
          yield* Effect.sleep("1 hour")
          const [record] = yield* (yield* SimulatedExecutor).history
          return [running, record?.status, record?.endsAt] as const
        }),
        { duration: DurationModel.constant(600_000), stopDelay: DurationModel.constant(10_000) }
      )
    assert.deepStrictEqual(ends("30 seconds"), [JobStatus.Running(), JobStatus.Killed(), 70_000])
    assert.deepStrictEqual(ends("5 seconds"), [JobStatus.Running(), JobStatus.Killed(), 65_000])
  })

  it("cancel comes too late for a job that has ended, or ends first", () => {
    const status = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        const handle = yield* executor.submit(job(), key("a"))
        yield* Effect.sleep("58 seconds")
        yield* executor.cancel(handle, Duration.seconds(30))
        yield* Effect.sleep("2 seconds")
        yield* executor.cancel(handle, Duration.seconds(30))
        return yield* statusOf("a")
      }),
      { duration: DurationModel.constant(60_000), stopDelay: DurationModel.constant(10_000) }
    )
    assert.deepStrictEqual(status, JobStatus.Exited({ code: 0 }))
  })

  it("a job that hangs ends only when it is cancelled", () => {
    const statuses = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        const handle = yield* executor.submit(job(), key("a"))
        yield* Effect.sleep("1000 days")
        const before = yield* statusOf("a")
        yield* executor.cancel(handle, Duration.seconds(1))
        return [before, yield* statusOf("a")]
      }),
      { failure: FailureModel.always(Ending.Hangs()) }
    )
    assert.deepStrictEqual(statuses, [JobStatus.Running(), JobStatus.Killed()])
  })

  it("jobs end as the failure model says, part of the way", () => {
    const ended = (ending: Ending, options?: SimulatedEngine.Options) =>
      inVirtualTime(
        Effect.gen(function* () {
          yield* (yield* Executor).submit(job(), key("a"))
          yield* Effect.sleep("1 hour")
          const [record] = yield* (yield* SimulatedExecutor).history
          return [record?.status, record?.endsAt] as const
        }),
        { duration: DurationModel.constant(1_000), failure: FailureModel.always(ending), ...options }
      )
    assert.deepStrictEqual(ended(Ending.Fails({ code: 3, after: 0.25 })), [JobStatus.Exited({ code: 3 }), 250])
    assert.deepStrictEqual(ended(Ending.Crashes({ after: 0.5, detail: "OOM" })), [
      JobStatus.Crashed({ detail: "OOM" }),
      500
    ])
    assert.deepStrictEqual(ended(Ending.Preempted({ after: 0.75 })), [
      JobStatus.Preempted({ detail: "its machine was taken away" }),
      750
    ])
    assert.strictEqual(ended(Ending.Vanishes({ after: 1 }))[0]?._tag, "Lost")
  })

  it("first attempts fail, later ones succeed", () => {
    const failure = FailureModel.firstAttempts(1)(FailureModel.always(Ending.Fails({ code: 1, after: 1 })))
    const statuses = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        yield* executor.submit(job(), key("a", 1))
        yield* executor.submit(job(), key("a", 2))
        return [yield* statusOf("a", 1), yield* statusOf("a", 2)]
      }),
      { failure }
    )
    assert.deepStrictEqual(statuses, [JobStatus.Exited({ code: 1 }), JobStatus.Exited({ code: 0 })])
  })

  it("output grows by the rows that the job has logged, and can be read from any offset", () => {
    const metrics = MetricModel.steps(2, ({ job }) => (step) => ({ step, lr: job.env.get("LR") ?? "" }))
    const texts = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        const handle = yield* executor.submit(job({ LR: "0.1" }), key("a"))
        const texts: Array<string> = []
        let offset = 0
        for (let n = 0; n < 3; n++) {
          yield* Effect.sleep("400 millis")
          const bytes = yield* executor.output(handle, offset, 1_000)
          offset += bytes.length
          texts.push(Buffer.from(bytes).toString())
        }
        texts.push(Buffer.from(yield* executor.output(handle, 2, 4)).toString())
        texts.push(Buffer.from(yield* executor.output(handle, offset, 1_000)).toString())
        return texts
      }),
      {
        duration: DurationModel.constant(1_000),
        failure: FailureModel.always(Ending.Fails({ code: 1, after: 1, output: "boom" })),
        metrics
      }
    )
    assert.deepStrictEqual(texts, ["", `{"step":1,"lr":"0.1"}\n`, `{"step":2,"lr":"0.1"}\nboom\n`, "step", ""])
  })

  it("announces each end once, when it comes, also one that a cancel brought forward", () => {
    const seen = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        const listener = yield* executor.changes.pipe(
          Stream.mapEffect((key) => Effect.map(Clock.currentTimeMillis, (now) => `${now} ${key}`)),
          Stream.interruptAfter("10 hours"),
          Stream.runCollect,
          Effect.fork
        )
        yield* Effect.yieldNow()
        yield* executor.submit(job(), key("a"))
        const b = yield* executor.submit(job(), key("b"))
        yield* Effect.sleep("1 minute")
        yield* executor.cancel(b, Duration.seconds(10))
        return Array.from(yield* Fiber.join(listener))
      }),
      { duration: DurationModel.constant(600_000), stopDelay: DurationModel.constant(5_000) }
    )
    assert.deepStrictEqual(seen, ["65000 b#1", "600000 a#1"])
  })

  it("jobs outlive the layer: a crash ends the program, and the next one finds and hears of them", () => {
    const engine = SimulatedEngine.make({ duration: DurationModel.constant(60_000) })
    const crash = VirtualClock.runReport(
      Effect.gen(function* () {
        const executor = yield* Executor
        yield* executor.submit(job(), key("a"))
        yield* Effect.sleep("10 seconds")
        yield* executor.submit(job(), key("b"))
        yield* Effect.sleep("40 seconds")
        return yield* VirtualClock.halt
      }).pipe(Effect.provide(layerEngine(engine)))
    )
    assert.strictEqual(crash.at, 50_000)
    const exit = VirtualClock.run(
      Effect.gen(function* () {
        const executor = yield* Executor
        yield* executor.submit(job(), key("a"))
        const ended = yield* Stream.runCollect(Stream.take(executor.changes, 2))
        return [Array.from(ended), yield* Clock.currentTimeMillis] as const
      }).pipe(Effect.provide(layerEngine(engine))),
      { start: crash.at }
    )
    assert.deepStrictEqual(exit, Exit.succeed([[key("a"), key("b")], 70_000] as const))
    assert.deepStrictEqual(
      engine.history(70_000).map((record) => [record.key, record.submissions]),
      [
        [key("a"), 2],
        [key("b"), 1]
      ]
    )
  })

  it("10,000 jobs on 64 workers take well under a second or two of real time", () => {
    const at = inVirtualTime(
      Effect.gen(function* () {
        const executor = yield* Executor
        yield* Effect.forEach(
          Array.from({ length: 10_000 }, (_, index) => key(`r${index}`)),
          (key) => Effect.zipRight(executor.submit(job(), key), Effect.sleep("10 minutes")),
          { concurrency: 64, discard: true }
        )
        return yield* Clock.currentTimeMillis
      }),
      { duration: DurationModel.logNormal(600_000, 0.4) }
    )
    assert.strictEqual(at, Math.ceil(10_000 / 64) * 600_000)
  })
})

describe("what is drawn", () => {
  const options: SimulatedEngine.Options = {
    seed: 3,
    duration: DurationModel.logNormal(600_000, 0.5),
    queueWait: DurationModel.exponential(10_000),
    failure: FailureModel.random({ fails: 0.2, crashes: 0.1, preempted: 0.1, vanishes: 0.05, hangs: 0.05 }),
    metrics: MetricModel.decay({ name: "loss", steps: 10, from: 2, to: 0.2, spread: 0.1 })
  }

  const fates = (names: ReadonlyArray<string>, given: SimulatedEngine.Options = options) => {
    const engine = SimulatedEngine.make(given)
    for (const name of names) engine.submit(job(), key(name), 0)
    return new Map(
      engine
        .history(1e12)
        .map((record) => [
          record.key,
          { ...record, output: Buffer.from(engine.output(record.key, 0, 1e6, 1e12)).toString() }
        ])
    )
  }

  it.prop(
    "a job's fate doesn't depend on which others were submitted, nor when",
    [FastCheck.shuffledSubarray(Array.from({ length: 30 }, (_, index) => `run${index}`))],
    ([names]) => {
      const all = fates(Array.from({ length: 30 }, (_, index) => `run${index}`))
      for (const [key, fate] of fates(names)) assert.deepStrictEqual(fate, all.get(key))
    }
  )

  it("another seed gives other fates", () => {
    const names = ["a", "b", "c"]
    assert.notDeepEqual(fates(names), fates(names, { ...options, seed: 4 }))
  })

  it("jobs end badly at the given rates", () => {
    const counts = new Map<string, number>()
    for (const { ending } of fates(Array.from({ length: 10_000 }, (_, index) => `run${index}`)).values())
      counts.set(ending._tag, (counts.get(ending._tag) ?? 0) + 1)
    const expected = { Succeeds: 0.5, Fails: 0.2, Crashes: 0.1, Preempted: 0.1, Vanishes: 0.05, Hangs: 0.05 }
    for (const [tag, rate] of Object.entries(expected))
      assert.closeTo((counts.get(tag) ?? 0) / 10_000, rate, 0.015, tag)
  })

  it.prop(
    "read in pieces, at whatever times, the output is the same bytes",
    [
      FastCheck.array(FastCheck.tuple(FastCheck.nat(200_000), FastCheck.integer({ min: 1, max: 80 })), {
        maxLength: 30
      })
    ],
    ([reads]) => {
      const make = () => {
        const engine = SimulatedEngine.make(options)
        engine.submit(job(), key("a"), 0)
        return engine
      }
      const [engine, whole] = [make(), make().output(key("a"), 0, 1e6, 1e12)]
      const pieces: Array<Uint8Array> = []
      let now = 0
      let offset = 0
      for (const [step, max] of [...reads, [1e12, 1e6] as const]) {
        now += step
        const bytes = engine.output(key("a"), offset, max, now)
        offset += bytes.length
        pieces.push(bytes)
      }
      assert.deepStrictEqual(Buffer.concat(pieces).toString(), Buffer.from(whole).toString())
    }
  )

  it("a curve falls towards its limit over the steps", () => {
    const curve = MetricModel.decay({ name: "loss", steps: 20, from: 2, to: 0.2 })(
      { key: key("a"), job: job() },
      1_000,
      Draws.make(0)
    )
    const losses = curve(1_000).map((row) => Number(row["loss"]))
    assert.strictEqual(losses.length, 20)
    assert.isTrue(losses.every((loss, index) => index === 0 || loss < (losses[index - 1] ?? 0)))
    assert.closeTo(losses.at(-1) ?? 0, 0.2, 0.02)
    assert.strictEqual(curve(499).length, 9)
  })
})

describe("under TestClock", () => {
  it.scoped("jobs run and end as the test adjusts the time", () =>
    Effect.gen(function* () {
      const executor = yield* Executor
      const ended = yield* Effect.fork(Stream.runCollect(Stream.take(executor.changes, 1)))
      const submit = yield* Effect.fork(executor.submit(job(), key("a")))
      yield* TestClock.adjust("50 millis")
      yield* Fiber.join(submit)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* statusOf("a"), JobStatus.Running())
      yield* TestClock.adjust("9 minutes")
      assert.deepStrictEqual(yield* statusOf("a"), JobStatus.Exited({ code: 0 }))
      assert.deepStrictEqual(Array.from(yield* Fiber.join(ended)), [key("a")])
    }).pipe(
      Effect.provide(layer({ duration: DurationModel.constant(600_000), submitLatency: DurationModel.constant(50) }))
    )
  )

  it.scoped("a cancelled job is gone after its stop delay", () =>
    Effect.gen(function* () {
      const executor = yield* Executor
      const handle = yield* executor.submit(job(), key("a"))
      yield* executor.cancel(handle, Duration.seconds(30))
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* statusOf("a"), JobStatus.Running())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* statusOf("a"), JobStatus.Killed())
    }).pipe(
      Effect.provide(layer({ duration: DurationModel.constant(600_000), stopDelay: DurationModel.constant(5_000) }))
    )
  )
})

// fixtures

const key = (run: string, attempt = 1): RunKey.RunKey => RunKey.make(RunId.make(run), attempt)

const job = (env: Record<string, string> = {}): Job => ({
  argv: ["train"],
  env: new Map(Object.entries(env)),
  cwd: "/",
  files: new Map()
})

const statusOf = (run: string, attempt = 1) =>
  Effect.gen(function* () {
    const statuses = yield* (yield* Executor).poll([{ key: key(run, attempt), data: "" }])
    return statuses.get(key(run, attempt))
  })

const inVirtualTime = <A, E>(
  effect: Effect.Effect<A, E, Executor | SimulatedExecutor>,
  options?: SimulatedEngine.Options
): A => {
  const exit = VirtualClock.run(Effect.provide(effect, layer(options)))
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}
