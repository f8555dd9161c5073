import { CommError } from "@sweepline/core/CommError"
import type { PythonDict } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Database } from "./Database.js"
import * as Operations from "./internal/operations.js"
import { noSweep } from "./internal/refusals.js"
import { stateOf } from "./internal/runRows.js"
import { Notices } from "./Notices.js"
import { SweepLease } from "./SweepLease.js"

/** The schedulers' own runs; `config` is the run config of them all. The lease is the sign of life. */
export const make = (
  config: PythonDict = new Map()
): Effect.Effect<SchedulerRun["Type"], never, Database | SweepLease | Notices> =>
  Effect.gen(function* () {
    const { read, write } = Operations.make(yield* Database)
    const lease = yield* SweepLease
    const notices = yield* Notices

    return {
      start: Effect.fnUntraced(function* (sweep) {
        const operation = `start the scheduler's own run of sweep ${sweep}`
        const known = yield* read(operation, (db) => db.get("SELECT 1 FROM sweeps WHERE id = ?", [sweep]) !== undefined)
        if (!known) return yield* noSweep(sweep)
        const { lost } = yield* lease.acquire(sweep)
        // It may have been removed since, before the lease was taken.
        const begun = yield* write(operation, (db, now) => {
          if (db.run(startRun, [now, sweep]) === 0) return false
          notices.touchSweep(db, sweep)
          return true
        })
        if (!begun) return yield* noSweep(sweep)
        return { id: RunId.make(`${sweep}-scheduler`), config, lost }
      }),
      state: (sweep) =>
        Effect.flatMap(
          read("read the state of the scheduler's own run", (db) => db.get(selectState, [sweep])),
          (row): Effect.Effect<Either.Either<RunState.RunState, string>, SweepNotFoundError> =>
            row === undefined ? noSweep(sweep) : Effect.succeed(stateOf(row, 0))
        ),
      finish: Effect.fnUntraced(function* (sweep, exitCode) {
        const operation = "end the scheduler's own run"
        const found = yield* write(operation, (db, now) => {
          const row = db.get(selectState, [sweep])
          if (row === undefined) return false
          // who ended it already, for example by killing it, has the last word
          if (!Option.exists(Either.getRight(stateOf(row, 0)), RunState.isTerminal)) {
            db.run(endRun, [exitCode === 0 ? "finished" : "failed", exitCode, now, sweep])
            notices.touchSweep(db, sweep)
          }
          return true
        })
        if (found) return
        const detail = `There is no sweep ${sweep}`
        return yield* new CommError({ reason: "Status", status: 404, operation, detail, retryable: false })
      })
    }
  })

/** The schedulers' own runs in a database. */
export const layer = (config?: PythonDict): Layer.Layer<SchedulerRun, never, Database | SweepLease | Notices> =>
  Layer.effect(SchedulerRun, make(config))

// internal

const startRun = `INSERT INTO scheduler_runs (sweep, state, started_at) SELECT id, 'running', ? FROM sweeps WHERE id = ?
  ON CONFLICT (sweep) DO UPDATE SET state = excluded.state, exit_code = NULL, started_at = excluded.started_at, ended_at = NULL`
const endRun = "UPDATE scheduler_runs SET state = ?, exit_code = ?, ended_at = ? WHERE sweep = ?"
// a sweep whose scheduler never started has an own run that waits
const selectState = `SELECT coalesce(scheduler_runs.state, 'pending')
  FROM sweeps LEFT JOIN scheduler_runs ON scheduler_runs.sweep = sweeps.id WHERE sweeps.id = ?`
