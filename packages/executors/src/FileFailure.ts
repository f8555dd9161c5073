import { statfsSync } from "node:fs"
import { ExecutorError } from "@sweepline/core/ExecutorError"

/** The code of a system error, for example `ENOSPC`. */
export const code = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : ""

/** Does a synchronous read; a missing file or folder answers `otherwise`. */
export const whenMissing = <A, B>(read: () => A, otherwise: B): A | B => {
  try {
    return read()
  } catch (cause) {
    if (code(cause) === "ENOENT" || code(cause) === "ENOTDIR") return otherwise
    throw cause
  }
}

/** What went wrong with a run's files, as one sentence and what to do about it. */
export const toExecutorError = (subject: string, path: string, cause: unknown): ExecutorError => {
  if (cause instanceof ExecutorError) return cause
  // What Node itself refuses, a null character for example, it refuses every time.
  const isHopeless = code(cause).startsWith("ERR_INVALID_ARG")
  const advise = advice[code(cause)]
  return new ExecutorError({
    reason: isHopeless ? "Refused" : "Unavailable",
    subject,
    detail: advise === undefined ? `could not use ${path}: ${text(cause)}` : advise(path),
    cause
  })
}

/** The error of a key whose files have no space left. */
export const diskFull = (subject: string, path: string): ExecutorError =>
  new ExecutorError({ reason: "Unavailable", subject, detail: full(path) })

/** Whether the disk of a folder has no space left. `false` where it can't be told. */
export const diskIsFull = (path: string): boolean => {
  try {
    const { bavail, bfree, ffree, files } = statfsSync(path)
    const free = process.geteuid?.() === 0 ? bfree : bavail
    return free === 0 || (files > 0 && ffree === 0)
  } catch {
    return false
  }
}

// internal

const text = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const full = (path: string): string => `the disk that holds ${path} is full. Free some space, then resume the sweep`

const forbidden = (path: string): string =>
  `${path} can't be written. Give this user write access to it, or choose another folder with --dir`

const tooMany = (): string =>
  "too many files are open. Raise the limit (ulimit -n), or run fewer workers, then resume the sweep"

const advice: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: full,
  EDQUOT: (path) => `the disk quota of ${path} is used up. Free some space, then resume the sweep`,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: (path) => `${path} is on a read-only file system. Choose another folder with --dir`,
  EMFILE: tooMany,
  ENFILE: tooMany,
  ENOTDIR: (path) =>
    `a part of ${path} is a file, not a folder. Move that file away, or choose another folder with --dir`
}
