import { CommError } from "@sweepline/core/CommError"
import { RunId } from "@sweepline/core/RunId"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Database } from "./Database.js"
import { number, type Row, stored, text } from "./internal/connection.js"
import { createRunAs } from "./internal/createRun.js"
import * as Operations from "./internal/operations.js"
import { noSweep } from "./internal/refusals.js"
import { recordColumns, recordOf } from "./internal/runRows.js"
import { Notices } from "./Notices.js"
import { parseConfig, SweepCache } from "./SweepCache.js"

/** What a server asks of a database. */
export const make: Effect.Effect<SweepAdmin["Type"], never, Database | SweepCache | Notices> = Effect.gen(function* () {
  const { read, write, writeDurably } = Operations.make(yield* Database)
  const cache = yield* SweepCache
  const notices = yield* Notices
  return {
    findRun: (id) =>
      read(`look for run ${id}`, (db) => {
        const row = db.get(selectRun, [id])
        return row === undefined
          ? Option.none()
          : Option.some({ sweep: SweepId.make(text(row, sweepColumn), stored), run: recordOf(row) })
      }),
    adoptRun: Effect.fnUntraced(function* ({ run, sweep: id, trial }) {
      const operation = `create run ${run}`
      const sweep = yield* cache.get(id)
      const created = yield* write(operation, (db, now) =>
        // Another process may have removed the sweep since it was read.
        db.get(selectCount, [id]) === undefined
          ? undefined
          : createRunAs(db, sweep, RunId.make(run), { trial, agent: undefined, now })
      )
      if (created === undefined) return yield* noSweep(id)
      if (created) return
      const detail = "another run has this id"
      return yield* new CommError({ reason: "Status", status: 409, operation, detail, retryable: false })
    }),
    changedRuns: (sweep, since = -1) =>
      Effect.flatMap(
        read(`look for changed runs of sweep ${sweep}`, (db) => {
          // before the runs are read: what changes in between is told of once more
          const mark = db.get(selectRevision, [sweep])
          return mark && { mark: number(mark, 0), runs: db.all(selectChanged, [sweep, since]).map(runIdOf) }
        }),
        (changed) => (changed === undefined ? noSweep(sweep) : Effect.succeed(changed))
      ),
    runCount: (sweep) =>
      Effect.flatMap(
        read(`count the runs of sweep ${sweep}`, (db) => db.get(selectCount, [sweep])),
        (row) => (row === undefined ? noSweep(sweep) : Effect.succeed(number(row, 0)))
      ),
    targetReached: (sweep) =>
      Effect.flatMap(
        read(`read whether sweep ${sweep} has reached its target`, (db) => db.get(selectTarget, [sweep])),
        (row) => (row === undefined ? noSweep(sweep) : Effect.succeed(number(row, 0) === 1))
      ),
    setConfig: Effect.fnUntraced(function* ({ config, sweep }) {
      const operation = `set the config of sweep ${sweep}`
      yield* parseConfig(operation, "the sweep config", config)
      const found = yield* writeDurably(operation, (db) => {
        if (db.run("UPDATE sweeps SET config = ? WHERE id = ?", [config, sweep]) === 0) return false
        notices.touchSweep(db, sweep)
        db.afterCommit(() => cache.forget(sweep))
        return true
      })
      if (!found) return yield* noSweep(sweep)
    })
  }
})

/** Over a database. */
export const layer: Layer.Layer<SweepAdmin, never, Database | SweepCache | Notices> = Layer.effect(SweepAdmin, make)

// internal

/** The columns of a record are eleven. */
const sweepColumn = 11
const selectRun = `SELECT ${recordColumns}, runs.sweep FROM runs WHERE id = ?`
const selectRevision = "SELECT revision FROM sweeps WHERE id = ?"
const selectCount = "SELECT runs FROM sweeps WHERE id = ?"
const selectTarget = "SELECT target_reached FROM sweeps WHERE id = ?"
const selectChanged = "SELECT id FROM runs WHERE sweep = ? AND revision > ? ORDER BY no"

const runIdOf = (row: Row): RunId => RunId.make(text(row, 0), stored)
