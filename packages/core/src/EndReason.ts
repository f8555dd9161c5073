import * as Schema from "effect/Schema"
import type { SchedulerState } from "./SchedulerState.js"
import type { SweepState } from "./SweepState.js"

/** Why a scheduler ended, one literal for each way. */
export const EndReason = Schema.Literal(
  "RunCapReached",
  "SearchExhausted",
  "NoneFinished",
  "SweepFinished",
  "DeadlineReached",
  "BudgetSpent",
  "Paused",
  "Interrupted",
  "SweepCancelled",
  "AlreadyFinished",
  "AlreadyCancelled",
  "SweepLost",
  "OwnRunKilled",
  "OwnRunFailed",
  "NoExecutable",
  "RegistrationRefused",
  "StrategyFailed",
  "LaunchRefused",
  "BrokenScript",
  "Defect"
)
export type EndReason = typeof EndReason.Type

/** What an end means: for the scheduler, for its runs, and for the sweep. */
export interface Ending {
  /** The scheduler's last state (B66). */
  readonly state: SchedulerState
  /** Whether runs that still live are stopped. */
  readonly stopsRuns: boolean
  /** What is written on the sweep; `undefined` where it already is as it should be, or can't be written. */
  readonly write: SweepState | undefined
  /** The process's exit code, and the own run's (RD15). An interrupt by a signal is 130 or 143 instead of 0. */
  readonly exitCode: number
  /** For a person: the sentence behind "the sweep ended because". */
  readonly text: string
}

const completed = { state: "COMPLETED", stopsRuns: false, write: "FINISHED", exitCode: 0 } as const
const failed = { state: "FAILED", stopsRuns: true, write: "CANCELED", exitCode: 1 } as const

/** Every end (B28, B29, B66; RD2, RD15, RD36). */
export const endings = {
  RunCapReached: { ...completed, text: "run_cap is reached" },
  SearchExhausted: { ...completed, text: "there is nothing more to try" },
  NoneFinished: { ...completed, state: "FAILED", exitCode: 1, text: "none of its runs finished" },
  SweepFinished: { ...completed, text: "the sweep was stopped and its runs have ended" },
  DeadlineReached: { ...completed, stopsRuns: true, text: "its deadline is reached" },
  BudgetSpent: { ...completed, stopsRuns: true, text: "its GPU hours are spent" },
  Paused: { state: "FLUSH_RUNS", stopsRuns: false, write: undefined, exitCode: 0, text: "the sweep is paused" },
  Interrupted: { state: "STOPPED", stopsRuns: true, write: "CANCELED", exitCode: 0, text: "it was interrupted" },
  SweepCancelled: {
    state: "CANCELLED",
    stopsRuns: true,
    write: undefined,
    exitCode: 5,
    text: "the sweep was cancelled"
  },
  AlreadyFinished: {
    state: "COMPLETED",
    stopsRuns: false,
    write: undefined,
    exitCode: 0,
    text: "the sweep had already finished"
  },
  AlreadyCancelled: {
    state: "CANCELLED",
    stopsRuns: true,
    write: undefined,
    exitCode: 5,
    text: "the sweep had already been cancelled"
  },
  SweepLost: { state: "STOPPED", stopsRuns: true, write: undefined, exitCode: 4, text: "the sweep is gone" },
  OwnRunKilled: {
    state: "STOPPED",
    stopsRuns: true,
    write: "CANCELED",
    exitCode: 5,
    text: "the scheduler's own run was killed"
  },
  OwnRunFailed: { ...failed, text: "the scheduler's own run was marked as failed" },
  NoExecutable: { ...failed, text: "there is nothing to execute" },
  RegistrationRefused: { ...failed, text: "a worker could not be registered" },
  StrategyFailed: { ...failed, text: "the next run could not be determined" },
  LaunchRefused: { ...failed, exitCode: 7, text: "the launch queue refuses every run" },
  BrokenScript: { ...failed, text: "the script fails every time" },
  Defect: { ...failed, text: "sweepline has a bug" }
} as const satisfies Record<EndReason, Ending>

/** The ending of a reason. */
export const ending = (reason: EndReason): Ending => endings[reason]
