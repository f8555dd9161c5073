/**
 * Removes a sweep with all that the database keeps of it. The first step takes it, its runs and its queue away at once and
 * keeps what is left to do: nobody sees a half of it, and where somebody is interrupted the next one finishes.
 */
import type { CommError } from "@sweepline/core/CommError"
import type { LeaseHeldError } from "@sweepline/core/LeaseHeldError"
import { RunId } from "@sweepline/core/RunId"
import { SweepId } from "@sweepline/core/SweepId"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Database, type Transaction } from "./Database.js"
import { stored, text } from "./internal/connection.js"
import * as Operations from "./internal/operations.js"
import { noSweep } from "./internal/refusals.js"
import { SweepLease } from "./SweepLease.js"

/** A sweep that is gone, and whose remains have to go too. */
export const Removal = Schema.Struct({ sweep: SweepId, name: Schema.String, runs: Schema.Array(RunId) })
export type Removal = typeof Removal.Type

/**
 * Takes a sweep away, on the disk when this returns; `finish` does the rest. `LeaseHeldError` where somebody schedules it: who
 * removes it takes the lease first, so that nobody begins to.
 */
export const begin = Effect.fn("SweepRemoval.begin")(function* (
  sweep: SweepId
): Effect.fn.Return<Removal, CommError | LeaseHeldError | SweepNotFoundError, Database | SweepLease> {
  const { writeDurably } = Operations.make(yield* Database)
  const lease = yield* SweepLease
  return yield* Effect.flatten(
    writeDurably(`remove sweep ${sweep}`, (db, now): Effect.Effect<Removal, LeaseHeldError | SweepNotFoundError> => {
      const refusal = lease.refuseOthers(db, sweep, now)
      if (refusal !== undefined) return Effect.fail(refusal)
      const row = db.get("SELECT name FROM sweeps WHERE id = ?", [sweep])
      if (row === undefined) return noSweep(sweep)
      const runs = db.all("SELECT id FROM runs WHERE sweep = ? ORDER BY no", [sweep])
      const removal: Removal = { sweep, name: text(row, 0), runs: runs.map((run) => RunId.make(text(run, 0), stored)) }
      db.run("INSERT OR REPLACE INTO documents (key, value) VALUES (?, ?)", [keyOf(sweep), encode(removal)])
      for (const statement of atOnce) db.run(statement, [sweep])
      return Effect.succeed(removal)
    })
  )
})

/** The removals that were begun, and not finished. */
export const pending: Effect.Effect<ReadonlyArray<Removal>, CommError, Database> = Effect.flatMap(
  Database,
  (database) =>
    Operations.make(database).read("look for sweeps that are being removed", (db) =>
      db
        .all("SELECT value FROM documents WHERE key >= ? AND key < ?", [prefix, `${prefix}\u{7f}`])
        .map((row) => decode(text(row, 0)))
    )
)

/**
 * Removes what is left of a sweep: its journal and the rows that its runs have logged, in short writes that keep nobody waiting,
 * and before them what `files` removes. May be repeated.
 */
export const finish = Effect.fn("SweepRemoval.finish")(function* <E, R>(
  { runs, sweep }: Removal,
  files: Effect.Effect<void, E, R>
): Effect.fn.Return<void, CommError | E, Database | R> {
  const { write, writeDurably } = Operations.make(yield* Database)
  const operation = `remove what is left of sweep ${sweep}`
  yield* files
  let done = 0
  while (done < runs.length) done = yield* write(operation, (db) => removeRows(db, runs, done))
  yield* Effect.repeat(
    write(operation, (db) => db.run(deleteJournal, [sweep, sweep, rowsPerWrite])),
    { until: (removed) => removed < rowsPerWrite }
  )
  yield* writeDurably(operation, (db) => db.run("DELETE FROM documents WHERE key = ?", [keyOf(sweep)]))
})

// internal

const prefix = "removal/"

const keyOf = (sweep: SweepId): string => `${prefix}${encodeURIComponent(sweep)}`

const Text = Schema.parseJson(Removal)
const encode = Schema.encodeSync(Text)
const decode = Schema.decodeSync(Text)

/** What tells of a sweep where all are asked for, and what would begin with it again. */
const atOnce: ReadonlyArray<string> = [
  "DELETE FROM sweeps WHERE id = ?",
  "DELETE FROM runs WHERE sweep = ?",
  "DELETE FROM agents WHERE sweep = ?",
  "DELETE FROM queue_items WHERE sweep = ?",
  // One of its own, where its runs were run by `sweepline run`.
  "DELETE FROM queues WHERE name = ?",
  "DELETE FROM scheduler_runs WHERE sweep = ?",
  "DELETE FROM snapshots WHERE sweep = ?",
  "DELETE FROM leases WHERE sweep = ?"
]

/** Rows that one write removes at most: it takes some ten milliseconds. */
const rowsPerWrite = 5000

// A client may have begun another run of the same id since.
const gone = "NOT EXISTS (SELECT 1 FROM runs WHERE id = ?)"
const deleteTails = `DELETE FROM tails WHERE run = ? AND ${gone}`
const deleteRows = `DELETE FROM metric_rows WHERE run = ? AND ${gone}
  AND seq IN (SELECT seq FROM metric_rows WHERE run = ? LIMIT ?)`
const deleteJournal = `DELETE FROM journal WHERE sweep = ?
  AND seq IN (SELECT seq FROM journal WHERE sweep = ? LIMIT ?)`

/** Removes rows of runs from one on; answers the first of which there may be more. */
const removeRows = (db: Transaction, runs: ReadonlyArray<RunId>, from: number): number => {
  let left = rowsPerWrite
  let at = from
  for (const run of runs.slice(from)) {
    left -= db.run(deleteRows, [run, run, run, left]) + 1
    if (left <= 0) return at
    db.run(deleteTails, [run, run])
    at += 1
  }
  return at
}
