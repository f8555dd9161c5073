import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs"
import { devNull } from "node:os"
import { dirname, resolve } from "node:path"
import { getSystemErrorName } from "node:util"
import { DatabaseError } from "../DatabaseError.js"
import { open, sqliteCode, text, type Connection } from "./connection.js"
import { checkFile, checkWhole, isDamage, refuseForeign } from "./inspection.js"
import { checkpointPages } from "./logSpace.js"
import { migrate } from "./migrations.js"
import { isNetworkKind, kindOf, type Mount } from "./mounts.js"

/** How long SQLite itself waits for another process, in milliseconds; meanwhile the event loop stands still. */
const busyTimeout = 10

/**
 * Opens the database at a path, creates it or brings it to the current version. Throws a `DatabaseError`, or the
 * driver's error when another process is in the way; then it may be called again.
 */
export const openDatabase = (path: string, create: boolean, mounts: () => ReadonlyArray<Mount>): Connection => {
  prepareFolder(path, create, mounts)
  checkFile(path)
  const db = open(path)
  try {
    db.get(`PRAGMA busy_timeout = ${busyTimeout}`)
    refuseForeign(db, path)
    const mode = text(db.get("PRAGMA journal_mode = WAL") ?? [], 0)
    if (mode !== "wal") {
      throw new DatabaseError({ reason: "Unusable", path, detail: `it can't be shared: journal mode ${mode}` })
    }
    // NORMAL flushes the log before it is written into the file, and the file before the log begins anew; a commit
    // survives a crash of this process, and one of the machine once a durable one follows it
    db.script(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    checkWhole(db, path)
    migrate(db)
    // a newer sweepline may have brought it further meanwhile
    refuseForeign(db, path)
    return db
  } catch (error) {
    // closing the last connection writes the log into the file, which a damaged file must be spared
    if (isDamage(error)) damaged.push(db)
    else db.close()
    throw error
  }
}

/** Leaves the file complete, without a log beside it, unless another process is at work with it. */
export const closeDatabase = (db: Connection): void => {
  try {
    db.script("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)")
  } catch (error) {
    // the log holds everything: whoever opens the database next goes on from there
    if (sqliteCode(error) === undefined) throw error
  } finally {
    db.close()
  }
}

/** What is wrong, when a database could not be opened; `undefined` for what isn't an error of the system. */
export const openingError = (error: unknown, path: string): DatabaseError | undefined => {
  if (error instanceof DatabaseError) return error
  const code = codeOf(error)
  if (code === undefined) return undefined
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1] ?? "Unusable"
  return new DatabaseError({ reason, path, detail: error instanceof Error ? error.message : code })
}

// internal

const reasons: ReadonlyArray<readonly [RegExp, DatabaseError["reason"]]> = [
  [/^SQLITE_(BUSY|LOCKED)/, "Busy"],
  [/^SQLITE_(CORRUPT|NOTADB)/, "Damaged"],
  [/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)/, "DiskFull"],
  [/^(EMFILE|ENFILE)/, "TooManyFiles"],
  [
    /^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EEXIST|EISDIR|ENAMETOOLONG|ELOOP)/,
    "Unwritable"
  ]
]

/** Connections to damaged files: kept until the process ends, because nothing may be written at their closing. */
const damaged: Array<Connection> = []

const codeOf = (error: unknown): string | undefined => {
  const known = sqliteCode(error)
  if (known === "SQLITE_CANTOPEN") return lackOfFiles() ?? known
  if (known !== undefined || !(error instanceof Error)) return known
  if ("code" in error && typeof error.code === "string") return error.code
  // what the driver can't do for the system's sake has no code, only a text that ends in the system's number
  const [, number] = /\(os error (\d+)\)$/.exec(error.message) ?? []
  return number === undefined ? undefined : getSystemErrorName(-Number(number))
}

/**
 * SQLite doesn't say why it can't open a file. A database takes three of them: whether there are so many left, the
 * system tells.
 */
const lackOfFiles = (): string | undefined => {
  const files: Array<number> = []
  try {
    while (files.length < 3) files.push(openSync(devNull, "r"))
    return undefined
  } catch (error) {
    return codeOf(error)
  } finally {
    for (const file of files) closeSync(file)
  }
}

const prepareFolder = (path: string, create: boolean, mounts: () => ReadonlyArray<Mount>): void => {
  // a folder that may not be searched throws, and isn't mistaken for an empty one
  if (!create && statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new DatabaseError({ reason: "Missing", path, detail: "no such file" })
  const folder = dirname(resolve(path))
  const ancestor = existingAncestor(folder)
  if (!statSync(ancestor).isDirectory()) throw new DatabaseError({ reason: "NotAFolder", path: ancestor, detail: "" })
  const kind = kindOf(mounts(), realpathSync(ancestor))
  if (kind !== undefined && isNetworkKind(kind)) {
    throw new DatabaseError({ reason: "NetworkFilesystem", path: folder, detail: kind })
  }
  makeFolder(folder)
  accessSync(folder, constants.W_OK | constants.X_OK)
  if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK)
}

/** One by one: Node's own recursion never ends where a folder can't have others, as in /proc. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}

const existingAncestor = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : existingAncestor(dirname(folder))
