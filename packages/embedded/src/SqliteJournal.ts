import { type Encoded, Journal, makeEncoded } from "@sweepline/core/Journal"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Database, type Transaction } from "./Database.js"
import { number, type Row, text } from "./internal/connection.js"
import * as StoreError from "./StoreError.js"
import { SweepLease } from "./SweepLease.js"

/** The texts of the journals. An append is one transaction, on the disk when it returns, and only the lease's holder makes it. */
export const makeDriver: Effect.Effect<Encoded, never, Database | SweepLease> = Effect.gen(function* () {
  const database = yield* Database
  const lease = yield* SweepLease
  return {
    append: (sweep, events) =>
      Effect.clockWith((clock) =>
        Effect.flatten(
          Effect.mapError(
            database.writeDurably((db) => {
              const refusal = lease.refuseOthers(db, sweep, clock.unsafeCurrentTimeMillis())
              if (refusal !== undefined) return Effect.fail(refusal)
              insertEvents(db, sweep, number(db.get(nextSeq, [sweep]) ?? [], 0), events)
              return Effect.void
            }),
            StoreError.toJournalUnavailable(sweep)
          )
        )
      ),
    snapshot: (sweep) =>
      Effect.mapBoth(
        database.read((db) => db.get(selectSnapshot, [sweep])),
        {
          onFailure: StoreError.toJournalUnavailable(sweep),
          onSuccess: (row) =>
            row === undefined ? Option.none() : Option.some({ events: number(row, 0), text: text(row, 1) })
        }
      ),
    // One that a crash of the machine undoes is no loss: it can't outlive the events that it folds.
    keep: (sweep, snapshot) =>
      Effect.clockWith((clock) =>
        Effect.flatten(
          Effect.mapError(
            database.write((db) => {
              const refusal = lease.refuseOthers(db, sweep, clock.unsafeCurrentTimeMillis())
              if (refusal !== undefined) return Effect.fail(refusal)
              db.run(replaceSnapshot, [sweep, snapshot.events, snapshot.text])
              return Effect.void
            }),
            StoreError.toJournalUnavailable(sweep)
          )
        )
      ),
    replay: (sweep, from) =>
      Stream.paginateChunkEffect(from - 1, (after) =>
        Effect.mapBoth(
          database.read((db) => db.all(selectEvents, [sweep, after, pageSize])),
          {
            onFailure: StoreError.toJournalUnavailable(sweep),
            onSuccess: (rows) => {
              const last = rows[pageSize - 1]
              const next = last === undefined ? Option.none<number>() : Option.some(number(last, 0))
              return [Chunk.unsafeFromArray(rows.map(eventOf)), next] as const
            }
          }
        )
      )
  }
})

/** The journals of a database. */
export const layer: Layer.Layer<Journal, never, Database | SweepLease> = Layer.effect(
  Journal,
  Effect.map(makeDriver, makeEncoded)
)

// internal

const pageSize = 1000

const nextSeq = "SELECT coalesce(max(seq), -1) + 1 FROM journal WHERE sweep = ?"
const selectEvents = "SELECT seq, event FROM journal WHERE sweep = ? AND seq > ? ORDER BY seq LIMIT ?"

const selectSnapshot = "SELECT events, model FROM snapshots WHERE sweep = ?"
const replaceSnapshot = "INSERT OR REPLACE INTO snapshots (sweep, events, model) VALUES (?, ?, ?)"

/** Events in one statement, at most: a pass has three or four of them. */
const eventsPerInsert = 8
const insertOf = (events: number): string =>
  `INSERT INTO journal (sweep, seq, event) VALUES ${Array.from({ length: events }, () => "(?, ?, ?)").join(", ")}`

const insertEvents = (db: Transaction, sweep: SweepId, from: number, events: ReadonlyArray<string>): void => {
  for (let done = 0; done < events.length; done += eventsPerInsert) {
    const some = events.slice(done, done + eventsPerInsert)
    const params = some.flatMap((event, index) => [sweep, from + done + index, event])
    db.run(insertOf(some.length), params)
  }
}

const eventOf = (row: Row): string => text(row, 1)
