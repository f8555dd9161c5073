import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { resolve } from "node:path"
import { DatabaseError } from "./DatabaseError.js"
import { type Connection, sqliteCode } from "./internal/connection.js"
import { fillLog, manyWrites } from "./internal/logSpace.js"
import { type Mount, readMounts } from "./internal/mounts.js"
import { closeDatabase, openDatabase, openingError } from "./internal/opening.js"
import { openReader, type Reader } from "./internal/reading.js"
import * as SameFile from "./internal/sameFile.js"
import { StoreError } from "./StoreError.js"

export type { Connection, Param, Row } from "./internal/connection.js"
export type { Mount } from "./internal/mounts.js"

/** A connection within a write. */
export interface Transaction extends Connection {
  /** Does something once the write is committed; it is forgotten when the write fails. Must not throw. */
  readonly afterCommit: (action: () => void) => void
}

/**
 * The SQLite database that the ports share.
 *
 * A body is synchronous, so an own write never waits for another own one, and no effect can come in
 * between. What a body throws is a defect, except for SQLite's own errors. When another process writes,
 * the body runs again later: it must not change anything outside the database before its commit.
 */
export class Database extends Context.Tag("@sweepline/embedded/Database")<
  Database,
  {
    /** The file, absolute. */
    readonly path: string
    /** Statements that see one another's time only by chance: another process may write in between. */
    readonly read: <A>(body: (db: Connection) => A) => Effect.Effect<A, StoreError>
    /**
     * One transaction (`BEGIN IMMEDIATE`). It survives a crash of the process; a crash of the machine may undo it, but
     * never one write without all later ones.
     */
    readonly write: <A>(body: (db: Transaction) => A) => Effect.Effect<A, StoreError>
    /** The same, flushed to the disk when it returns, with every write before it: SQLite's `synchronous` is FULL. */
    readonly writeDurably: <A>(body: (db: Transaction) => A) => Effect.Effect<A, StoreError>
  }
>() {}

/** Where a database is, and whether it may be created. */
export interface Options {
  /** The file; its folder is created with it. */
  readonly path: string
  /** `false` refuses where there is no database yet. */
  readonly create?: boolean
  /**
   * `read`: a database that can't be written is read as it is, and each write to it fails. It may then also lie on a
   * network filesystem, as long as nobody writes to it.
   */
  readonly access?: "write" | "read"
}

/** The mounts of this machine: by them a network filesystem is told. */
export class Mounts extends Context.Reference<Mounts>()("@sweepline/embedded/Mounts", {
  defaultValue: (): (() => ReadonlyArray<Mount>) => readMounts
}) {}

/** How a write is tried again while another process writes, and for how long. */
export const busySchedule = Schedule.exponential("2 millis", 1.5).pipe(
  Schedule.union(Schedule.spaced("50 millis")),
  Schedule.jittered,
  Schedule.intersect(Schedule.recurUpTo("10 seconds"))
)

/** Opens a database until the scope closes. */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Database["Type"], DatabaseError, Scope.Scope> {
  const path = resolve(options.path)
  const mounts = yield* Mounts
  const writable = whenFree(path, () => openDatabase(path, options.create ?? true, mounts), closeDatabase)
  const readable = ({ reason }: DatabaseError) =>
    Effect.mapError(
      whenFree(
        path,
        () => openReader(path, { shared: reason === "Unwritable" }),
        (reader) => reader.close()
      ),
      (error) => (error.reason === "Unwritable" ? new DatabaseError({ ...error, reason: "Unreadable" }) : error)
    )
  const stored = Effect.map(writable, (db) => makeStore(path, db))
  return yield* options.access !== "read"
    ? stored
    : Effect.catchIf(
        stored,
        ({ reason }) => reason === "Unwritable" || reason === "NetworkFilesystem",
        (error) => Effect.map(readable(error), (reader) => makeReadStore(path, reader))
      )
})

/** A database, for the ports of one process. */
export const layer = (options: Options): Layer.Layer<Database, DatabaseError> => Layer.scoped(Database, make(options))

// internal

/** Opens until the scope closes. Each try is one step; the waits between them, for another process, can be interrupted. */
const whenFree = <A>(
  path: string,
  open: () => A,
  close: (opened: A) => void
): Effect.Effect<A, DatabaseError, Scope.Scope> => {
  const opening = Effect.suspend(() => {
    try {
      return Effect.succeed(open())
    } catch (error) {
      const known = openingError(error, path)
      return known === undefined ? Effect.die(error) : Effect.fail(known)
    }
  })
  return Effect.acquireRelease(opening, (opened) => Effect.sync(() => close(opened))).pipe(
    Effect.retry({ schedule: busySchedule, while: (error) => error.reason === "Busy" })
  )
}

