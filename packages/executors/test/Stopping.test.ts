import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, TestClock } from "effect"
import * as Claim from "@sweepline/executors/Claim"
import * as KillNow from "@sweepline/executors/KillNow"
import * as LiveJobs from "@sweepline/executors/LiveJobs"
import type { ProcessStat } from "@sweepline/executors/ProcessStat"
import { ProcessTable } from "@sweepline/executors/ProcessTable"
import * as RunFolder from "@sweepline/executors/RunFolder"
import * as Stopping from "@sweepline/executors/Stopping"
import * as StopRequest from "@sweepline/executors/StopRequest"
import { key, temporary } from "./support.js"

describe("a job that is asked to end", () => {
  it.scoped("gets SIGTERM at once, and is continued to hear it; SIGKILL after the grace time, and no sooner", () =>
    Effect.gen(function* () {
      const { job, sent, stopping } = yield* world
      yield* stopping.ask(job(), Duration.millis(400))
      yield* TestClock.adjust("399 millis")
      assert.deepStrictEqual(sent, ["0 SIGTERM 12", "0 SIGCONT 12"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(sent.slice(2), ["400 SIGKILL 12"])
    })
  )

  it.scoped("is asked again twice where it may not have begun when it was asked first", () =>
    Effect.gen(function* () {
      for (const [grace, again] of [
        [1000, [100, 500]],
        [400, [100]]
      ] as const) {
        const { job, sent, stopping } = yield* world
        const begun = yield* TestClock.currentTimeMillis
        yield* stopping.ask(job({ since: begun }), Duration.millis(grace))
        yield* TestClock.adjust("1 hour")
        const expected = [0, ...again].flatMap((after) => [
          `${begun + after} SIGTERM 12`,
          `${begun + after} SIGCONT 12`
        ])
        assert.deepStrictEqual(sent, [...expected, `${begun + grace} SIGKILL 12`])
      }
    })
  )

  it.scoped("is left alone once it has ended, and what it left behind is killed", () =>
    Effect.gen(function* () {
      for (const left of [[], [other]]) {
        const { job, processes, sent, stopping } = yield* world
        const one = job()
        yield* stopping.ask(one, Duration.seconds(10))
        processes.push(...left)
        yield* one.ended.open
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(
          sent.slice(2).map((signal) => signal.slice(signal.indexOf(" ") + 1)),
          left.length === 0 ? [] : ["SIGKILL 12", "SIGKILL 13"]
        )
      }
    })
  )

  it.scoped("ends by the shortest of the grace times that it is given, and hears only one SIGTERM", () =>
    Effect.gen(function* () {
      const { job, sent, stopping } = yield* world
      const one = job()
      yield* stopping.ask(one, Duration.seconds(10))
      yield* TestClock.adjust("1 second")
      yield* stopping.ask(one, Duration.minutes(1))
      assert.strictEqual(StopRequest.read(RunFolder.stop(one.folder))?.deadline, 10_000)
      yield* stopping.ask(one, Duration.seconds(1))
      assert.strictEqual(StopRequest.read(RunFolder.stop(one.folder))?.deadline, 2000)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(sent, ["0 SIGTERM 12", "0 SIGCONT 12", "2000 SIGKILL 12"])
    })
  )

  it.scoped("is killed before that returns where it has no time left", () =>
    Effect.gen(function* () {
      const { job, sent, stopping } = yield* world
      const one = job()
      yield* stopping.ask(one, Duration.zero)
      assert.deepStrictEqual(sent, ["0 SIGKILL 12"])
    })
  )

  it.scoped("has what is left of its time when another process goes on with it, whatever the clock says", () =>
    Effect.gen(function* () {
      for (const [request, ends] of [
        [{ deadline: 5000, grace: 10_000 }, 5000],
        [{ deadline: 9_999_999, grace: 1000 }, 4000]
      ] as const) {
        yield* TestClock.setTime(3000)
        const { job, sent, stopping } = yield* world
        yield* stopping.resume(job(), request)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(sent, ["3000 SIGTERM 12", "3000 SIGCONT 12", `${ends} SIGKILL 12`])
      }
    })
  )

  it.scoped("is known to have been asked, by a later process too, and also where that can't be written", () =>
    Effect.gen(function* () {
      const { folder, job, later, stopping } = yield* world
      const one = job()
      assert.isFalse(stopping.wasAsked(one.key, one.folder))
      yield* stopping.ask(one, Duration.seconds(1))
      const lost = job({ key: key("lost"), folder: RunFolder.make(join(folder, "none"), key("lost")) })
      yield* stopping.ask(lost, Duration.seconds(1))
      for (const asked of [one, lost]) assert.isTrue(stopping.wasAsked(asked.key, asked.folder))
      assert.isTrue((yield* later).wasAsked(one.key, one.folder))
    })
  )
})

describe("killing everything at once", () => {
  it.scoped("kills what runs and what is about to begin, keeps the rest from ever beginning, and notes it all", () =>
    Effect.gen(function* () {
      const { folder, processes, sent, table } = yield* world
      const jobOf = (name: string) => ({ key: key(name), folder: RunFolder.make(folder, key(name)) })
      const claimOf = (pid: number): Claim.Claim => ({ ...claim, pid, listed: pid })
      const [runs, over] = [jobOf("runs"), jobOf("over")]
      const [claimed, unclaimed] = [jobOf("claimed"), jobOf("unclaimed")]
      RunFolder.create(claimed.folder)
      writeFileSync(RunFolder.claim(claimed.folder), `${Claim.line(claimOf(20))}\n`)
      // Its folder can't be made: that keeps nobody else from being killed.
      writeFileSync(join(folder, "file"), "")
      const broken = { key: key("broken"), folder: RunFolder.make(join(folder, "file"), key("broken")) }
      // The pid of the job that is over is another process's now.
      processes.push(stat(12), { ...stat(14), startTime: "9" }, stat(20), other)
      const noted: Array<string> = []
      KillNow.killNow(
        table,
        { note: (key, _, { deadline, grace }) => void noted.push(`${key} ${deadline} ${grace}`) },
        [
          { ...runs, claim: claimOf(12) },
          { ...over, claim: claimOf(14) }
        ],
        new Set([claimed, unclaimed, broken])
      )
      assert.sameMembers([...new Set(sent)], ["0 SIGKILL 12", "0 SIGKILL 13", "0 SIGKILL 20"])
      assert.deepStrictEqual(noted, ["runs#1 0 0", "over#1 0 0", "claimed#1 0 0", "unclaimed#1 0 0", "broken#1 0 0"])
      const given = Claim.read(RunFolder.claim(unclaimed.folder))
      assert.isTrue(given.kind === "held" && Claim.isGivenUp(given.claim))
    })
  )
})

// fixtures

const here = { boot: "b1", namespace: "n1", host: "h1" }
const claim: Claim.Claim = { ...here, pid: 12, listed: 12, token: "t", startTime: "5" }
const stat = (pid: number): ProcessStat => ({ pid, group: pid, session: pid, startTime: "5", zombie: false })
/** Of the session of the job with pid 12, in a group of its own. */
const other: ProcessStat = { ...stat(13), session: 12 }

/** A table of processes that nobody has but this test, and the signals that it was told to send, each with its time. */
const world = Effect.gen(function* () {
  const folder = yield* temporary
  const clock = yield* Effect.clock
  const processes: Array<ProcessStat> = []
  const sent: Array<string> = []
  const table = ProcessTable.of({
    here,
    look: (pids) => new Map(processes.filter(({ pid }) => pids.includes(pid)).map((one) => [one.pid, one])),
    all: () => processes,
    hasVariable: () => true,
    commandLine: () => [],
    signal: (group, signal) => {
      sent.push(`${clock.unsafeCurrentTimeMillis()} ${signal} ${group}`)
      return true
    }
  })
  const jobs = LiveJobs.make()
  const job = (options: Partial<LiveJobs.LiveJob> = {}) => {
    const own = RunFolder.make(folder, key("one"))
    mkdirSync(own.attempt, { recursive: true })
    return jobs.add({ key: key("one"), folder: own, claim, own: undefined, since: -1000, ...options })
  }
  const later = Effect.provideService(Stopping.make, ProcessTable, table)
  return { folder, job, later, processes, sent, stopping: yield* later, table }
})
