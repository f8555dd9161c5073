import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { CommError } from "./CommError.js"
import type { JournalUnavailable } from "./JournalUnavailable.js"
import type { LeaseHeldError } from "./LeaseHeldError.js"
import type { PythonDict } from "./PythonValue.js"
import type { RunId } from "./RunId.js"
import type { RunState } from "./RunState.js"
import type { SweepId } from "./SweepId.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"

/** The scheduler's own run, once it is started. */
export interface OwnRun {
  readonly id: RunId
  /** The run config that it was started with: its `launch`, `scheduler` and `settings` sections count (B14–B16). */
  readonly config: PythonDict
  /**
   * Never ends while the sweep is this scheduler's; fails once another one has taken it, since this one was stopped for
   * long, or once what is kept of the sweep was taken away.
   */
  readonly lost: Effect.Effect<never, JournalUnavailable | LeaseHeldError>
}

/** The scheduler's own run: one scheduler per sweep, and a sign of life while it works. */
export class SchedulerRun extends Context.Tag("@sweepline/core/SchedulerRun")<
  SchedulerRun,
  {
    /**
     * Starts or resumes the own run and takes the sweep's lease. Until the scope closes, both are kept alive;
     * then the lease is released.
     */
    readonly start: (
      sweep: SweepId
    ) => Effect.Effect<OwnRun, CommError | LeaseHeldError | SweepNotFoundError, Scope.Scope>
    /** The state that others see, and may have set: `killed` stops the scheduler (B31). `Left` is a bad state's text. */
    readonly state: (sweep: SweepId) => Effect.Effect<Either.Either<RunState, string>, CommError | SweepNotFoundError>
    /** Ends the own run with the process's exit code. */
    readonly finish: (sweep: SweepId, exitCode: number) => Effect.Effect<void, CommError>
  }
>() {}
