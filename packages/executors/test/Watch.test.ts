import { mkdirSync, rmdirSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Option, Stream, TestClock } from "effect"
import { JobStatus } from "@sweepline/core/Executor"
import * as Claim from "@sweepline/executors/Claim"
import type { ProcessStat } from "@sweepline/executors/ProcessStat"
import { ProcessTable } from "@sweepline/executors/ProcessTable"
import * as RunFolder from "@sweepline/executors/RunFolder"
import * as Started from "@sweepline/executors/Started"
import * as Stopping from "@sweepline/executors/Stopping"
import * as StopRequest from "@sweepline/executors/StopRequest"
import * as Watch from "@sweepline/executors/Watch"
import { key, temporary } from "./support.js"

describe("a job of an earlier process", () => {
  it.scoped("is adopted once, and looked at until it is gone, and no longer", () =>
    Effect.gen(function* () {
      const { folder, heard, looks, processes, status, watch } = yield* world
      // One that tells of its end is not looked at with it.
      yield* watch.own({ key: key("own"), folder, claim: { ...claim, pid: 30, listed: 30 } }, Started.make(true))
      processes.push(wrapper)
      assert.deepStrictEqual(yield* status, JobStatus.Running())
      const adopted = watch.jobs.get(one)
      assert.isDefined(adopted)
      assert.deepStrictEqual(yield* status, JobStatus.Running())
      assert.strictEqual(watch.jobs.get(one), adopted)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(heard)))
      processes.length = 0
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(yield* Fiber.join(heard), Option.some(one))
      assert.deepStrictEqual(
        watch.jobs.all().map((job) => job.key),
        [key("own")]
      )
      const before = looks()
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(looks(), before)
    })
  )

  it.scoped("is ended as that one was asked to", () =>
    Effect.gen(function* () {
      const { folder, processes, sent, status } = yield* world
      processes.push(wrapper)
      StopRequest.write(RunFolder.stop(folder), { deadline: 5000, grace: 30_000 })
      yield* status
      assert.deepStrictEqual(sent.slice(0, 2), ["0 SIGTERM 12", "0 SIGCONT 12"])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(sent.at(-1), "5000 SIGKILL 12")
    })
  )
})

describe("a job that an earlier process has asked to end", () => {
  it.scoped("is given all the time there is where that one set no limit", () =>
    Effect.gen(function* () {
      const { folder, processes, sent, status } = yield* world
      processes.push(wrapper)
      StopRequest.write(RunFolder.stop(folder), { deadline: Infinity, grace: Infinity })
      yield* status
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(sent[0], "0 SIGTERM 12")
      assert.isFalse(sent.some((signal) => signal.includes("SIGKILL")))
    })
  )

  it.scoped("is ended also where the request can't be read when the job is first seen", () =>
    Effect.gen(function* () {
      const { folder, processes, sent, status } = yield* world
      const path = RunFolder.stop(folder)
      processes.push(wrapper)
      // What can't be read for a moment, as where too many files are open.
      mkdirSync(path)
      assert.strictEqual((yield* Effect.flip(status)).reason, "Unavailable")
      rmdirSync(path)
      StopRequest.write(path, { deadline: 5000, grace: 30_000 })
      yield* status
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(sent.at(-1), "5000 SIGKILL 12")
    })
  )
})

describe("a job of this process", () => {
  it.scoped("tells of its end, also before anybody listens: it isn't looked at", () =>
    Effect.gen(function* () {
      for (const early of [false, true]) {
        const { heard, looks, own, status, watch } = yield* world
        const started = Started.make(true)
        const end = Started.End.Done({ code: 3, output: 70 })
        if (early) started.finish(end)
        yield* own(started)
        assert.deepStrictEqual(yield* status, JobStatus.Running())
        started.finish(end)
        assert.deepStrictEqual(yield* Fiber.join(heard), Option.some(one))
        assert.deepStrictEqual(yield* status, JobStatus.Exited({ code: 3 }))
        assert.strictEqual(watch.outputOf(one), 70)
        assert.strictEqual(looks(), 0)
      }
    })
  )

  it.scoped("is looked at once nobody is left to tell of its end", () =>
    Effect.gen(function* () {
      const { heard, own, processes, status } = yield* world
      processes.push(wrapper)
      const started = Started.make(true)
      yield* own(started)
      started.finish(Started.End.Unknown())
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(heard)))
      assert.deepStrictEqual(yield* status, JobStatus.Running())
      processes.length = 0
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(yield* Fiber.join(heard), Option.some(one))
    })
  )

  it.scoped("has what it left behind killed where its wrapper couldn't do that any more", () =>
    Effect.gen(function* () {
      for (const inOrder of [false, true]) {
        const { folder, heard, own, processes, sent } = yield* world
        const started = Started.make(true)
        yield* own(started)
        processes.push(left)
        if (inOrder) writeFileSync(RunFolder.exitCode(folder), "0\n")
        started.finish(Started.End.Signalled())
        assert.deepStrictEqual(sent, inOrder ? [] : ["0 SIGKILL 12", "0 SIGKILL 13"])
        assert.deepStrictEqual(yield* Fiber.join(heard), Option.some(one))
      }
    })
  )
})

// fixtures

const one = key("one")
const here = { boot: "b1", namespace: "n1", host: "h1" }
const claim: Claim.Claim = { ...here, pid: 12, listed: 12, token: "t", startTime: "5" }
const wrapper: ProcessStat = { pid: 12, group: 12, session: 12, startTime: "5", zombie: false }
/** Of the session of the job with pid 12, in a group of its own. */
const left: ProcessStat = { ...wrapper, pid: 13, group: 13, startTime: "6" }

/** A watch over processes that nobody has but this test, with one job; who listens to ends has heard of none yet. */
const world = Effect.gen(function* () {
  const runs = yield* temporary
  const clock = yield* Effect.clock
  const folder = RunFolder.make(runs, one)
  RunFolder.create(folder)
  const processes: Array<ProcessStat> = []
  const sent: Array<string> = []
  let looks = 0
  const table = ProcessTable.of({
    here,
    look: (pids) => {
      looks++
      return new Map(processes.filter(({ pid }) => pids.includes(pid)).map((process) => [process.pid, process]))
    },
    all: () => processes,
    hasVariable: () => true,
    commandLine: () => [],
    signal: (group, signal) => sent.push(`${clock.unsafeCurrentTimeMillis()} ${signal} ${group}`) > 0
  })
  const watch = yield* Stopping.make.pipe(
    Effect.flatMap((stopping) => Watch.make({ runs, interval: Duration.millis(500), stopping })),
    Effect.provideService(ProcessTable, table)
  )
  const heard = yield* Effect.fork(Stream.runHead(watch.jobs.changes))
  yield* TestClock.adjust(0)
  return {
    folder,
    heard,
    looks: () => looks,
    own: (started: Started.Started) => watch.own({ key: one, folder, claim }, started),
    processes,
    sent,
    status: Effect.map(watch.poll([{ key: one, data: Claim.line(claim) }]), (all) => all.get(one)),
    watch
  }
})
