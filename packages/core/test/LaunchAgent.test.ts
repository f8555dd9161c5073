import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Fiber, Logger, LogLevel, Metric, Option, Stream, TestClock } from "effect"
import { CommError } from "../src/CommError.js"
import { JobStatus } from "../src/Executor.js"
import { ExecutorError } from "../src/ExecutorError.js"
import * as LaunchAgentMetrics from "../src/LaunchAgentMetrics.js"
import { LaunchError } from "../src/LaunchError.js"
import { LaunchNotice } from "../src/LaunchNotice.js"
import * as Slots from "../src/Slots.js"
import { SweepId } from "../src/SweepId.js"
import * as Launching from "./fixtures/launching.js"
import * as WallClock from "./fixtures/wallClock.js"

const { settleDown, start } = Launching

describe("a launch agent", () => {
  it.scoped("runs what is queued, and completes the item only after the run was reported", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* start(world)
      yield* world.push("a")
      yield* settleDown
      assert.deepStrictEqual(world.states, { a: "running" })
      yield* world.exit("a", 0)
      yield* settleDown
      assert.deepStrictEqual(
        world.calls.filter((call) => call.includes("a#1") || call.startsWith("report")),
        ["submit a#1", "acknowledge a#1", "report a running", "report a finished", "complete a#1"]
      )
      assert.strictEqual(world.run("a").exitCode, 0)
      assert.strictEqual(world.item("a").handle, "slot:worker-0 pid of a#1")
    })
  )

  it.scoped("counts what it submits, what it has, and how runs end, under the labels of whoever runs it", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      world.submits = (key) =>
        key === "d#1"
          ? new ExecutorError({ reason: "Refused", subject: key, detail: "The disk is full." })
          : Effect.void
      for (const name of ["a", "b", "c", "d"]) yield* world.push(name)
      yield* start(world, { slots: Slots.workers(4) })
      yield* world.exit("a", 0)
      yield* world.exit("b", 1)
      yield* settleDown
      assert.strictEqual((yield* Metric.value(LaunchAgentMetrics.submits)).count, 3)
      assert.strictEqual((yield* Metric.value(LaunchAgentMetrics.activeRuns)).value, 1)
      assert.strictEqual((yield* Metric.value(LaunchAgentMetrics.endedRuns.finished)).count, 1)
      assert.strictEqual((yield* Metric.value(LaunchAgentMetrics.endedRuns.failed)).count, 2)
    }).pipe(Effect.tagMetrics("test", "counting"))
  )

  it.scoped("has as many runs at a time as slots, and the next one as soon as one ends", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 100; n++) yield* world.push(`r${n}`)
      yield* start(world, { slots: Slots.workers(64) })
      assert.strictEqual(world.running.length, 64)
      yield* world.exit("r10", 0)
      yield* world.exit("r11", 0)
      yield* settleDown
      assert.strictEqual(world.running.length, 64)
      assert.strictEqual(world.jobs.size, 66)
      while (world.running.length > 0) {
        for (const key of world.running) yield* world.end(key.slice(0, key.indexOf("#")), JobStatus.Exited({ code: 0 }))
        yield* settleDown
      }
      assert.strictEqual(world.jobs.size, 100)
      assert.isTrue(Object.values(world.states).every((state) => state === "finished"))
    })
  )

  it.scoped(
    "doesn't report a run as running that it is interrupted with: whoever adopts it may find that it has ended",
    () =>
      Effect.gen(function* () {
        const world = yield* Launching.make
        yield* world.push("a")
        const agent = yield* start(world, {
          fault: (call, effect) => (call === "acknowledge a#1" ? Effect.delay(effect, "1 second") : effect)
        })
        const stopping = yield* Effect.fork(Launching.stop(agent))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(stopping)
        assert.strictEqual(world.item("a").stage, "claimed")
        assert.deepStrictEqual(world.states, { a: "pending" })
      })
  )

  it.scoped("has the next one at once also where one was asked to stop before it was launched", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) yield* world.push(name)
      yield* world.ask("a", "Killed")
      yield* start(world, { pollInterval: Duration.hours(1), fault: slow("report a killed") })
      assert.deepStrictEqual(world.running, [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.running, ["b#1"])
    })
  )

  it.scoped("asks the engine only about the job that it speaks of, and about all of them at the poll", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 8; n++) yield* world.push(`r${n}`)
      yield* start(world, { slots: Slots.workers(8) })
      world.polls.length = 0
      yield* world.exit("r3", 0)
      yield* settleDown
      assert.deepStrictEqual(world.polls, [1])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.polls, [1, 7])
    })
  )

  it.scoped("asks a queue that it knows to be empty only when it hears of something, or at the poll", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      const leases = () => world.calls.filter((call) => call === "lease").length
      yield* world.push("a")
      yield* start(world, { slots: Slots.workers(2) })
      assert.strictEqual(leases(), 1)
      yield* world.exit("a", 0)
      yield* settleDown
      assert.strictEqual(leases(), 1)
      yield* world.push("b")
      yield* settleDown
      assert.strictEqual(leases(), 2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(leases(), 3)
    })
  )

  it.scoped("listens to the sweeps of its runs, and to no others", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) yield* world.push(name)
      yield* world.push("c", 1, SweepId.make("another0"))
      yield* start(world, { slots: Slots.workers(3) })
      assert.strictEqual(world.listeners, 2)
      yield* world.exit("c", 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(world.listeners, 1)
    })
  )

  it.scoped("finds by polling what nobody notified it of", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* start(world)
      world.silent = true
      yield* world.push("a")
      yield* settleDown
      assert.deepStrictEqual(world.states, { a: "pending" })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.states, { a: "running" })
      yield* world.ask("a", "Killed")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(world.job("a").cancels, 1)
      yield* world.exit("a", 3)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.states, { a: "killed" })
    })
  )

  it.scoped("gives a run the environment of its slot, and the slot to the next run", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b", "c"]) yield* world.push(name)
      yield* start(world, { slots: gpuSlots("4,5", "0,1") })
      yield* world.exit("b", 0)
      yield* settleDown
      const devices = ["a", "b", "c"].map((name) => world.job(name).job.env.get("CUDA_VISIBLE_DEVICES"))
      assert.deepStrictEqual(devices, ["4", "5", "5"])
    })
  )

  it.scoped("stores metrics while a run goes on, and the last line without a line break at its end", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* start(world)
      yield* world.print("a", '{"loss": 2}\nhello\n{"loss": 1')
      yield* TestClock.adjust("300 millis")
      assert.deepStrictEqual(lossesOf(world), [[0, 2n]])
      yield* world.print("a", '.5}\n{"loss": 0.25, "_step": 7}')
      yield* world.exit("a", 0)
      yield* settleDown
      assert.deepStrictEqual(lossesOf(world), [
        [0, 2n],
        [1, 1.5],
        [7, 0.25]
      ])
      assert.deepStrictEqual(world.run("a").summary, new Map([["loss", 0.25]]))
    })
  )

  it.scoped("reports when a job ended that had ended before it was looked at", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* start(world)
      yield* world.end("a", JobStatus.Exited({ code: 0, at: 4_000 }))
      yield* settleDown
      assert.deepInclude(world.run("a"), { state: "finished", endedAt: 4_000 })
    })
  )

  const endings = [
    ["finished", JobStatus.Exited({ code: 0 }), 0],
    ["failed", JobStatus.Exited({ code: 3 }), 3],
    ["killed", JobStatus.Killed(), undefined],
    ["crashed", JobStatus.Crashed({ detail: "gone" }), undefined],
    ["crashed", JobStatus.Lost({ detail: "rebooted" }), undefined],
    ["preempted", JobStatus.Preempted({ detail: "a spot instance" }), undefined]
  ] as const
  for (const [state, status, exitCode] of endings) {
    it.scoped(`reports a job that the engine calls ${status._tag} ${exitCode ?? ""} as ${state}`, () =>
      Effect.gen(function* () {
        const world = yield* Launching.make
        yield* world.push("a")
        yield* start(world)
        yield* world.end("a", status)
        yield* settleDown
        assert.deepInclude(world.run("a"), { state, exitCode })
        assert.strictEqual(world.item("a").stage, "completed")
      })
    )
  }
})

