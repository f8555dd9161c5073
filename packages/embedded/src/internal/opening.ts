import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  closeSync
} from "node:fs"
import { dirname, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { DatabaseError } from "../DatabaseError.js"
import { open, sqliteCode, text, type Connection } from "./connection.js"
import { checkpointPages } from "./logSpace.js"
import { applicationId, applicationOf, currentVersion, migrate, versionOf } from "./migrations.js"
import { isNetworkKind, kindOf, type Mount } from "./mounts.js"

/** How long SQLite itself waits for another process, in milliseconds; meanwhile the event loop stands still. */
const busyTimeout = 10

/** Up to this size a database is checked whole when it is opened: about 1.5 ms for each MB. */
const checkedBytes = 32 * 1024 * 1024

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
  [
    /^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EEXIST|EISDIR|ENAMETOOLONG|ELOOP)/,
    "Unwritable"
  ]
]

/** Connections to damaged files: kept until the process ends, because nothing may be written at their closing. */
const damaged: Array<Connection> = []

const isDamage = (error: unknown): boolean =>
  (error instanceof DatabaseError && error.reason === "Damaged") ||
  /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error) ?? "")

const codeOf = (error: unknown): string | undefined =>
  sqliteCode(error) ??
  (error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined)

const prepareFolder = (path: string, create: boolean, mounts: () => ReadonlyArray<Mount>): void => {
  if (!create && !existsSync(path)) throw new DatabaseError({ reason: "Missing", path, detail: "no such file" })
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

/**
 * Looks at a file before SQLite may touch it. Where no log lies beside it, nobody has it open and the file
 * is complete, so it can be read without any lock and is left as it is, to the byte.
 */
const checkFile = (path: string): void => {
  const size = sizeOf(path)
  if (size === 0) return
  if (!startsAsDatabase(path)) {
    throw new DatabaseError({ reason: "Damaged", path, detail: "it is not an SQLite database" })
  }
  if (sizeOf(logOf(path)) > 0) return
  const db = open(`${pathToFileURL(resolve(path)).href}?immutable=1`)
  try {
    refuseForeign(db, path)
    if (size <= checkedBytes) check(db, path)
  } catch (error) {
    // somebody began to write meanwhile: what was read says nothing
    if (sizeOf(logOf(path)) === 0 || !isDamage(error)) throw error
  } finally {
    db.close()
  }
}

/** The same with a log beside the file: it belongs to the content, so it has to be read with it. */
const checkWhole = (db: Connection, path: string): void => {
  const log = sizeOf(logOf(path))
  if (log > 0 && sizeOf(path) + log <= checkedBytes) check(db, path)
}

const check = (db: Connection, path: string): void => {
  const result = text(db.get("PRAGMA quick_check(1)") ?? [], 0)
  if (result !== "ok") throw new DatabaseError({ reason: "Damaged", path, detail: result.replaceAll("\n", " ") })
}

const refuseForeign = (db: Connection, path: string): void => {
  // one look: somebody may just be creating it
  db.script("BEGIN")
  const version = versionOf(db)
  const application = applicationOf(db)
  const empty = version === 0 && application === 0 && db.get("SELECT 1 FROM sqlite_schema LIMIT 1") === undefined
  db.script("COMMIT")
  if (!empty && application !== applicationId) {
    throw new DatabaseError({ reason: "Foreign", path, detail: `application id ${application}, version ${version}` })
  }
  if (version > currentVersion) {
    const detail = `version ${version}, where this one knows ${currentVersion}`
    throw new DatabaseError({ reason: "NewerVersion", path, detail })
  }
}

/** Where SQLite keeps the log of a database. */
const logOf = (path: string): string => `${path}-wal`

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const magic = "SQLite format 3\u0000"

const startsAsDatabase = (path: string): boolean => {
  const start = Buffer.alloc(magic.length)
  const file = openSync(path, "r")
  try {
    readSync(file, start, 0, start.length, 0)
  } finally {
    closeSync(file)
  }
  return start.toString("latin1") === magic
}
