import { assert, describe, it } from "@effect/vitest"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Effect, Either, Layer, Option } from "effect"
import { join } from "node:path"
import * as Database from "../src/Database.js"
import * as Notices from "../src/Notices.js"
import * as SqliteLaunchQueue from "../src/SqliteLaunchQueue.js"
import * as SqliteSweepApi from "../src/SqliteSweepApi.js"
import * as SweepCache from "../src/SweepCache.js"
import * as SweepLease from "../src/SweepLease.js"
import * as SweepStore from "../src/SweepStore.js"
import { config, folder, layerCounting, request } from "./support.js"

/** The backend, the database under it, and how many statements it has read with. */
const world = Effect.gen(function* () {
  const database = yield* Database.make({ path: join(yield* folder, "sweepline.db") })
  let statements = 0
  const counting: Database.Database["Type"] = {
    ...database,
    read: (body) =>
      database.read((db) =>
        body({
          ...db,
          get: (...args) => (statements++, db.get(...args)),
          all: (...args) => (statements++, db.all(...args))
        })
      )
  }
  const ports = yield* Layer.build(
    Layer.mergeAll(SqliteSweepApi.layer, SqliteLaunchQueue.layer).pipe(
      Layer.provide(SweepStore.layer),
      Layer.provide(SweepLease.layer()),
      Layer.provide(SweepCache.layer),
      Layer.provide(Notices.layer({ watch: false })),
      Layer.provide(Layer.succeed(Database.Database, counting)),
      Layer.provide([layerCounting(), EarlyStopping.layerNoop])
    )
  )
  const api = yield* Effect.provide(SweepApi, ports)
  const queue = yield* Effect.provide(LaunchQueue, ports)
  const sweep = yield* api.createSweep({ config: config(), name: "many", seed: 0 })
  const runs = yield* Effect.replicateEffect(api.createRun({ sweep, trial: new Map() }), 12)
  const taken = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      const before = statements
      const value = yield* effect
      return { value, statements: statements - before }
    })
  return { api, database, queue, runs, sweep, taken }
})

describe("a read of many", () => {
  it.scoped("says of runs what a read of each says, with one statement", () =>
    Effect.gen(function* () {
      const { api, database, runs, sweep, taken } = yield* world
      for (const [n, state] of [...RunState.all, "dreaming"].entries()) {
        yield* database.write((db) => db.run("UPDATE runs SET state = ? WHERE id = ?", [state, runs[n]]))
      }
      const other = yield* api.createSweep({ config: config(), name: "other", seed: 0 })
      const strangers = ["nowhere", "a\u0000b", "\ud800x", "12", "'\"\\"].map((id) => RunId.make(id))
      const asked = [...runs, ...strangers, yield* api.createRun({ sweep: other, trial: new Map() })]
      const { statements, value } = yield* taken(api.runStates({ sweep, runs: asked }))
      assert.strictEqual(statements, 1)
      const told = yield* Effect.forEach(asked, (run) =>
        Effect.match(api.runState({ sweep, run }), {
          onFailure: () => "gone",
          onSuccess: Either.match({ onLeft: (text) => `bad ${text}`, onRight: (state) => state })
        })
      )
      assert.deepStrictEqual(
        value.map((reading) =>
          reading._tag === "Found" ? reading.state : reading._tag === "Bad" ? `bad ${reading.text}` : "gone"
        ),
        told
      )
    })
  )

  it.scoped("says which runs are to stop, with one statement and one for each of them", () =>
    Effect.gen(function* () {
      const { api, runs, sweep, taken } = yield* world
      const [first, second] = runs
      if (first === undefined || second === undefined) return assert.fail("there are runs")
      for (const run of [first, second]) {
        const report = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } as const
        yield* api.reportRun({ sweep, run, report })
      }
      yield* api.stopRun({ sweep, run: second, reason: "TimedOut" })
      const { statements, value } = yield* taken(api.stopRequests({ sweep, runs }))
      assert.deepStrictEqual([...value], [[second, "TimedOut"]])
      assert.strictEqual(statements, 2)
      const other = yield* api.createSweep({ config: config(), name: "other", seed: 0 })
      assert.strictEqual((yield* api.stopRequests({ sweep: other, runs })).size, 0)
    })
  )

  it.scoped("says of queue items what a read of each says, with one statement", () =>
    Effect.gen(function* () {
      const { database, queue, runs, sweep, taken } = yield* world
      const ids = yield* Effect.forEach(runs, (run) => queue.push(request({ run, sweep })))
      const states = ["pending", "leased", "claimed", "failed", "completed", "withdrawn", "leased"]
      for (const [n, state] of states.entries()) {
        const until = n === 1 ? -1 : 1000
        yield* database.write((db) =>
          db.run("UPDATE queue_items SET state = ?, leased_until = ? WHERE no = ?", [state, until, Number(ids[n])])
        )
      }
      const asked = [...ids, ...["99999", "9".repeat(400), "elsewhere"].map((id) => QueueItemId.make(id))]
      const { statements, value } = yield* taken(queue.itemStates({ ids: asked, queue: "q" }))
      assert.strictEqual(statements, 1)
      const told = yield* Effect.forEach(asked, (id) => queue.itemState({ id, queue: "q" }))
      assert.deepStrictEqual(
        value.map((reading) => (reading._tag === "Found" ? reading.state : undefined)),
        told.map(Option.getOrUndefined)
      )
      assert.deepStrictEqual(
        new Set(told.map(Option.getOrUndefined)),
        new Set(["pending", "leased", "claimed", "failed", undefined])
      )
    })
  )
})
