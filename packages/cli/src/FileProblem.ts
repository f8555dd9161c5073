import type { PlatformError } from "@effect/platform/Error"

/** Why a file can't be read, as a clause. */
export const ofReading = (error: PlatformError): string => clause(error, reading)

/** Why a file can't be written, as a clause. */
export const ofWriting = (error: PlatformError): string => clause(error, writing)

// internal

// By the system's own codes: the platform's reasons make one of some that a person would mend differently.
const either = {
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ELOOP: "its links lead in a circle"
}

const reading: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...either, ENOENT: "there is no such file", EACCES: "you may not read it" })
)

const writing: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...either,
    ENOENT: "its folder doesn't exist",
    EACCES: "you may not write there",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk is full"
  })
)

const clause = (error: PlatformError, clauses: ReadonlyMap<string, string>): string => {
  if (error._tag === "BadArgument") return error.message
  const [code = ""] = /^E[A-Z]+/.exec(error.description ?? "") ?? []
  return clauses.get(code) ?? error.description ?? error.message
}