describe("a sweep that is paused while its runs are on their way", () => {
  it.scoped("launches none of those that were leased, and all of them when it goes on", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) yield* world.push(name)
      world.builds = () => Effect.sleep("1 second")
      yield* start(world, { slots: Slots.workers(2) })
      world.sweepState = "PAUSED"
      yield* TestClock.adjust("1 second")
      assert.strictEqual(world.jobs.size, 0)
      assert.deepStrictEqual(world.states, { a: "pending", b: "pending" })
      assert.deepStrictEqual([world.item("a").stage, world.item("b").stage], ["pending", "pending"])
      world.sweepState = "RUNNING"
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(world.states, { a: "running", b: "running" })
    })
  )

  it.scoped("launches what it can't be asked about: only an answer holds a run back", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      world.builds = () => Effect.sleep("1 second")
      yield* world.push("a")
      yield* start(world, { down: (call) => call === "sweepState" })
      world.sweepState = "PAUSED"
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.states, { a: "running" })
    })
  )
})

describe("a run that is asked to stop", () => {
  it.scoped("ends at once where an earlier lease has run it, and its job has ended meanwhile", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* world.ask("a", "DeadlineReached")
      const job = { argv: ["true"] as const, env: new Map(), cwd: "/", files: new Map() }
      const status = JobStatus.Exited({ code: 0 })
      world.jobs.set(Launching.keyOf("a"), { job, status, output: new Uint8Array(), cancels: 0 })
      yield* start(world)
      assert.deepStrictEqual(world.states, { a: "finished" })
      assert.strictEqual(world.job("a").cancels, 0)
    })
  )

  const reasons = [
    ["Killed", "killed"],
    ["EarlyStopped", "killed"],
    ["TimedOut", "killed"],
    ["Interrupted", "preempted"]
  ] as const
  for (const [reason, state] of reasons) {
    it.scoped(`because of ${reason} is told to end once, and is ${state} however it ends`, () =>
      Effect.gen(function* () {
        const world = yield* Launching.make
        const ends = {
          a: JobStatus.Exited({ code: 143 }),
          b: JobStatus.Exited({ code: 0 }),
          c: JobStatus.Killed(),
          d: JobStatus.Preempted({ detail: "a spot instance" }),
          e: JobStatus.Crashed({ detail: "gone" })
        }
        for (const name of Object.keys(ends)) yield* world.push(name)
        yield* start(world, { slots: Slots.workers(5) })
        for (const name of Object.keys(ends)) yield* world.ask(name, reason)
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(world.job("a").cancels, 1)
        for (const [name, status] of Object.entries(ends)) yield* world.end(name, status)
        yield* settleDown
        assert.deepStrictEqual(world.states, { a: state, b: state, c: state, d: state, e: state })
      })
    )

    it.scoped(`because of ${reason} before it was launched is ${state}, and never runs`, () =>
      Effect.gen(function* () {
        const world = yield* Launching.make
        yield* world.push("a")
        yield* world.ask("a", reason)
        yield* start(world)
        assert.strictEqual(world.jobs.size, 0)
        assert.deepStrictEqual(world.states, { a: state })
        assert.strictEqual(world.item("a").stage, "completed")
      })
    )
  }

  it.scoped("while it is given back is reported by the agent that had it: nobody else knows of it", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      world.builds = () => Effect.sleep("1 second")
      yield* start(world, {
        fault: (call, effect) => (call === "release a#1" ? Effect.zipRight(world.ask("a", "Killed"), effect) : effect)
      })
      world.silent = true
      world.sweepState = "PAUSED"
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.states, { a: "killed" })
    })
  )

  it.scoped("but exits with 0 before it is told to end has finished", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* start(world)
      world.silent = true
      yield* world.ask("a", "Killed")
      world.silent = false
      yield* world.exit("a", 0)
      yield* settleDown
      assert.deepStrictEqual(world.states, { a: "finished" })
    })
  )

  it.scoped("is told to end within the stop interval, however busy its sweep is", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 64; n++) yield* world.push(`r${n}`)
      yield* start(world, { slots: Slots.workers(64), pollInterval: Duration.hours(1) })
      yield* TestClock.adjust("1 second")
      const before = world.calls.filter((call) => call === "stopRequests").length
      for (let n = 0; n < 64; n++) {
        if (n % 16 === 15) yield* TestClock.adjust("40 millis")
        yield* world.ask(`r${n}`, "Interrupted")
      }
      yield* TestClock.adjust("40 millis")
      assert.isTrue([...world.jobs.values()].every((job) => job.cancels === 1))
      assert.isAtMost(world.calls.filter((call) => call === "stopRequests").length - before, 2)
    })
  )

  it.scoped("is told to end also where it was asked while those of other sweeps were looked for", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) yield* world.push(name)
      yield* world.push("c", 1, SweepId.make("another0"))
      yield* start(world, {
        slots: Slots.workers(3),
        pollInterval: Duration.hours(1),
        fault: (call, effect) => (call === "stopRequests" ? Effect.zipLeft(effect, Effect.sleep("1 second")) : effect)
      })
      yield* TestClock.adjust("3 seconds")
      yield* world.ask("a", "Killed")
      yield* TestClock.adjust("500 millis")
      for (const name of ["b", "c"]) yield* world.ask(name, "Killed")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(
        ["a", "b", "c"].map((name) => world.job(name).cancels),
        [1, 1, 1]
      )
    })
  )

  it.scoped("is told to end by whoever listens to its sweep, for as long as it lives", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* start(world, { pollInterval: Duration.seconds(10) })
      // What is asked between two looks is heard at once.
      yield* TestClock.adjust("11 seconds")
      yield* world.ask("a", "Killed")
      yield* TestClock.adjust("200 millis")
      assert.strictEqual(world.job("a").cancels, 1)
    })
  )

  it.scoped("is told to end also where the engine can't say how it is, and once more where it didn't hear", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* start(world)
      const unavailable = new ExecutorError({ reason: "Unavailable", subject: "a#1", detail: "connection refused" })
      world.asks = unavailable
      world.cancels = unavailable
      yield* world.ask("a", "Killed")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(world.job("a").cancels, 0)
      world.cancels = Effect.void
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(world.job("a").cancels, 1)
    })
  )

  it.scoped("is told to end no later where the clock is set back", () =>
    Effect.gen(function* () {
      const { clock, setBack } = yield* WallClock.make
      const world = yield* Launching.make
      yield* world.push("a")
      yield* Effect.withClock(start(world), clock)
      yield* TestClock.adjust("1 second")
      setBack("1 hour")
      yield* world.ask("a", "Interrupted")
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(world.job("a").cancels, 1)
    })
  )
})

