import { accessSync, constants, statSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { DatabaseError } from "../DatabaseError.js"
import { open, sqliteCode, text, type Connection } from "./connection.js"
import { applicationId, applicationOf, currentVersion, versionOf } from "./migrations.js"

/** A file as SQLite's URI of it, with parameters that let it write neither the file nor the index beside it. */
export const uri = (path: string, parameters: "immutable=1" | "mode=ro&readonly_shm=1"): string =>
  `${pathToFileURL(resolve(path)).href}?${parameters}`

/** Whether what failed says that the content is damaged. */
export const isDamage = (error: unknown): boolean =>
  (error instanceof DatabaseError && error.reason === "Damaged") ||
  /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error) ?? "")

/**
 * Looks at a file before SQLite may touch it. Where no log lies beside it, nobody has it open and the file
 * is complete, so it can be read without any lock and is left as it is, to the byte.
 */
export const checkFile = (path: string): void => {
  const size = sizeOf(path)
  if (size === 0) return
  // of a file that may not be read, SQLite says only that it can't open it
  accessSync(path, constants.R_OK)
  const db = open(uri(path, "immutable=1"))
  try {
    refuseOther(db, path)
    if (sizeOf(logOf(path)) === 0) checkAlone(db, path, size)
  } finally {
    db.close()
  }
}

/** The same with a log beside the file: it belongs to the content, so it has to be read with it. */
export const checkWhole = (db: Connection, path: string): void => {
  const log = sizeOf(logOf(path))
  if (log > 0 && sizeOf(path) + log <= checkedBytes) check(db, path)
}

/** Refuses what another program or a newer sweepline wrote. */
export const refuseForeign = (db: Connection, path: string): void => {
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
export const logOf = (path: string): string => `${path}-wal`

/** Where those that have a database open share the index of its log. */
export const indexOf = (path: string): string => `${path}-shm`

/** The size of a file; 0 where there is none. */
export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

// internal

/** Up to this size a database is checked whole when it is opened: about 1.5 ms for each MB. */
const checkedBytes = 32 * 1024 * 1024

const checkAlone = (db: Connection, path: string, size: number): void => {
  try {
    refuseForeign(db, path)
    if (size <= checkedBytes) check(db, path)
  } catch (error) {
    // somebody began to write meanwhile: what was read says nothing
    if (sizeOf(logOf(path)) === 0 || !isDamage(error)) throw error
  }
}

const check = (db: Connection, path: string): void => {
  const result = text(db.get("PRAGMA quick_check(1)") ?? [], 0)
  if (result !== "ok") throw new DatabaseError({ reason: "Damaged", path, detail: result.replaceAll("\n", " ") })
}

/**
 * Refuses what is no database at all. SQLite looks, and not we ourselves: the system takes every lock on a file from a
 * process that closes it, those of another connection too. Then another process would take itself for the last one that
 * has the database open, and delete the log that this one goes on writing to.
 */
const refuseOther = (db: Connection, path: string): void => {
  try {
    versionOf(db)
  } catch (error) {
    if (sqliteCode(error) === "SQLITE_NOTADB") {
      throw new DatabaseError({ reason: "Damaged", path, detail: "it is not an SQLite database" })
    }
    // what else is wrong is seen later, together with its log
  }
}
