import type { CommError } from "@sweepline/core/CommError"
import * as Effect from "effect/Effect"
import type { Connection, Database, Transaction } from "../Database.js"
import * as StoreError from "../StoreError.js"

/**
 * Reads and writes of a database as the ports tell of them: what fails is the operation that is named, for example
 * `read sweep a1b2`. `now` is the time, in milliseconds since 1970, at which the body really runs: another process may
 * hold the database for a while.
 */
export interface Operations {
  readonly read: <A>(operation: string, body: (db: Connection) => A) => Effect.Effect<A, CommError>
  /** For what depends on the time. */
  readonly readNow: <A>(operation: string, body: (db: Connection, now: number) => A) => Effect.Effect<A, CommError>
  readonly write: <A>(operation: string, body: (db: Transaction, now: number) => A) => Effect.Effect<A, CommError>
  /** The same, flushed to the disk when it returns. */
  readonly writeDurably: <A>(
    operation: string,
    body: (db: Transaction, now: number) => A
  ) => Effect.Effect<A, CommError>
}

export const make = (database: Database["Type"]): Operations => {
  const named =
    <Db>(access: <A>(body: (db: Db) => A) => Effect.Effect<A, StoreError.StoreError>) =>
    <A>(operation: string, body: (db: Db, now: number) => A): Effect.Effect<A, CommError> =>
      Effect.clockWith((clock) =>
        Effect.mapError(
          access((db) => body(db, clock.unsafeCurrentTimeMillis())),
          StoreError.toCommError(operation)
        )
      )
  return {
    read: (operation, body) => Effect.mapError(database.read(body), StoreError.toCommError(operation)),
    readNow: named(database.read),
    write: named(database.write),
    writeDurably: named(database.writeDurably)
  }
}