describe("an agent that is interrupted", () => {
  it.scoped("leaves running jobs alone, and the next one goes on with them", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      const first = yield* start(world)
      yield* world.print("a", '{"loss": 3}\n')
      yield* TestClock.adjust("300 millis")
      yield* Launching.stop(first)
      assert.strictEqual(world.job("a").cancels, 0)
      yield* world.print("a", '{"loss": 2}\n')
      yield* world.push("b")
      yield* start(world)
      assert.deepStrictEqual(world.running, ["a#1"])
      yield* world.exit("a", 0)
      yield* settleDown
      assert.deepStrictEqual(world.states, { a: "finished", b: "running" })
      assert.deepStrictEqual(lossesOf(world), [
        [0, 3n],
        [1, 2n]
      ])
      assert.strictEqual(world.calls.filter((call) => call === "submit a#1").length, 1)
    })
  )

  it.scoped("lets a submit finish that is under way, for ten seconds at most", () =>
    Effect.gen(function* () {
      for (const [lasts, acknowledged] of [
        [8, true],
        [60, false]
      ] as const) {
        const world = yield* Launching.make
        yield* world.push("a")
        world.submits = () => Effect.sleep(Duration.seconds(lasts))
        const { fiber } = yield* start(world)
        const stopped = yield* Effect.fork(Fiber.interrupt(fiber))
        yield* TestClock.adjust("7 seconds")
        assert.isNull(yield* Fiber.poll(stopped).pipe(Effect.map((exit) => (exit._tag === "None" ? null : exit))))
        yield* TestClock.adjust("4 seconds")
        yield* Fiber.join(stopped)
        assert.strictEqual(world.item("a").stage, acknowledged ? "claimed" : "leased")
        yield* TestClock.adjust("1 minute")
      }
    })
  )

  it.scoped("lets one finish also that it tries again, and keeps its lease: the engine may have the job", () =>
    Effect.gen(function* () {
      for (const jobs of [1, 0]) {
        const world = yield* Launching.make
        yield* world.push("a")
        let tries = 0
        world.submits = (key) =>
          ++tries === 2 && jobs === 1
            ? Effect.sleep("5 seconds")
            : new ExecutorError({ reason: "Unavailable", subject: key, detail: "connection refused" })
        const agent = yield* start(world)
        yield* TestClock.adjust("1 second")
        const stopped = yield* Effect.fork(Launching.stop(agent))
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(stopped)
        assert.deepStrictEqual([world.jobs.size, world.item("a").stage], [jobs, "leased"])
      }
    })
  )

  it.scoped("waits for no backend that can't be asked", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      let down = false
      const agent = yield* start(world, { down: () => down })
      down = true
      yield* world.exit("a", 0)
      yield* TestClock.adjust("1 second")
      const stopped = yield* Effect.fork(Launching.stop(agent))
      yield* settleDown
      assert.isTrue(Option.isSome(yield* Fiber.poll(stopped)))
      assert.deepStrictEqual(world.states, { a: "running" })
    })
  )

  it.scoped("waits for no answer of its engine about the job of an earlier lease", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      world.item("a").stage = "leased"
      const agent = yield* start(world, {
        fault: (call, effect) => (call === "find a#1" ? Effect.zipRight(Effect.never, effect) : effect)
      })
      const stopped = yield* Effect.fork(Launching.stop(agent))
      yield* settleDown
      assert.isTrue(Option.isSome(yield* Fiber.poll(stopped)))
    })
  )

  it.scoped("waits for no answer of its queue, also where it asks a second time at once", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      let leases = 0
      const agent = yield* start(world, {
        slots: Slots.workers(2),
        fault: (call, effect) => {
          if (call !== "lease") return effect
          // While it is answered, it hears of another run.
          return ++leases === 1
            ? Effect.zipLeft(
                effect,
                Effect.delay(Effect.zipRight(world.push("b"), Effect.sleep("200 millis")), "200 millis")
              )
            : Effect.zipRight(Effect.never, effect)
        }
      })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(leases, 2)
      const stopped = yield* Effect.fork(Launching.stop(agent))
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Option.isSome(yield* Fiber.poll(stopped)))
    })
  )

  for (const [by, stage] of [
    ["it", "pending"],
    ["its predecessor", "leased"]
  ] as const) {
    it.scoped(`gives back what ${by} has leased and not submitted`, () =>
      Effect.gen(function* () {
        const world = yield* Launching.make
        yield* world.push("a")
        world.item("a").stage = stage
        world.builds = () => Effect.never
        const agent = yield* start(world)
        assert.strictEqual(world.item("a").stage, "leased")
        yield* Launching.stop(agent)
        assert.strictEqual(world.item("a").stage, "pending")
      })
    )
  }

  it.scoped("gives back nothing that was asked to stop before it was launched, and is reported", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* world.ask("a", "Killed")
      const agent = yield* start(world, { fault: slow("report a killed") })
      const stopped = yield* Effect.fork(Launching.stop(agent))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stopped)
      assert.strictEqual(world.item("a").stage, "completed")
      assert.notInclude(world.calls, "release a#1")
    })
  )

  it.scoped("gives a run back once whose sweep was paused: it may be another agent's at once", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      let reads = 0
      const agent = yield* start(world, {
        fault: (call, effect) => {
          if (call === "sweepState") world.sweepState = "PAUSED"
          return call === "stopRequests" && ++reads === 2 ? Effect.zipRight(Effect.never, effect) : effect
        }
      })
      yield* Launching.stop(agent)
      assert.deepStrictEqual(
        world.calls.filter((call) => call.startsWith("release")),
        ["release a#1"]
      )
    })
  )
})

