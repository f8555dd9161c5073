import { assert, describe, it } from "@effect/vitest"
import { Journal } from "@sweepline/core/Journal"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog } from "@sweepline/core/RunLog"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Context, Effect, Layer, Option, Stream } from "effect"
import { Database } from "../src/Database.js"
import { text } from "../src/internal/connection.js"
import { SweepLease } from "../src/SweepLease.js"
import * as SweepRemoval from "../src/SweepRemoval.js"
import { backend, config, folder, request } from "./support.js"

/** A sweep with two runs, of which everything is kept that can be. */
const used = Effect.gen(function* () {
  const api = yield* SweepApi
  const queue = yield* LaunchQueue
  const log = yield* RunLog
  const journal = yield* Journal
  const sweep = yield* api.createSweep({ config: config(), name: "s", seed: 1 })
  const runs: Array<RunId> = []
  yield* Effect.scoped(
    Effect.gen(function* () {
      const own = yield* SchedulerRun
      yield* own.start(sweep)
      yield* api.registerAgent({ sweep, host: "h" })
      for (const _ of [0, 1]) {
        const run = yield* api.createRun({ sweep, trial: new Map() })
        runs.push(run)
        yield* queue.push(request({ run, sweep }))
        yield* log.append({
          sweep,
          key: RunKey.make(run, 1),
          rows: Array.from({ length: 6000 }, (_, step) => ({ step, at: 0, values: new Map([["loss", step]]) })),
          offset: 1
        })
      }
      yield* journal.append(sweep, [{ _tag: "SchedulerEnded", at: 1 }])
      yield* journal.keep(sweep, { events: 1, model: SchedulerModel.initial })
    })
  )
  return { sweep, runs }
})

/** Every row of every table that names one of these. */
const mentions = (...ids: ReadonlyArray<string>) =>
  Effect.flatMap(Database, (database) =>
    database.read((db) =>
      db.all("SELECT name FROM sqlite_master WHERE type = 'table'").flatMap((row) => {
        const table = text(row, 0)
        const found = db
          .all(`SELECT * FROM ${table}`)
          .filter((it) => ids.some((id) => JSON.stringify(it, plain).includes(id)))
        return found.length === 0 ? [] : [table]
      })
    )
  )

const plain = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value)

