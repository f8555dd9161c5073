import type { SettingsError } from "@sweepline/api-client/SettingsError"
import type { CommError } from "@sweepline/core/CommError"
import type { ExecutorError } from "@sweepline/core/ExecutorError"
import type { JournalUnavailable } from "@sweepline/core/JournalUnavailable"
import type { LaunchError } from "@sweepline/core/LaunchError"
import type { LeaseHeldError } from "@sweepline/core/LeaseHeldError"
import type { SchedulerError } from "@sweepline/core/SchedulerError"
import type { SweepConfigError } from "@sweepline/core/SweepConfigError"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import type { DatabaseError } from "@sweepline/embedded/DatabaseError"
import type { UsageError } from "./UsageError.js"

/** Every error that a command may end with. A command with another one does not compile. */
export type CommandError =
  | CommError
  | DatabaseError
  | ExecutorError
  | JournalUnavailable
  | LaunchError
  | LeaseHeldError
  | SchedulerError
  | SettingsError
  | SweepConfigError
  | SweepNotFoundError
  | UsageError

const codes = {
  SchedulerError: 1,
  SettingsError: 2,
  SweepConfigError: 2,
  UsageError: 2,
  CommError: 3,
  DatabaseError: 3,
  JournalUnavailable: 3,
  SweepNotFoundError: 4,
  LeaseHeldError: 6,
  LaunchError: 7,
  ExecutorError: 8
} as const satisfies Record<CommandError["_tag"], number>

/** The exit code of an error. Where there is no database, there is no sweep either; a number of workers is a person's input. */
export const of = (error: CommandError): number => {
  if (error._tag === "DatabaseError" && error.reason === "Missing") return codes.SweepNotFoundError
  if (error._tag === "SchedulerError" && error.reason === "BadWorkers") return codes.UsageError
  return codes[error._tag]
}

/** It went well. */
export const success = 0
/** A defect, a sweep that ended as failed, or output that could not be written. */
export const failure = 1
/** The command line can't be understood. */
export const usage = 2

/** The shell's exit code of a process that a signal ended. */
export const ofSignal = (signal: "SIGINT" | "SIGTERM"): number => (signal === "SIGINT" ? 130 : 143)
