import { assert, describe, it } from "@effect/vitest"
import { Journal } from "@sweepline/core/Journal"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunId } from "@sweepline/core/RunId"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import { Chunk, Context, Duration, Effect, Exit, Fiber, Layer, Option, Scope, Stream, TestClock } from "effect"
import { spawnSync } from "node:child_process"
import { renameSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import * as Database from "../src/Database.js"
import { open } from "../src/internal/connection.js"
import * as ProcessIdentity from "../src/internal/processIdentity.js"
import * as SweepLease from "../src/SweepLease.js"
import { backend, config, folder, request } from "./support.js"

const sweep = SweepId.make("k3p9x0qa")

/** The leases of a process over a file; `as` differs from this process. */
const leases = (path: string, as?: Partial<ProcessIdentity.ProcessIdentity>, duration = SweepLease.duration) =>
  Effect.flatMap(Database.make({ path: join(path, "sweepline.db") }), (database) =>
    Effect.provideService(
      SweepLease.make({ process: { ...ProcessIdentity.self(), ...as }, duration }),
      Database.Database,
      database
    )
  )

const died = () => spawnSync(process.execPath, ["-e", ""]).pid

describe("SweepLease", () => {
  it.scoped("refuses a second scheduler, naming the first", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const [first, second] = [yield* leases(path), yield* leases(path)]
      yield* first.acquire(sweep)
      const error = yield* Effect.flip(second.acquire(sweep))
      assert.strictEqual(error._tag, "LeaseHeldError")
      assert.include(error.message, hostname())
      assert.include(error.message, String(process.pid))
      assert.strictEqual((yield* Effect.flip(first.acquire(sweep)))._tag, "LeaseHeldError")
      yield* second.acquire(SweepId.make("another0"))
    })
  )

  it.scoped("is given back when its scope closes", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const [first, second] = [yield* leases(path), yield* leases(path)]
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* first.acquire(sweep)
          const holder = Option.getOrThrow(yield* second.holder(sweep))
          assert.deepStrictEqual(holder, { host: hostname(), pid: process.pid, expiresAt: 30_000 })
        })
      )
      assert.deepStrictEqual(yield* second.holder(sweep), Option.none())
      yield* second.acquire(sweep)
    })
  )

  it.scoped("is given back at whichever step of taking it somebody is interrupted", () =>
    Effect.gen(function* () {
      const lease = yield* leases(yield* folder)
      for (let steps = 0; steps < 60; steps++) {
        // An interrupt comes through where a fiber gives way: here after every few steps.
        const acquire = Effect.withMaxOpsBeforeYield(Effect.scoped(lease.acquire(sweep)), 10 + (steps % 4))
        const taking = yield* Effect.fork(acquire)
        for (let n = 0; n < steps; n++) yield* Effect.yieldNow()
        yield* Fiber.interrupt(taking)
        assert.deepStrictEqual(yield* lease.holder(sweep), Option.none(), `after ${steps} steps`)
      }
    })
  )

  it.scoped("is kept as long as its holder renews it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const [first, second] = [yield* leases(path, { host: "elsewhere" }), yield* leases(path)]
      yield* first.acquire(sweep)
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* Effect.flip(second.acquire(sweep)))._tag, "LeaseHeldError")
    })
  )

  it.scopedLive("lasts from when it is written, however long another process kept it from that", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const lease = yield* leases(path, undefined, Duration.seconds(1))
      const other = open(join(path, "sweepline.db"))
      other.script("BEGIN IMMEDIATE")
      const taking = yield* Effect.fork(Effect.zipRight(lease.acquire(sweep), lease.holder(sweep)))
      yield* Effect.sleep("1100 millis")
      other.script("COMMIT")
      assert.isTrue(Option.isSome(yield* Fiber.join(taking)))
      other.close()
    })
  )

  it.scoped("is waited for while a stopped process holds the database, but by nobody who is interrupted", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const lease = yield* leases(path)
      const stopped = open(join(path, "sweepline.db"))
      yield* Effect.addFinalizer(() => Effect.sync(stopped.close))
      stopped.run("BEGIN IMMEDIATE")
      const waiting = yield* Effect.fork(lease.acquire(sweep))
      const interrupted = yield* Effect.fork(lease.acquire(sweep))
      yield* TestClock.adjust("20 millis")
      yield* Fiber.interruptFork(interrupted)
      yield* TestClock.adjust(0)
      assert.isTrue(Option.isSome(yield* Fiber.poll(interrupted)))
      stopped.run("ROLLBACK")
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Option.isSome(yield* Fiber.poll(waiting)))
    })
  )

  it.scoped("is lost for good, and its scheduler leaves, once the database was taken away", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "state")
      const held = yield* Effect.flatMap(leases(path), (first) => first.acquire(sweep))
      renameSync(path, `${path}-moved`)
      const lost = yield* Effect.fork(Effect.flip(held.lost))
      yield* TestClock.adjust("5 seconds")
      const error = yield* Fiber.join(lost)
      assert.strictEqual(error._tag, "JournalUnavailable")
      assert.include(error.message, "was moved or deleted")
    })
  )

  for (const [name, as] of Object.entries({
    "whose process is gone": { pid: died() },
    "whose pid is another process's now": { started: "1" },
    "of an earlier boot": { boot: "an earlier boot", namespace: "another" }
  })) {
    it.scoped(`loses a holder at once ${name}`, () =>
      Effect.gen(function* () {
        const path = yield* folder
        const [first, second] = [yield* leases(path, as), yield* leases(path)]
        yield* first.acquire(sweep)
        assert.deepStrictEqual(yield* second.holder(sweep), Option.none())
        yield* second.acquire(sweep)
      })
    )
  }

  for (const [name, as] of Object.entries({
    "on another host": { host: "elsewhere", pid: died() },
    "in another pid namespace": { namespace: "pid:[1]", pid: died() },
    "that lives and doesn't renew": {}
  })) {
    it.scoped(`loses a holder by expiry ${name}`, () =>
      Effect.gen(function* () {
        const path = yield* folder
        const second = yield* leases(path)
        const stopped = yield* Scope.make()
        const first = yield* leases(path, as)
        yield* Scope.extend(first.acquire(sweep), stopped)
        yield* stop(path)
        yield* TestClock.adjust("29 seconds")
        assert.strictEqual((yield* Effect.flip(second.acquire(sweep)))._tag, "LeaseHeldError")
        yield* TestClock.adjust("1 seconds")
        yield* second.acquire(sweep)
        // the first one, continued, neither renews nor gives back what isn't its own any more
        yield* TestClock.adjust("1 minute")
        yield* Scope.close(stopped, Exit.void)
        assert.isTrue(Option.isSome(yield* second.holder(sweep)))
      })
    )
  }

  it.scoped("fences whoever lost it: journal, queue and sweep", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const stale = yield* Layer.build(backend(path))
      const [api, queue, journal, own] = [
        Context.get(stale, SweepApi),
        Context.get(stale, LaunchQueue),
        Context.get(stale, Journal),
        Context.get(stale, SchedulerRun)
      ]
      const sweep = yield* api.createSweep({ config: config(), name: "fenced", seed: 1 })
      const { lost } = yield* own.start(sweep)
      const agent = yield* api.registerAgent({ sweep, host: "h" })
      const event = { _tag: "ExecutableFound", at: 0, name: "train.py" } as const
      yield* journal.append(sweep, [event])

      const successor = yield* Layer.build(backend(path))
      yield* expire(path)
      yield* Context.get(successor, SchedulerRun).start(sweep)

      yield* TestClock.adjust("5 seconds")
      const snapshot = { events: 1, model: SchedulerModel.initial }
      for (const refused of [lost, journal.append(sweep, [event]), journal.keep(sweep, snapshot)]) {
        const error = yield* Effect.flip(refused)
        assert.isTrue(error._tag === "LeaseHeldError" && error.lost)
      }
      const run = yield* Context.get(successor, SweepApi).createRun({ sweep, trial: new Map() })
      const refusals: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string; readonly message: string }>> = [
        queue.push(request({ run, sweep })),
        api.setSweepState(sweep, "PAUSED"),
        api.heartbeat({ sweep, agent, runs: new Map() }),
        api.createRun({ sweep, trial: new Map() }),
        api.stopRun({ sweep, run, reason: "Killed" }),
        api.requeueRun({ sweep, run, attempt: 2 }),
        api.registerAgent({ sweep, host: "h" })
      ]
      for (const refused of refusals) {
        const error = yield* Effect.flip(refused)
        assert.strictEqual(error._tag, "CommError")
        assert.include(error.message, "(status 409)")
        assert.include(error.message, "was lost to")
      }
      // what its successor has queued is not for its own launch agent, though it may launch for another sweep
      yield* Context.get(successor, LaunchQueue).push(request({ run, sweep }))
      const lease = { queue: "q", agent: "local", max: 1 }
      assert.deepStrictEqual(yield* queue.lease(lease), [])
      const free = request({ run: RunId.make("another0"), sweep: SweepId.make("another0") })
      yield* queue.push({ ...free, priority: 0 })
      const leased = yield* queue.lease({ ...lease, max: 2 })
      assert.deepStrictEqual(
        leased.map((item) => item.request.run),
        [free.run]
      )
      assert.strictEqual((yield* Context.get(successor, LaunchQueue).lease(lease)).length, 1)
      // what its jobs did is told all the same
      const report = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } as const
      yield* api.reportRun({ sweep, run, report })
      yield* Context.get(successor, Journal).append(sweep, [event])
      const events = yield* Stream.runCollect(journal.replay(sweep))
      assert.strictEqual(Chunk.size(events), 2)
      // a person may pause whoever schedules
      const person = yield* Layer.build(backend(path))
      assert.isTrue(yield* Context.get(person, SweepApi).setSweepState(sweep, "PAUSED"))
      const held = yield* Effect.flip(Context.get(person, Journal).append(sweep, [event]))
      assert.isTrue(held._tag === "LeaseHeldError" && !held.lost)
      const error = yield* Effect.flip(Context.get(person, LaunchQueue).push(request({ run, sweep })))
      assert.include(error.message, "(status 409)")
      // nor has it the sweep again once its successor is gone
      yield* expire(path)
      assert.strictEqual((yield* Effect.flip(journal.append(sweep, [event])))._tag, "LeaseHeldError")
      yield* Context.get(person, Journal).append(sweep, [event])
    })
  )
})

// internal

const change = (path: string, sql: string) =>
  Effect.scoped(
    Effect.flatMap(Database.make({ path: join(path, "sweepline.db") }), (database) =>
      database.write((db) => db.script(sql))
    )
  )

/** As if its holder had stopped at the beginning: from now on nothing renews it. */
const stop = (path: string) =>
  change(
    path,
    "CREATE TRIGGER stopped BEFORE UPDATE OF expires_at ON leases WHEN OLD.epoch = 1 BEGIN SELECT raise(IGNORE); END"
  )

const expire = (path: string) => change(path, "UPDATE leases SET expires_at = 0")
