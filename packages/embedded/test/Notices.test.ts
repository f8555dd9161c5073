import { assert, describe, it } from "@effect/vitest"
import * as Signal from "@sweepline/core/Signal"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import { Deferred, Effect, Either, Fiber, Logger, Option } from "effect"
import { join } from "node:path"
import * as Database from "../src/Database.js"
import * as Notices from "../src/Notices.js"
import { StoreError } from "../src/StoreError.js"
import { backend, config, folder } from "./support.js"

describe("changes of a sweep", () => {
  it.scoped("are told to each of its listeners once, also to several of one stream, until they go", () =>
    Effect.gen(function* () {
      const path = yield* folder
      yield* Effect.gen(function* () {
        const api = yield* SweepApi
        const sweep = yield* api.createSweep({ config: config(), name: "changes", seed: 7 })
        const changes = api.changes(sweep)
        const heard = [0, 0, 0]
        const listeners = yield* Effect.forEach([changes, changes, api.changes(sweep)], (it, n) =>
          Effect.fork(Signal.onEach(it, () => void (heard[n] = (heard[n] ?? 0) + 1)))
        )
        yield* Effect.yieldNow({ priority: 1 })
        yield* api.setSweepState(sweep, "RUNNING")
        assert.deepStrictEqual(heard, [1, 1, 1])
        yield* Effect.forEach(listeners.slice(1), Fiber.interrupt)
        yield* api.setSweepState(sweep, "PAUSED")
        assert.deepStrictEqual(heard, [2, 1, 1])
      }).pipe(Effect.provide(backend(path, { watch: false })))
    })
  )

  it.scopedLive(
    "of another process are told, also where the first looks at them fail half-way, which is said once",
    () =>
      Effect.gen(function* () {
        const path = join(yield* folder, "sweepline.db")
        const sweep = SweepId.make("k3p9x0qa")
        const [ours, theirs] = [yield* Database.make({ path }), yield* Database.make({ path })]
        yield* theirs.write((db) =>
          db.run(
            "INSERT INTO sweeps (id, name, state, config, seed, created_at) VALUES (?, 'changes', 'RUNNING', '', 7, 0)",
            [sweep]
          )
        )
        const { breakFor, service } = breakable(ours)
        const said: Array<unknown> = []
        const logger = Logger.make<unknown, void>(({ message }) => said.push(message))
        const notices = yield* Notices.make().pipe(
          Effect.provideService(Database.Database, service),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger))
        )
        const heard = yield* Deferred.make<void>()
        yield* Effect.forkScoped(
          Signal.onEach(notices.sweepChanges(sweep), () => Deferred.unsafeDone(heard, Effect.void))
        )
        yield* Effect.sleep("150 millis")
        breakFor(3)
        yield* theirs.write((db) => db.run("UPDATE sweeps SET notice = notice + 1"))
        const told = yield* Effect.timeoutOption(Deferred.await(heard), "30 seconds")
        assert.isTrue(Option.isSome(told))
        assert.strictEqual(said.length, 1)
      })
  )
})

/** A database, of whose looks at notices so many fail after each `breakFor`. */
const breakable = (database: Database.Database["Type"]) => {
  let broken = 0
  const get =
    (db: Database.Connection): Database.Connection["get"] =>
    (sql, params) => {
      if (broken === 0 || !sql.startsWith("SELECT notice")) return db.get(sql, params)
      broken -= 1
      throw new Error("a bad sector")
    }
  const read: Database.Database["Type"]["read"] = (body) =>
    Effect.flatten(
      database.read((db) =>
        Either.try({
          try: () => body({ ...db, get: get(db) }),
          catch: () => new StoreError({ reason: "Io", path: database.path, detail: "a bad sector" })
        })
      )
    )
  return {
    service: { ...database, read },
    breakFor: (looks: number) => {
      broken = looks
    }
  }
}