describe("a sweep that is removed", () => {
  it.scoped("is gone at once for whoever asks, and then with all that was kept of it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      yield* Effect.gen(function* () {
        const api = yield* SweepApi
        const journal = yield* Journal
        const gone = yield* used
        const other = yield* used
        const before = yield* mentions(gone.sweep, ...gone.runs)
        assert.includeMembers(
          [...before],
          ["sweeps", "runs", "agents", "queue_items", "metric_rows", "journal", "leases", "scheduler_runs", "snapshots"]
        )
        const removal = yield* SweepRemoval.begin(gone.sweep)
        assert.deepStrictEqual(removal, { sweep: gone.sweep, name: "s", runs: gone.runs })
        assert.deepStrictEqual(
          (yield* api.sweeps).map(({ id }) => id),
          [other.sweep]
        )
        assert.strictEqual((yield* Effect.flip(api.runs(gone.sweep)))._tag, "SweepNotFoundError")
        assert.strictEqual((yield* Effect.flip(SweepRemoval.begin(gone.sweep)))._tag, "SweepNotFoundError")
        assert.deepStrictEqual(yield* SweepRemoval.pending, [removal])
        yield* SweepRemoval.finish(removal, Effect.void)
        yield* SweepRemoval.finish(removal, Effect.void)
        assert.deepStrictEqual(yield* SweepRemoval.pending, [])
        assert.deepStrictEqual(yield* mentions(gone.sweep, ...gone.runs), [])
        assert.lengthOf(yield* api.runs(other.sweep), 2)
        assert.strictEqual(yield* Stream.runCount(journal.replay(other.sweep)), 1)
      }).pipe(Effect.provide(backend(path, { watch: false })))
    })
  )

  it.scoped("stays to be finished where that was interrupted, or files can't be removed", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const { runs, sweep } = yield* Effect.provide(
        Effect.tap(used, ({ sweep }) => SweepRemoval.begin(sweep)),
        backend(path, { watch: false })
      )
      yield* Effect.gen(function* () {
        const [removal] = yield* SweepRemoval.pending
        assert.deepStrictEqual(removal, { sweep, name: "s", runs })
        if (removal === undefined) return
        assert.strictEqual(yield* Effect.flip(SweepRemoval.finish(removal, Effect.fail("read-only"))), "read-only")
        assert.deepStrictEqual(yield* SweepRemoval.pending, [removal])
        yield* SweepRemoval.finish(removal, Effect.void)
        assert.deepStrictEqual(yield* mentions(sweep, ...runs), [])
      }).pipe(Effect.provide(backend(path, { watch: false })))
    })
  )

  it.scoped("gets nothing more from a scheduler that was stopped, lost it and goes on", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const asleep = yield* Layer.build(backend(path, { watch: false }))
      const awake = yield* Layer.build(backend(path, { watch: false }))
      const { runs, sweep } = yield* Effect.provide(used, awake)
      const [run] = runs
      if (run === undefined) return assert.fail("there is no run")
      yield* Context.get(asleep, SweepLease).acquire(sweep)
      yield* Context.get(awake, Database).write((db) => db.run("UPDATE leases SET expires_at = 0"))
      const removal = yield* Effect.provide(SweepRemoval.begin(sweep), awake)
      yield* Effect.provide(SweepRemoval.finish(removal, Effect.void), awake)
      const journal = Context.get(asleep, Journal)
      const queue = Context.get(asleep, LaunchQueue)
      const appended = yield* Effect.flip(journal.append(sweep, [{ _tag: "SchedulerEnded", at: 2 }]))
      assert.strictEqual(appended._tag, "LeaseHeldError")
      assert.strictEqual((yield* Effect.flip(queue.push(request({ run, sweep }))))._tag, "CommError")
      assert.deepStrictEqual(yield* Effect.provide(mentions(sweep, ...runs), awake), [])
    })
  )

  it.scoped("is not found by another process that knew it, nor is an agent of it there", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const serving = yield* Layer.build(backend(path, { watch: false }))
      const removing = yield* Layer.build(backend(path, { watch: false }))
      const api = Context.get(serving, SweepApi)
      const { sweep } = yield* Effect.provide(used, serving)
      const agent = yield* api.registerAgent({ sweep, host: "h" })
      const heartbeat = (runs: ReadonlyMap<RunId, boolean>) => api.heartbeat({ agent, sweep, runs })
      yield* heartbeat(new Map())
      const [run] = yield* Effect.map(api.runs(sweep), (runs) => runs.map(({ id }) => id))
      if (run === undefined) return assert.fail("there is no run")
      const removal = yield* Effect.provide(SweepRemoval.begin(sweep), removing)
      yield* Effect.provide(SweepRemoval.finish(removal, Effect.void), removing)
      for (const refused of [
        heartbeat(new Map()),
        heartbeat(new Map([[run, true]])),
        api.createRun({ sweep, trial: new Map() }),
        Context.get(serving, SweepAdmin).adoptRun({ sweep, run: RunId.make("another"), trial: new Map() }),
        api.setSweepState(sweep, "PAUSED")
      ]) {
        assert.strictEqual((yield* Effect.flip(refused))._tag, "SweepNotFoundError")
      }
      assert.deepStrictEqual(yield* Effect.provide(mentions(sweep, agent), removing), [])
    })
  )

  it.scoped("is refused while somebody else schedules it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const first = yield* Layer.build(backend(path, { watch: false }))
      const second = yield* Layer.build(backend(path, { watch: false }))
      const { sweep } = yield* Effect.provide(used, first)
      yield* Context.get(first, SweepLease).acquire(sweep)
      const error = yield* Effect.flip(Effect.provide(SweepRemoval.begin(sweep), second))
      assert.strictEqual(error._tag, "LeaseHeldError")
      assert.isTrue(Option.isSome(yield* Context.get(second, SweepLease).holder(sweep)))
    })
  )
})
