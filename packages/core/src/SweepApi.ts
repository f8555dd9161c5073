import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { AgentCommand } from "./AgentCommand.js"
import type { AgentId } from "./AgentId.js"
import type { CommError } from "./CommError.js"
import type { PythonDict } from "./PythonValue.js"
import type { RunStateReading } from "./Reading.js"
import type { RunId } from "./RunId.js"
import type { RunState } from "./RunState.js"
import type { SchedulerError } from "./SchedulerError.js"
import type { StopReason } from "./StopReason.js"
import type { SweepId } from "./SweepId.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"
import type { SweepState } from "./SweepState.js"
import type { TrialConfig } from "./TrialConfig.js"

/** A sweep as the backend holds it. Times are milliseconds since 1970. */
export interface SweepRecord {
  readonly id: SweepId
  readonly name: string
  /** `None`: a state that we do not know; the sweep goes on (B32). */
  readonly state: Option.Option<SweepState>
  /** The sweep config as YAML text. */
  readonly config: string
  /** The seed of its search: the same config, seed and history suggest the same runs. */
  readonly seed: number
  readonly createdAt: number
}

/** A run as the backend holds it. */
export interface RunRecord {
  readonly id: RunId
  readonly name: string
  readonly state: RunState
  readonly trial: TrialConfig
  /** The last value of each metric. */
  readonly summary: PythonDict
  readonly attempt: number
  readonly exitCode: number | undefined
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  /** Why the run was asked to stop, if it was. */
  readonly stop: StopReason | undefined
}

/** What a launch agent knows of a run that it owns. */
export interface RunReport {
  readonly attempt: number
  readonly state: RunState
  readonly exitCode: number | undefined
  /** When it ended, in milliseconds since 1970, where that may have been a while before the report. */
  readonly endedAt?: number | undefined
  /** Merged over the run's summary. */
  readonly summary: PythonDict
}

/**
 * The sweeps of a backend: sweeps, agents, runs and their states. The backend is truth
 * for all that this port tells.
 *
 * Reads (`sweepState`, `runState`) are requests that an adapter may merge: one failed
 * read is that read's failure only.
 */
export class SweepApi extends Context.Tag("@sweepline/core/SweepApi")<
  SweepApi,
  {
    /** Creates a sweep, PENDING until its first agent registers (F.1). */
    readonly createSweep: (options: {
      readonly config: string
      readonly name: string
      readonly seed: number
    }) => Effect.Effect<SweepId, CommError>
    readonly sweep: (id: SweepId) => Effect.Effect<SweepRecord, CommError | SweepNotFoundError>
    /** Every sweep, newest first. */
    readonly sweeps: Effect.Effect<ReadonlyArray<SweepRecord>, CommError>
    /** The runs of a sweep, oldest first. */
    readonly runs: (sweep: SweepId) => Effect.Effect<ReadonlyArray<RunRecord>, CommError | SweepNotFoundError>
    /** `None`: a state that we do not know. */
    readonly sweepState: (id: SweepId) => Effect.Effect<Option.Option<SweepState>, CommError | SweepNotFoundError>
    /** Answers false, and writes nothing, where the sweep's state can't become this one (`SweepState.canBecome`, B67). */
    readonly setSweepState: (id: SweepId, state: SweepState) => Effect.Effect<boolean, CommError | SweepNotFoundError>
    /** Registers a worker; a PENDING sweep becomes RUNNING (F.1). */
    readonly registerAgent: (options: {
      readonly sweep: SweepId
      readonly host: string
    }) => Effect.Effect<AgentId, CommError | SweepNotFoundError>
    /**
     * Tells which runs an agent has and which of them live; answers with what it should do (F.3). Our own backends offer
     * a run again until its agent reports it, so that a lost answer loses no run. `SchedulerError`: search failed.
     */
    readonly heartbeat: (options: {
      readonly sweep: SweepId
      readonly agent: AgentId
      readonly runs: ReadonlyMap<RunId, boolean>
    }) => Effect.Effect<ReadonlyArray<AgentCommand>, CommError | SchedulerError | SweepNotFoundError>
    /** `Left` holds the text of a state that isn't one (B46). Not found: the backend answered that there is no such run. */
    readonly runState: (options: {
      readonly sweep: SweepId
      readonly run: RunId
    }) => Effect.Effect<Either.Either<RunState, string>, CommError | SweepNotFoundError>
    /**
     * The states of many runs, in as few requests as the backend allows. A run whose read failed is that run's `Missed`;
     * `Reading.ofEach` makes this of `runState`.
     */
    readonly runStates: (options: {
      readonly sweep: SweepId
      readonly runs: ReadonlyArray<RunId>
    }) => Effect.Effect<ReadonlyArray<RunStateReading>>
    /** Creates a pending run that the caller itself decided on (custom strategies). */
    readonly createRun: (options: {
      readonly sweep: SweepId
      readonly trial: TrialConfig
    }) => Effect.Effect<RunId, CommError | SweepNotFoundError>
    /** Puts a dead run back to pending, as the same run, before its next attempt is pushed. */
    readonly requeueRun: (options: {
      readonly sweep: SweepId
      readonly run: RunId
      readonly attempt: number
    }) => Effect.Effect<void, CommError>
    /** Asks whoever runs it to stop a run. A dead run stays as it is; of an ended sweep none is only interrupted. */
    readonly stopRun: (options: {
      readonly sweep: SweepId
      readonly run: RunId
      readonly reason: StopReason
    }) => Effect.Effect<void, CommError>
    /** Whether a run was asked to stop, for whoever runs it. */
    readonly stopRequested: (options: {
      readonly sweep: SweepId
      readonly run: RunId
    }) => Effect.Effect<Option.Option<StopReason>, CommError>
    /** Which of many runs were asked to stop, and why, in as few requests as the backend allows. */
    readonly stopRequests: (options: {
      readonly sweep: SweepId
      readonly runs: ReadonlyArray<RunId>
    }) => Effect.Effect<ReadonlyMap<RunId, StopReason>, CommError>
    /** Takes what a launch agent knows of a run. A report of an older attempt, or on a terminal state, changes nothing. */
    readonly reportRun: (options: {
      readonly sweep: SweepId
      readonly run: RunId
      readonly report: RunReport
    }) => Effect.Effect<void, CommError>
    /** Whether a job exists: its full name, or `None` (B18). Backends without jobs answer `None`. */
    readonly job: (name: string) => Effect.Effect<Option.Option<string>, CommError>
    /** Emits when something of a sweep may have changed; signals coalesce, and none is promised: readers also poll. */
    readonly changes: (sweep: SweepId) => Stream.Stream<void>
  }
>() {}
