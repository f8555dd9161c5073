import { assert, describe, it } from "@effect/vitest"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { Journal } from "@sweepline/core/Journal"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog } from "@sweepline/core/RunLog"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Context, Effect, Layer, Option, TestClock } from "effect"
import { join } from "node:path"
import * as Database from "../src/Database.js"
import * as Notices from "../src/Notices.js"
import * as SqliteJournal from "../src/SqliteJournal.js"
import * as SqliteLaunchQueue from "../src/SqliteLaunchQueue.js"
import * as SqliteRunLog from "../src/SqliteRunLog.js"
import * as SqliteSchedulerRun from "../src/SqliteSchedulerRun.js"
import * as SqliteSweepAdmin from "../src/SqliteSweepAdmin.js"
import * as SqliteSweepApi from "../src/SqliteSweepApi.js"
import * as SweepCache from "../src/SweepCache.js"
import * as SweepLease from "../src/SweepLease.js"
import * as SweepStore from "../src/SweepStore.js"
import { config, folder, layerCounting, request } from "./support.js"

/** The ports over a database that counts its flushes. */
const counted = Effect.gen(function* () {
  let flushes = 0
  const database = yield* Database.make({ path: join(yield* folder, "sweepline.db") })
  const counting = Layer.succeed(Database.Database, {
    ...database,
    writeDurably: (body) => Effect.tap(database.writeDurably(body), () => Effect.sync(() => flushes++))
  })
  const context = yield* Layer.build(
    Layer.mergeAll(
      SqliteSweepApi.layer,
      SqliteLaunchQueue.layer,
      SqliteSchedulerRun.layer(),
      SqliteJournal.layer,
      SqliteRunLog.layer,
      SqliteSweepAdmin.layer
    ).pipe(
      Layer.provideMerge(SweepStore.layer),
      Layer.provide([SweepLease.layer(), SweepCache.layer, Notices.layer({ watch: false })]),
      Layer.provide([counting, layerCounting(), EarlyStopping.layerNoop])
    )
  )
  const flushesOf = <A, E, R>(call: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      flushes = 0
      return Effect.map(call, () => flushes)
    })
  return { context, flushesOf }
})

describe("what a power cut may undo", () => {
  it.scoped("is nothing that a person was told, nor an intent; all else is learned again, and costs no flush", () =>
    Effect.gen(function* () {
      const { context, flushesOf } = yield* counted
      const [api, store] = [Context.get(context, SweepApi), Context.get(context, SweepStore.SweepStore)]
      const [journal, queue] = [Context.get(context, Journal), Context.get(context, LaunchQueue)]
      const create = api.createSweep({ config: config(), name: "flushed", seed: 1 })
      const sweep = yield* create
      const was = yield* store.terms(sweep)
      const event = { _tag: "ExecutableFound", at: 0, name: "train.py" } as const
      const own = Context.get(context, SchedulerRun)
      assert.strictEqual(yield* flushesOf(Effect.scoped(own.start(sweep))), 2, "a lease is taken, and given back")
      yield* own.start(sweep)
      const told: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        create,
        journal.append(sweep, [event]),
        api.setSweepState(sweep, "PAUSED"),
        store.setTerms(sweep, { was, terms: { ...was, settings: "{}" } }),
        store.setEnd(sweep, Option.some("Interrupted")),
        Context.get(context, SweepAdmin).setConfig({ sweep, config: config("run_cap: 3") })
      ]
      for (const call of told) assert.strictEqual(yield* flushesOf(call), 1)
      yield* api.setSweepState(sweep, "RUNNING")
      const agent = yield* api.registerAgent({ sweep, host: "a" })
      const run = yield* api.createRun({ sweep, trial: new Map() })
      const key = RunKey.make(run, 1)
      const report = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } as const
      const learned: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        api.heartbeat({ sweep, agent, runs: new Map() }),
        queue.push(request({ run, sweep })),
        queue.lease({ queue: "q", agent: "a", max: 1 }),
        api.reportRun({ sweep, run, report }),
        Context.get(context, RunLog).append({ sweep, key, rows: [], offset: 1 }),
        journal.keep(sweep, { events: 1, model: SchedulerModel.initial }),
        // the lease is renewed
        TestClock.adjust("5 seconds")
      ]
      for (const call of learned) assert.strictEqual(yield* flushesOf(call), 0)
    })
  )
})