describe("an agent that starts", () => {
  it.scoped("submits under the same key what its predecessor had leased and not submitted", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      world.item("a").stage = "leased"
      yield* start(world)
      assert.deepStrictEqual(world.running, ["a#1"])
      assert.strictEqual(world.item("a").stage, "claimed")
    })
  )

  it.scoped("finds the job of an item that its queue knows to be submitted, and prepares none", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) yield* world.push(name)
      yield* Launching.stop(yield* start(world, { slots: Slots.workers(2) }))
      const prepared: Array<string> = []
      world.builds = ({ key }) => Effect.sync(() => void prepared.push(key))
      // Neither was acknowledged; the engine has lost one of them.
      for (const item of world.items.values())
        Object.assign(item, { stage: "pending", handle: undefined, submitted: true })
      yield* world.exit("a", 0)
      world.jobs.delete(Launching.keyOf("b"))
      yield* start(world, { slots: Slots.workers(2) })
      assert.deepStrictEqual(world.states, { a: "finished", b: "running" })
      assert.strictEqual(world.item("a").stage, "completed")
      assert.deepStrictEqual([prepared, world.running], [["b#1"], ["b#1"]])
    })
  )

  for (const { reason, state } of [
    { reason: "Killed", state: "killed" },
    { reason: "Interrupted", state: "preempted" }
  ] as const) {
    it.scoped(`tells a job to end that was submitted under a lease that ran out, because of ${reason}`, () =>
      Effect.gen(function* () {
        const world = yield* Launching.make
        yield* world.push("a")
        yield* Launching.stop(yield* start(world))
        // The submit was never acknowledged, and the item has gone back to the queue.
        world.item("a").stage = "pending"
        world.item("a").handle = undefined
        yield* world.ask("a", reason)
        yield* start(world, { fault: slow("poll") })
        yield* TestClock.adjust("300 millis")
        yield* world.ask("a", reason)
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(world.job("a").cancels, 1)
        assert.deepInclude(world.item("a"), { stage: "claimed", handle: "slot:worker-0 pid of a#1" })
        yield* world.exit("a", 143)
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(world.states, { a: state })
        assert.strictEqual(world.item("a").stage, "completed")
      })
    )
  }

  it.scoped("lets a run have finished whose job exited with 0 before an agent could tell it to end", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* Launching.stop(yield* start(world))
      yield* world.exit("a", 0)
      yield* world.ask("a", "Interrupted")
      yield* start(world)
      yield* settleDown
      assert.strictEqual(world.job("a").cancels, 0)
      assert.deepStrictEqual(world.states, { a: "finished" })
    })
  )

  it.scoped("puts an adopted run on the GPU that it still uses", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      const slots = gpuSlots(undefined, "0,1")
      for (const name of ["a", "b"]) yield* world.push(name)
      const first = yield* start(world, { slots })
      yield* world.exit("a", 0)
      yield* settleDown
      yield* Launching.stop(first)
      yield* world.push("c")
      yield* start(world, { slots })
      assert.deepStrictEqual(
        ["b", "c"].map((name) => world.job(name).job.env.get("CUDA_VISIBLE_DEVICES")),
        ["1", "0"]
      )
    })
  )

  it.scoped("reports as crashed what the engine has lost, and says why", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* Launching.stop(yield* start(world))
      world.jobs.clear()
      const { notices } = yield* start(world)
      assert.deepStrictEqual(world.states, { a: "crashed" })
      assert.deepInclude(notices[0], { _tag: "RunFailed", detail: "rebooted" })
    })
  )

  it.scoped("waits with launching until its predecessor's runs leave room for it", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) yield* world.push(name)
      yield* Launching.stop(yield* start(world, { slots: Slots.workers(2) }))
      yield* world.push("c")
      yield* start(world, { slots: Slots.workers(1) })
      assert.deepStrictEqual(world.running, ["a#1", "b#1"])
      yield* world.exit("a", 0)
      yield* world.exit("b", 0)
      yield* settleDown
      assert.deepStrictEqual(world.running, ["c#1"])
    })
  )

  it.scoped("gives back what its predecessor had leased and for which it has no room", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) {
        yield* world.push(name)
        world.item(name).stage = "leased"
      }
      yield* start(world)
      assert.deepStrictEqual(world.running, ["a#1"])
      assert.strictEqual(world.item("b").stage, "pending")
      yield* world.exit("a", 0)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.running, ["b#1"])
    })
  )
})

