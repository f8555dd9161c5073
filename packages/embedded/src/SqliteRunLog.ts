import type { CommError } from "@sweepline/core/CommError"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { RunId } from "@sweepline/core/RunId"
import { type RowSource, tailNumber } from "@sweepline/core/RowSource"
import * as RunKey from "@sweepline/core/RunKey"
import { type MetricRow, RunLog } from "@sweepline/core/RunLog"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Connection, Database, type Param, type Transaction } from "./Database.js"
import { number, type Row, text } from "./internal/connection.js"
import { addRows } from "./internal/metrics.js"
import * as Operations from "./internal/operations.js"
import { noRun } from "./internal/refusals.js"
import { dictOf } from "./internal/runRows.js"
import { Notices } from "./Notices.js"
import { type KnownSweep, SweepCache } from "./SweepCache.js"

/** The metric rows of a database. Rows, the offset that they came from, summary and digests are one transaction. */
export const make: Effect.Effect<RunLog["Type"], never, Database | SweepCache | Notices> = Effect.gen(function* () {
  const { read, write } = Operations.make(yield* Database)
  const cache = yield* SweepCache
  const notices = yield* Notices

  const known = (operation: string, sweep: SweepId, run: RunId): Effect.Effect<KnownSweep, CommError> =>
    Effect.catchTag(cache.get(sweep), "SweepNotFoundError", () => noRun(operation, { sweep, run }))

  const append = (
    db: Transaction,
    sweep: KnownSweep,
    key: RunKey.RunKey,
    rows: ReadonlyArray<MetricRow>,
    offset: number,
    source: RowSource | undefined
  ) => {
    const run = RunKey.run(key)
    const tailNo = tailNumber(key, source)
    const tail = readTail(db, sweep.id, run, tailNo)
    if (tail === undefined) return false
    if (offset <= tail.offset) return true
    let { nextSeq, nextStep } = tail
    insertRows(db, run, nextSeq, rows)
    nextSeq += rows.length
    for (const { step } of rows) nextStep = Math.max(nextStep, step + 1)
    db.run(upsertTail, [run, tailNo, offset, nextStep, nextSeq])
    if (rows.length > 0) addRows(db, notices, sweep, run, rows)
    return true
  }

  return {
    append: ({ key, offset, rows, source, sweep: id }) => {
      const operation = "store rows of"
      return Effect.flatMap(known(operation, id, RunKey.run(key)), (sweep) =>
        Effect.flatMap(
          write(`${operation} run ${RunKey.run(key)}`, (db) => append(db, sweep, key, rows, offset, source)),
          (found) => (found ? Effect.void : noRun(operation, { sweep: id, run: RunKey.run(key) }))
        )
      )
    },
    cursor: ({ key, source, sweep }) => {
      const operation = "read how far went the log of"
      const run = RunKey.run(key)
      return Effect.flatMap(
        read(`${operation} run ${run}`, (db) => readTail(db, sweep, run, tailNumber(key, source))),
        (tail) =>
          tail === undefined
            ? noRun(operation, { sweep, run })
            : Effect.succeed({ offset: tail.offset, nextStep: tail.nextStep })
      )
    },
    rows: ({ run, sweep }) => {
      const operation = "read the rows of"
      return Stream.paginateChunkEffect(-1, (after) =>
        Effect.flatMap(
          read(`${operation} run ${run}`, (db) =>
            db.get(selectRun, [run, sweep]) === undefined ? undefined : db.all(selectRows, [run, after, pageSize])
          ),
          (rows) => {
            if (rows === undefined) return noRun(operation, { sweep, run })
            const last = rows[pageSize - 1]
            const next = last === undefined ? Option.none<number>() : Option.some(number(last, 0))
            return Effect.succeed([Chunk.unsafeFromArray(rows.map(rowOf)), next] as const)
          }
        )
      )
    }
  }
})

/** The metric rows of a database. */
export const layer: Layer.Layer<RunLog, never, Database | SweepCache | Notices> = Layer.effect(RunLog, make)

// internal

const pageSize = 1000
/** Rows in one statement: a statement a row costs four times as much. */
const rowsPerInsert = 64

const selectRun = "SELECT 1 FROM runs WHERE id = ? AND sweep = ?"
const selectRows = "SELECT seq, step, at, vals FROM metric_rows WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?"
const selectTail = `SELECT
    coalesce((SELECT bytes FROM tails WHERE run = runs.id AND attempt = ?), 0),
    coalesce((SELECT max(next_step) FROM tails WHERE run = runs.id), 0),
    coalesce((SELECT max(next_seq) FROM tails WHERE run = runs.id), 0)
  FROM runs WHERE id = ? AND sweep = ?`
const upsertTail = `INSERT INTO tails (run, attempt, bytes, next_step, next_seq) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (run, attempt) DO UPDATE SET bytes = excluded.bytes, next_step = excluded.next_step, next_seq = excluded.next_seq`

const insertOf = (rows: number): string =>
  `INSERT INTO metric_rows (run, seq, step, at, vals) VALUES ${Array.from({ length: rows }, () => "(?, ?, ?, ?, ?)").join(", ")}`
const insertOne = insertOf(1)
const insertMany = insertOf(rowsPerInsert)

interface Tail {
  readonly offset: number
  readonly nextStep: number
  readonly nextSeq: number
}

const readTail = (db: Connection, sweep: SweepId, run: RunId, tailNo: number): Tail | undefined => {
  const row = db.get(selectTail, [tailNo, run, sweep])
  return row === undefined ? undefined : { offset: number(row, 0), nextStep: number(row, 1), nextSeq: number(row, 2) }
}

const insertRows = (db: Connection, run: RunId, from: number, rows: ReadonlyArray<MetricRow>): void => {
  let params: Array<Param> = []
  rows.forEach(({ at, step, values }, index) => {
    params.push(run, from + index, step, at, PythonJson.stringify(values))
    if (index % rowsPerInsert < rowsPerInsert - 1) return
    db.run(insertMany, params)
    params = []
  })
  for (let i = 0; i < params.length; i += 5) db.run(insertOne, params.slice(i, i + 5))
}

const rowOf = (row: Row): MetricRow => ({
  step: number(row, 1),
  at: number(row, 2),
  values: dictOf(text(row, 3))
})
