import { existsSync, statSync } from "node:fs"
import { DatabaseError } from "../DatabaseError.js"
import { type Connection, open, sqliteCode } from "./connection.js"
import { checkFile, checkWhole, indexOf, logOf, refuseForeign, sizeOf, uri } from "./inspection.js"
import { currentVersion, versionOf } from "./migrations.js"

/** A database that this process may read and not write: another user's, or one on a mount that is read-only. */
export interface Reader {
  /** Reads, as the connection of a database that may be written does. */
  readonly read: <A>(body: (db: Connection) => A) => A
  readonly close: () => void
}

/**
 * Opens a database without writing anything, neither into it nor beside it. SQLite itself reads one so whose writers
 * share their index with it (`-shm`), and what one that was killed left. Where there is neither index nor log, nobody
 * writes: then the file is complete and read without locks, until a log appears or the file is another one. Only a log
 * without its index can't be read so.
 *
 * `shared: false`: memory isn't shared with those who write, as on a network filesystem; only a complete file is read.
 */
export const openReader = (path: string, { shared = true }: { readonly shared?: boolean } = {}): Reader => {
  let opened = connect(path, shared)
  /** Whether there was something newer to open; what can't be opened now, or looked for, stays as it was read before. */
  const renewed = (): boolean => {
    if (opened.complete === undefined) return false
    try {
      if (opened.complete === markOf(path)) return false
      const next = connect(path, shared)
      opened.db.close()
      opened = next
      return true
    } catch {
      return false
    }
  }
  return {
    read: (body) => {
      renewed()
      for (let again = 0; ; again++) {
        try {
          const value = body(opened.db)
          if (again === mostReadings || !renewed()) return value
        } catch (error) {
          if (again === mostReadings || !renewed()) throw error
        }
      }
    },
    close: () => opened.db.close()
  }
}

// internal

/** How often what was read while somebody began to write is read again. */
const mostReadings = 5

interface Opened {
  readonly db: Connection
  /** The mark of a file that was complete when it was opened; `undefined` where SQLite itself sees what is written. */
  readonly complete: string | undefined
}

/** Changes with whatever writes to the file, or begins a log beside it. */
const markOf = (path: string): string => {
  const file = statSync(path, { throwIfNoEntry: false })
  return [file?.ino, file?.mtimeMs, file?.size, sizeOf(logOf(path))].join(" ")
}

const connect = (path: string, shared: boolean): Opened => {
  checkFile(path)
  const complete = markOf(path)
  const live = shared ? openShared(path) : undefined
  if (live !== undefined) return { db: checked(live, path), complete: undefined }
  if (sizeOf(logOf(path)) > 0) throw new DatabaseError({ reason: "LogLeft", path, detail: "" })
  return { db: checked(open(uri(path, "immutable=1")), path), complete }
}

/**
 * `undefined` where there is no index to share. SQLite would make what is missing also for who only reads: then it would
 * be his, and the owner of the database could write no more.
 */
const openShared = (path: string): Connection | undefined => {
  if (!existsSync(logOf(path)) || !existsSync(indexOf(path))) return undefined
  const db = open(uri(path, "mode=ro&readonly_shm=1"))
  try {
    db.get("SELECT 1 FROM sqlite_schema LIMIT 1")
    return db
  } catch (error) {
    db.close()
    if (/^SQLITE_(READONLY|CANTOPEN)/.test(sqliteCode(error) ?? "")) return undefined
    throw error
  }
}

const checked = (db: Connection, path: string): Connection => {
  try {
    db.get("PRAGMA busy_timeout = 10")
    refuseForeign(db, path)
    checkWhole(db, path)
    const version = versionOf(db)
    if (version === currentVersion) return db
    const detail = `version ${version}, where this one needs ${currentVersion}`
    throw new DatabaseError({ reason: "OlderVersion", path, detail })
  } catch (error) {
    db.close()
    throw error
  }
}