describe("a crash of the agent", () => {
  const names = ["a", "b"]

  /** Lets everything that runs print, be read, print again and end; until nothing runs. */
  const live = Effect.fnUntraced(function* (world: Launching.World) {
    for (let round = 0; round < 2; round++) {
      const running = names.filter((name) => world.running.includes(Launching.keyOf(name)))
      if (running.length === 0) return
      for (const name of running) yield* world.print(name, '{"loss": 2}\n')
      yield* TestClock.adjust("300 millis")
      for (const name of running) {
        yield* world.print(name, '{"loss": 1}')
        yield* world.exit(name, name === "b" ? 1 : 0)
      }
      yield* settleDown
    }
  })

  for (const after of [false, true]) {
    it.effect(
      `at any call, ${after ? "after" : "before"} its effect, loses no run, runs none twice and repeats no row`,
      () =>
        Effect.gen(function* () {
          for (let n = 1, hit = true; hit; n++) {
            const world = yield* Launching.make
            for (const name of names) yield* world.push(name)
            const crash = Launching.crashAt(n, after)
            const options = { pollInterval: Duration.infinity }
            const first = yield* start(world, { ...options, fault: crash.fault })
            yield* live(world)
            hit = crash.hit()
            const second = hit ? yield* start(world, options) : first
            yield* live(world)
            const at = `crash at call ${n}: ${world.calls.join(", ")}`
            assert.deepStrictEqual(world.states, { a: "finished", b: "failed" }, at)
            assert.deepStrictEqual([...world.jobs.keys()].sort(), names.map(Launching.keyOf), at)
            for (const name of names) {
              assert.strictEqual(world.item(name).stage, "completed", at)
              assert.deepStrictEqual(
                lossesOf(world, name),
                [
                  [0, 2n],
                  [1, 1n]
                ],
                at
              )
            }
            yield* Fiber.interruptFork(first.fiber)
            yield* Fiber.interruptFork(second.fiber)
          }
        }).pipe(Effect.scoped),
      60_000
    )
  }
})