const makeStore = (path: string, db: Connection): Database["Type"] => {
  const isThere = SameFile.remember(path)
  return {
    path,
    read: (body) => step(() => attempt(path, () => body(db), db)),
    write: writer(path, db, isThere, false),
    // one connection for both: a second one would read every page again that this one has written
    writeDurably: writer(path, db, isThere, true)
  }
}

const makeReadStore = (path: string, reader: Reader): Database["Type"] => {
  const refused = new StoreError({ reason: "ReadOnly", path, detail: "it was opened to be read" })
  return {
    path,
    read: (body) => step(() => attempt(path, () => reader.read(body))),
    write: () => refused,
    writeDurably: () => refused
  }
}

const writer = (path: string, db: Connection, isThere: () => boolean, durable: boolean) => {
  let hooks: Array<() => void> = []
  let commits = 0
  const transaction: Transaction = { ...db, afterCommit: (action) => void hooks.push(action) }
  // both may have to read the schema anew, which another process has changed, and so fail as any other statement
  const synchronous = (level: "FULL" | "NORMAL") => attempt(path, () => db.script(`PRAGMA synchronous = ${level}`))
  const flushed = <A>(run: () => Either.Either<A, StoreError>): Either.Either<A, StoreError> =>
    Either.flatMap(synchronous("FULL"), () => {
      try {
        return run()
      } finally {
        // only speed depends on it: what is in its way, the next write says
        synchronous("NORMAL")
      }
    })
  return <A>(body: (db: Transaction) => A): Effect.Effect<A, StoreError> =>
    step(() => {
      // nobody who looks here would find what is written into a file that was moved or deleted
      if (!isThere()) return Either.left(new StoreError({ reason: "Moved", path, detail: "another file, or none" }))
      hooks = []
      const commit = () =>
        attempt(
          path,
          () => {
            db.run("BEGIN IMMEDIATE")
            const value = body(transaction)
            db.run("COMMIT")
            return value
          },
          db
        )
      const result = durable ? flushed(commit) : commit()
      if (Either.isRight(result)) {
        for (const hook of hooks) hook()
        // as little depends on it
        if (durable && ++commits === manyWrites) attempt(path, () => fillLog(db, path), db)
      }
      return result
    })
}

/** One synchronous step; the machinery of trying again is set up only once it is needed. */
const step = <A>(run: () => Either.Either<A, StoreError>): Effect.Effect<A, StoreError> =>
  Effect.suspend(() => {
    const result = run()
    return Either.isLeft(result) && result.left.reason === "Busy"
      ? Effect.suspend(run).pipe(Effect.retry({ schedule: busySchedule, while: isBusy }), sayingSo)
      : result
  })

/**
 * A process that is stopped in the middle of a write holds the database for as long as it likes. The end of the wait
 * must be able to interrupt what would tell of it, also where the write itself can't be interrupted.
 */
const sayingSo = <A, E>(waiting: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.scoped(Effect.zipRight(Effect.forkScoped(Effect.interruptible(sayWhenWaiting)), waiting))

const sayWhenWaiting = Effect.logWarning("Another process holds the database; it may be stopped. Waiting for it.").pipe(
  Effect.delay("2 seconds"),
  Effect.annotateLogs({ package: "@sweepline/embedded", module: "Database" })
)

const isBusy = (error: StoreError): boolean => error.reason === "Busy"

/** `db` is the connection whose open transaction a failure ends. */
const attempt = <A>(path: string, run: () => A, db?: Connection): Either.Either<A, StoreError> => {
  try {
    return Either.right(run())
  } catch (error) {
    // SQLite rolls some failures back by itself, for example a full disk
    if (db?.inTransaction() === true) db.script("ROLLBACK")
    const reason = reasonOf(sqliteCode(error))
    if (reason === undefined) throw error
    return Either.left(new StoreError({ reason, path, detail: error instanceof Error ? error.message : reason }))
  }
}

const reasons: ReadonlyArray<readonly [RegExp, StoreError["reason"]]> = [
  [/^SQLITE_(BUSY|LOCKED)/, "Busy"],
  [/^SQLITE_(FULL|IOERR_SHMSIZE)/, "DiskFull"],
  [/^SQLITE_(CORRUPT|NOTADB)/, "Damaged"],
  [/^SQLITE_(READONLY|PERM)/, "ReadOnly"],
  [/^SQLITE_(IOERR|CANTOPEN)/, "Io"]
]

/** `undefined`: not the database's fault but ours, such as a violated constraint. */
const reasonOf = (code: string | undefined): StoreError["reason"] | undefined =>
  code === undefined ? undefined : reasons.find(([pattern]) => pattern.test(code))?.[1]
