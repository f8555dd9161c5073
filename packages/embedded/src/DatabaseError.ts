import * as Data from "effect/Data"

/** The database could not be opened. Nothing was changed; the message says what to do. */
export class DatabaseError extends Data.TaggedError("DatabaseError")<{
  readonly reason:
    | "Missing"
    | "NewerVersion"
    | "OlderVersion"
    | "Foreign"
    | "Damaged"
    | "NetworkFilesystem"
    | "NotAFolder"
    | "Unwritable"
    | "Unreadable"
    | "LogLeft"
    | "DiskFull"
    | "TooManyFiles"
    | "Busy"
    | "Unusable"
  /** The database file, or its folder where that is the trouble. */
  readonly path: string
  /** What was found: a version, a kind of filesystem, the system's own words. */
  readonly detail: string
}> {
  override get message(): string {
    return sentences[this.reason](this.path, this.detail)
  }
}

// internal

const sentences: Record<DatabaseError["reason"], (path: string, detail: string) => string> = {
  Missing: (path) =>
    `There is no sweepline database at ${path}; start a sweep there first, or name another folder with --dir.`,
  NewerVersion: (path, detail) =>
    `${path} was written by a newer sweepline (${detail}); update sweepline, or use another folder with --dir.`,
  OlderVersion: (path, detail) =>
    `${path} was written by an older sweepline (${detail}) and may not be changed; copy its folder, and name the copy with --dir.`,
  Foreign: (path, detail) => `${path} belongs to another program (${detail}); use another folder with --dir.`,
  Damaged: (path, detail) =>
    `${path} is damaged (${detail}) and was left as it is; put a copy of it back, or start anew in another folder with --dir.`,
  NetworkFilesystem: (path, detail) =>
    `${path} is on a network filesystem (${detail}), where a database can't be shared safely; use a folder on a local disk with --dir.`,
  NotAFolder: (path) => `${path} is a file, not a folder; name a folder with --dir.`,
  Unwritable: (path, detail) =>
    `${path} can't be written (${detail}); change its permissions, or use another folder with --dir.`,
  Unreadable: (path, detail) =>
    `${path} can't be read (${detail}); change its permissions, or name another folder with --dir.`,
  LogLeft: (path) =>
    `${path} may not be changed, and can't be read so: ${path}-wal holds what was written last. Copy its folder, and name the copy with --dir.`,
  DiskFull: (path, detail) =>
    `The disk that holds ${path} is full (${detail}); free some space, or use another folder with --dir.`,
  TooManyFiles: (path) =>
    `${path} can't be opened: too many files are open. Raise the limit (ulimit -n), then try again.`,
  Busy: (path, detail) =>
    `${path} is locked by another process (${detail}); a stopped or hanging sweepline may hold it: continue or end that one.`,
  Unusable: (path, detail) =>
    `${path} can't be used as a database (${detail}); use a folder on a local disk with --dir.`
}