describe("what fails", () => {
  it.scoped("a run that fails is told of with its exit code and its last lines", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      const { notices } = yield* start(world)
      yield* world.print("a", "epoch 1\nTraceback\nValueError: lr\n")
      yield* world.exit("a", 1)
      yield* settleDown
      assert.deepInclude(notices[0], {
        _tag: "RunFailed",
        exitCode: 1,
        output: "epoch 1\nTraceback\nValueError: lr"
      })
    })
  )

  it.scoped("a job that the engine refuses fails its run and its item with the reason, and is told of once", () => {
    const said: Array<unknown> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) said.push(message)
    })
    return Effect.gen(function* () {
      const world = yield* Launching.make
      world.submits = (key) =>
        key === "a#1"
          ? Effect.fail(new ExecutorError({ reason: "Refused", subject: key, detail: "The disk is full." }))
          : Effect.void
      for (const name of ["a", "b"]) yield* world.push(name)
      const { notices } = yield* start(world)
      assert.deepStrictEqual(world.states, { a: "failed", b: "running" })
      assert.deepInclude(world.item("a"), { stage: "failed", message: "The disk is full." })
      assert.strictEqual(notices[0]?._tag, "RunRefused")
      assert.strictEqual(said.length, 1)
    }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })

  it.scoped("a bug of ours ends the agent, which leaves its jobs alone", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      const { fiber } = yield* start(world, { slots: Slots.workers(2) })
      world.builds = () => Effect.die("a bug")
      yield* world.push("b")
      const cause = yield* Effect.flip(Effect.sandbox(Fiber.join(fiber)))
      assert.isTrue(Cause.isDie(cause))
      assert.deepStrictEqual(world.running, ["a#1"])
      assert.strictEqual(world.job("a").cancels, 0)
    })
  )

  it.scoped("a job that can't be built fails its run", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      world.builds = () => new LaunchError({ reason: "InvalidSpec", run: "a", detail: "There is no program." })
      yield* world.push("a")
      yield* start(world)
      assert.deepStrictEqual(world.states, { a: "failed" })
      assert.strictEqual(world.item("a").message, "There is no program.")
    })
  )

  for (const { retryable, state } of [
    { retryable: true, state: "running" },
    { retryable: false, state: "failed" }
  ] as const) {
    it.scoped(`a job of which the backend ${retryable ? "can't" : "won't"} tell what it executes is ${state}`, () =>
      Effect.gen(function* () {
        const world = yield* Launching.make
        let asked = 0
        const unread = (again: boolean) =>
          new CommError({ reason: "Unreachable", operation: "read the job", detail: "", retryable: again })
        world.builds = () => Effect.suspend(() => (++asked < 4 ? unread(retryable || asked === 1) : Effect.void))
        yield* world.push("a")
        yield* start(world)
        for (let n = 0; n < 4; n++) yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(world.states, { a: state })
      })
    )
  }

  it.scoped("an engine that can't be asked is asked again", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      let tries = 0
      world.submits = (key) =>
        ++tries < 4
          ? Effect.fail(new ExecutorError({ reason: "Unavailable", subject: key, detail: "connection refused" }))
          : Effect.void
      yield* world.push("a")
      yield* start(world)
      assert.deepStrictEqual(world.states, { a: "pending" })
      for (let n = 0; n < 4; n++) yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.states, { a: "running" })
    })
  )

  it.scoped("an output that can't be read at the moment is read later", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      yield* start(world)
      world.reads = new ExecutorError({ reason: "Unavailable", subject: "a#1", detail: "too many open files" })
      yield* world.print("a", '{"loss": 1}\n')
      yield* TestClock.adjust("1 second")
      yield* world.exit("a", 0)
      yield* TestClock.adjust("1 second")
      world.reads = Effect.void
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(lossesOf(world), [[0, 1n]])
      assert.deepStrictEqual(world.states, { a: "finished" })
    })
  )

  for (const [question, what, words] of [
    ["reads", "an output that can't be read for long", "output of a run"],
    ["asks", "an engine that can't say for long how its jobs are", "about its jobs"]
  ] as const) {
    it.scoped(`${what} is told of once for each reason, and again when that happens again`, () => {
      const said: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => said.push(message))
      return Effect.gen(function* () {
        const world = yield* Launching.make
        yield* world.push("a")
        yield* start(world)
        for (const outages of [1, 2]) {
          for (const detail of ["too many open files", "no such device"]) {
            world[question] = new ExecutorError({ reason: "Unavailable", subject: "a#1", detail })
            yield* TestClock.adjust("1 minute")
          }
          world[question] = Effect.void
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(said.filter((message) => String(message).includes(words)).length, 2 * outages)
        }
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    })
  }

  it.scoped("a backend that can't be asked costs nothing but time", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      let calls = 0
      for (const name of ["a", "b"]) yield* world.push(name)
      yield* start(world, { down: () => ++calls % 3 !== 0 })
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(world.states, { a: "running", b: "pending" })
      yield* world.print("a", '{"loss": 2}\n')
      yield* TestClock.adjust("1 second")
      yield* world.print("a", '{"loss": 1}\n')
      yield* world.exit("a", 0)
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(lossesOf(world), [
        [0, 2n],
        [1, 1n]
      ])
      yield* world.exit("b", 0)
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(world.states, { a: "finished", b: "finished" })
      assert.strictEqual(world.item("b").stage, "completed")
    })
  )
})

