import { CommError } from "@sweepline/core/CommError"
import { JournalUnavailable } from "@sweepline/core/JournalUnavailable"
import * as Data from "effect/Data"

/** A read or write of an open database failed. Nothing of the write was kept. */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly reason: "Busy" | "DiskFull" | "Damaged" | "Moved" | "ReadOnly" | "Io"
  readonly path: string
  /** SQLite's own words, or what was found. */
  readonly detail: string
}> {
  override get message(): string {
    return sentences[this.reason](this.path, this.detail)
  }
}

/** As the ports tell it. A full disk or a busy database may heal; one that is damaged or gone doesn't. */
export const toCommError =
  (operation: string) =>
  (self: StoreError): CommError =>
    new CommError({
      reason: self.reason === "Busy" ? "Timeout" : "Unreachable",
      operation,
      detail: self.message,
      retryable: self.reason !== "Damaged" && self.reason !== "Moved"
    })

/** As the journal tells it. */
export const toJournalUnavailable =
  (sweep: string) =>
  (self: StoreError): JournalUnavailable =>
    new JournalUnavailable({
      sweep,
      detail: self.message,
      mayHeal: self.reason === "DiskFull" || self.reason === "Busy",
      cause: self
    })

// internal

const sentences: Record<StoreError["reason"], (path: string, detail: string) => string> = {
  Busy: (path) => `another process holds ${path} for too long; a stopped or hanging sweepline may be the one`,
  DiskFull: (path) => `the disk that holds ${path} is full; free some space`,
  Damaged: (path, detail) => `${path} is damaged (${detail}); put a copy of it back`,
  Moved: (path) =>
    `${path} was moved or deleted while it was in use; put it back, or resume the sweep where it is now, with --dir`,
  ReadOnly: (path, detail) => `${path} can't be written any more (${detail})`,
  Io: (path, detail) => `${path} can't be read or written (${detail})`
}
