import { CommError } from "@sweepline/core/CommError"
import type { PythonDict } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Database } from "./Database.js"
import { text } from "./internal/connection.js"
import { Notices } from "./Notices.js"
import * as StoreError from "./StoreError.js"
import { SweepLease } from "./SweepLease.js"

/** The schedulers' own runs; `config` is the run config of them all. The lease is the sign of life. */
export const make = (
  config: PythonDict = new Map()
): Effect.Effect<SchedulerRun["Type"], never, Database | SweepLease | Notices> =>
  Effect.gen(function* () {
    const database = yield* Database
    const lease = yield* SweepLease
    const notices = yield* Notices

    const begin = Effect.fnUntraced(function* (sweep: SweepId) {
      const now = yield* Clock.currentTimeMillis
      yield* database.write((db) => {
        db.run(startRun, [sweep, now])
        notices.touchSweep(db, sweep)
      })
    })

    return {
      start: Effect.fnUntraced(
        function* (sweep) {
          const known = yield* database.read((db) => db.get("SELECT 1 FROM sweeps WHERE id = ?", [sweep]) !== undefined)
          if (!known) return yield* new SweepNotFoundError({ kind: "sweep", id: sweep })
          const { lost } = yield* lease.acquire(sweep)
          yield* begin(sweep)
          return { id: RunId.make(`${sweep}-scheduler`), config, lost }
        },
        (effect, sweep) =>
          Effect.catchTag(effect, "StoreError", (error) =>
            StoreError.toCommError(`start the scheduler's own run of sweep ${sweep}`)(error)
          )
      ),
      state: (sweep) =>
        Effect.flatMap(
          Effect.mapError(
            database.read((db) => db.get(selectState, [sweep])),
            StoreError.toCommError("read the state of the scheduler's own run")
          ),
          (row): Effect.Effect<Either.Either<RunState.RunState, string>, SweepNotFoundError> =>
            row === undefined
              ? new SweepNotFoundError({ kind: "sweep", id: sweep })
              : Effect.succeed(stateOf(text(row, 0)))
        ),
      finish: Effect.fnUntraced(
        function* (sweep, exitCode) {
          const now = yield* Clock.currentTimeMillis
          const found = yield* database.write((db) => {
            const row = db.get(selectState, [sweep])
            if (row === undefined) return false
            // who ended it already, for example by killing it, has the last word
            if (!Option.exists(RunState.decodeOption(text(row, 0)), RunState.isTerminal)) {
              db.run(endRun, [exitCode === 0 ? "finished" : "failed", exitCode, now, sweep])
              notices.touchSweep(db, sweep)
            }
            return true
          })
          if (!found) return yield* noSweep(sweep)
        },
        Effect.catchTag("StoreError", StoreError.toCommError("end the scheduler's own run"))
      )
    }
  })

/** The schedulers' own runs in a database. */
export const layer = (config?: PythonDict): Layer.Layer<SchedulerRun, never, Database | SweepLease | Notices> =>
  Layer.effect(SchedulerRun, make(config))

// internal

const startRun = `INSERT INTO scheduler_runs (sweep, state, started_at) VALUES (?, 'running', ?)
  ON CONFLICT (sweep) DO UPDATE SET state = excluded.state, exit_code = NULL, started_at = excluded.started_at, ended_at = NULL`
const endRun = "UPDATE scheduler_runs SET state = ?, exit_code = ?, ended_at = ? WHERE sweep = ?"
// a sweep whose scheduler never started has an own run that waits
const selectState = `SELECT coalesce(scheduler_runs.state, 'pending')
  FROM sweeps LEFT JOIN scheduler_runs ON scheduler_runs.sweep = sweeps.id WHERE sweeps.id = ?`

const stateOf = (state: string): Either.Either<RunState.RunState, string> =>
  Either.fromOption(RunState.decodeOption(state), () => state)

const noSweep = (sweep: SweepId): CommError =>
  new CommError({
    reason: "Status",
    status: 404,
    operation: "end the scheduler's own run",
    detail: `There is no sweep ${sweep}`,
    retryable: false
  })