describe("a script that fails every time", () => {
  it.scoped("stops the launching after three runs, with its last output", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 20; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world, { slots: Slots.workers(2) })
      yield* failAll(world, 10)
      assert.isAtMost(world.jobs.size, 4)
      const [stopped, ...others] = notices.filter((notice) => notice._tag === "LaunchingStopped")
      assert.deepStrictEqual(others, [])
      assert.deepInclude(stopped, { reason: "BrokenScript", exitCode: 1, output: "ImportError: torch" })
    })
  )

  it.scoped("stops it for its own sweep alone, and also where a run of another one has finished", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      const other = SweepId.make("sweep002")
      yield* world.push("good", 1, other)
      for (let n = 0; n < 5; n++) yield* world.push(`bad${n}`)
      yield* world.push("last", 1, other)
      const { notices } = yield* start(world)
      yield* world.exit("good", 0)
      for (const name of ["bad0", "bad1", "bad2"]) {
        yield* settleDown
        yield* world.exit(name, 1)
      }
      yield* settleDown
      assert.deepStrictEqual(
        notices.flatMap((notice) => (notice._tag === "LaunchingStopped" ? [[notice.reason, notice.sweep]] : [])),
        [["BrokenScript", Launching.sweep]]
      )
      assert.deepStrictEqual(world.running, ["last#1"])
      yield* world.exit("last", 0)
      yield* world.push("another", 1, other)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(world.running, ["another#1"])
      assert.deepInclude(world.states, { bad3: "pending", bad4: "pending" })
      assert.isFalse(world.calls.some((call) => call.startsWith("release")))
    })
  )

  it.scoped("stops it also where the backend can't say whether any run has finished before", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 4; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world, { slots: Slots.workers(1), down: (call) => call === "runs" })
      yield* failAll(world, 4)
      assert.strictEqual(notices.at(-1)?._tag, "LaunchingStopped")
      assert.strictEqual(world.jobs.size, 3)
    })
  )

  it.scoped("stops it also where the engine refuses to start it", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      world.submits = (key) => new ExecutorError({ reason: "Refused", subject: key, detail: "There is no python." })
      for (let n = 0; n < 6; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world)
      yield* TestClock.adjust("1 second")
      assert.deepInclude(notices.at(-1), {
        _tag: "LaunchingStopped",
        reason: "BrokenScript",
        output: "There is no python."
      })
      assert.strictEqual(Object.values(world.states).filter((state) => state === "failed").length, 3)
    })
  )

  it.scoped("doesn't stop it while another run shows that it can work", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 6; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world, { slots: gpuSlots(undefined, "0,1") })
      for (let n = 1; n < 4; n++) {
        yield* TestClock.adjust("500 millis")
        yield* world.exit(`r${n}`, 1)
        yield* settleDown
      }
      assert.deepStrictEqual(
        notices.filter((notice) => notice._tag !== "RunFailed"),
        [LaunchNotice.SlotSetAside({ slot: "gpu-1", runs: ["r1", "r2", "r3"].map(Launching.runOf) })]
      )
      assert.deepStrictEqual(world.running, ["r0#1"])
      yield* world.exit("r0", 0)
      yield* settleDown
      assert.deepStrictEqual(world.running, ["r4#1"])
    })
  )

  it.scoped("stops it also while one lives that was asked to stop, and at a failure only, not at any end", () =>
    Effect.gen(function* () {
      for (const [asked, stopped] of [
        [true, true],
        [false, false]
      ] as const) {
        const world = yield* Launching.make
        for (let n = 0; n < 6; n++) yield* world.push(`r${n}`)
        const { notices } = yield* start(world, { slots: gpuSlots(undefined, "0,1") })
        if (asked) yield* world.ask("r0", "Killed")
        for (const name of ["r1", "r2", "r3"]) {
          yield* TestClock.adjust("1 second")
          yield* world.exit(name, 1)
          yield* settleDown
        }
        if (!asked) yield* world.ask("r0", "Killed")
        yield* TestClock.adjust("1 second")
        yield* world.exit("r0", 143)
        yield* settleDown
        assert.strictEqual(
          notices.some(({ _tag }) => _tag === "LaunchingStopped"),
          stopped
        )
        assert.deepStrictEqual(world.running, stopped ? [] : ["r4#1"])
      }
    })
  )

  it.scoped("only on one slot sets that one aside, also in a sweep of which runs have finished", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 6; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world, { slots: gpuSlots(undefined, "0,1") })
      yield* world.exit("r0", 0)
      for (const name of ["r1", "r3", "r4"]) {
        yield* settleDown
        yield* world.exit(name, 1)
      }
      yield* settleDown
      assert.deepInclude(
        notices,
        LaunchNotice.SlotSetAside({ slot: "gpu-1", runs: ["r1", "r3", "r4"].map(Launching.runOf) })
      )
      assert.deepStrictEqual(world.running, ["r2#1"])
    })
  )

  it.scoped("doesn't stop it when the sweep has runs that finished before", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("old")
      const first = yield* start(world)
      yield* world.exit("old", 0)
      yield* settleDown
      yield* Launching.stop(first)
      for (let n = 0; n < 8; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world)
      yield* failAll(world, 10)
      assert.strictEqual(world.jobs.size, 9)
      assert.isTrue(notices.every((notice) => notice._tag === "RunFailed"))
    })
  )

  it.scoped("is told to whoever listens late, but for those who listen to the next sweep of the agent", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 3; n++) yield* world.push(`r${n}`)
      const { agent, fiber } = yield* start(world)
      yield* failAll(world, 4)
      const latest = yield* Stream.runCollect(Stream.take(agent.notices, 4))
      assert.deepStrictEqual(
        [...latest].map(({ _tag }) => _tag),
        ["RunFailed", "RunFailed", "RunFailed", "LaunchingStopped"]
      )
      yield* Fiber.interrupt(fiber)
      yield* world.push("next")
      yield* Effect.forkScoped(agent.run)
      yield* settleDown
      assert.deepStrictEqual(world.running, ["next#1"])
      const heard = yield* Effect.fork(Stream.runHead(agent.notices))
      yield* settleDown
      assert.isTrue(Option.isNone(yield* Fiber.poll(heard)))
    })
  )

  it.scoped("isn't told to a sweep that comes while the agent still works for the one that it stopped", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 3; n++) yield* world.push(`r${n}`)
      const { agent, fiber } = yield* start(world)
      yield* failAll(world, 4)
      yield* Effect.forkScoped(agent.run)
      yield* settleDown
      const heard = yield* Effect.fork(Stream.runHead(agent.notices))
      yield* world.push("next")
      yield* settleDown
      assert.deepStrictEqual(world.running, [])
      yield* Fiber.interrupt(fiber)
      yield* settleDown
      assert.deepStrictEqual(world.running, ["next#1"])
      assert.isTrue(Option.isNone(yield* Fiber.poll(heard)))
    })
  )

  it.scoped("stops it also without the guard, once every slot was set aside", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 20; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world, { slots: Slots.workers(2), failureGuard: false })
      yield* failAll(world, 10)
      assert.strictEqual(world.jobs.size, 6)
      assert.deepStrictEqual(
        notices.flatMap((notice) =>
          notice._tag === "SlotSetAside" ? [notice.slot] : notice._tag === "LaunchingStopped" ? [notice.reason] : []
        ),
        ["worker-0", "worker-1", "NoSlots"]
      )
    })
  )

  it.scoped("doesn't stop it for runs that had lived for long, though the clock was set back meanwhile", () =>
    Effect.gen(function* () {
      const { clock, setBack } = yield* WallClock.make
      const world = yield* Launching.make
      for (let n = 0; n < 4; n++) yield* world.push(`r${n}`)
      const { notices } = yield* Effect.withClock(start(world, { slots: Slots.workers(3) }), clock)
      yield* TestClock.adjust("2 minutes")
      setBack("90 seconds")
      for (const name of ["r0", "r1", "r2"]) yield* world.exit(name, 1)
      yield* settleDown
      assert.deepStrictEqual(world.running, ["r3#1"])
      assert.isTrue(notices.every((notice) => notice._tag === "RunFailed"))
    })
  )

  it.scoped("sets no slot aside on which each run fails only after a while", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 4; n++) yield* world.push(`r${n}`)
      const { notices } = yield* start(world, { failureGuard: false })
      for (const name of ["r0", "r1", "r2"]) {
        yield* TestClock.adjust("6 seconds")
        yield* world.exit(name, 1)
        yield* settleDown
      }
      assert.deepStrictEqual(world.running, ["r3#1"])
      assert.isTrue(notices.every((notice) => notice._tag === "RunFailed"))
    })
  )

  it.scoped("ends runs that were leased meanwhile when they are asked to stop", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (let n = 0; n < 5; n++) yield* world.push(`r${n}`)
      world.builds = ({ run }) => (run === "r3" ? Effect.sleep("10 seconds") : Effect.void)
      yield* start(world, { slots: Slots.workers(2) })
      yield* failAll(world, 6)
      assert.deepStrictEqual(world.states, { r0: "failed", r1: "failed", r2: "failed", r3: "pending", r4: "pending" })
      yield* world.ask("r3", "Killed")
      yield* TestClock.adjust("11 seconds")
      assert.strictEqual(world.states["r3"], "killed")
      assert.isFalse(world.jobs.has(Launching.keyOf("r3")))
    })
  )
})

// fixtures

const gpuSlots = (visible: string | undefined, wanted: string) => {
  const slots = Slots.gpus({ wanted, visible, detected: undefined, workers: undefined })
  return slots._tag === "Right" ? slots.right : []
}

const lossesOf = (world: Launching.World, name = "a") =>
  (world.rows.get(Launching.runOf(name)) ?? []).map((row) => [row.step, row.values.get("loss")])

/** Fails whatever runs, a number of times. */
const failAll = Effect.fnUntraced(function* (world: Launching.World, rounds: number) {
  for (let round = 0; round < rounds; round++) {
    yield* settleDown
    yield* TestClock.adjust("400 millis")
    for (const key of world.running) {
      const name = key.slice(0, key.indexOf("#"))
      yield* world.print(name, "ImportError: torch\n")
      yield* world.exit(name, 1)
      yield* settleDown
    }
  }
})

describe("an agent that is given further slots", () => {
  it.scoped("launches on them what waits", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b", "c"]) yield* world.push(name)
      const { agent } = yield* start(world, { slots: Slots.workers(1) })
      assert.strictEqual(world.running.length, 1)
      yield* agent.extend(Slots.workers(2))
      yield* settleDown
      assert.strictEqual(world.running.length, 2)
    })
  )

  it.scoped("has them still when it works again, also those that it was given in between", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      const first = yield* start(world, { slots: Slots.workers(1) })
      yield* first.agent.extend(Slots.workers(2))
      yield* Launching.stop(first)
      yield* first.agent.extend(Slots.workers(3))
      for (const name of ["a", "b", "c", "d"]) yield* world.push(name)
      yield* Effect.forkScoped(first.agent.run)
      yield* settleDown
      assert.strictEqual(world.running.length, 3)
    })
  )

  it.scoped("has them whenever it is given them while it begins to work", () =>
    Effect.gen(function* () {
      for (let steps = 0; steps < 8; steps++) {
        const world = yield* Launching.make
        const first = yield* start(world, { slots: Slots.workers(1) })
        yield* Launching.stop(first)
        for (const name of ["a", "b", "c"]) yield* world.push(name)
        yield* Effect.forkScoped(first.agent.run)
        yield* Effect.repeatN(Effect.yieldNow(), steps)
        yield* first.agent.extend(Slots.workers(2))
        yield* settleDown
        assert.strictEqual(world.running.length, 2, `after ${steps} steps`)
      }
    })
  )
})

describe("an agent that tells of signs of life", () => {
  it.scoped("tells which runs have printed something since it last looked", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      for (const name of ["a", "b"]) yield* world.push(name)
      const { agent } = yield* start(world, { slots: Slots.workers(2), activityInterval: Duration.seconds(1) })
      const active: Array<string> = []
      yield* Effect.forkScoped(Stream.runForEach(agent.activity, (key) => Effect.sync(() => active.push(key))))
      yield* TestClock.adjust("1 second")
      active.length = 0
      yield* world.print("a", "still at it\n")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(active, ["a#1"])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(active, ["a#1"])
    })
  )

  it.scoped("tells also which have logged something past their output, and takes no outage for it", () =>
    Effect.gen(function* () {
      const world = yield* Launching.make
      yield* world.push("a")
      let down = false
      const { agent } = yield* start(world, {
        activityInterval: Duration.seconds(1),
        down: (call) => down && call === "cursor"
      })
      const active: Array<string> = []
      yield* Effect.forkScoped(Stream.runForEach(agent.activity, (key) => Effect.sync(() => active.push(key))))
      yield* TestClock.adjust("1 second")
      active.length = 0
      world.rows.set(Launching.runOf("a"), [{ step: 0, at: 0, values: new Map([["loss", 1]]) }])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(active, ["a#1"])
      down = true
      yield* TestClock.adjust("1 second")
      active.length = 0
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(active, [])
    })
  )
})

/** The named call takes a second. */
const slow =
  (name: string): Launching.Fault =>
  (call, effect) =>
    call === name ? Effect.delay(effect, "1 second") : effect
