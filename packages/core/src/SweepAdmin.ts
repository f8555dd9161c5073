import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { CommError } from "./CommError.js"
import type { RunId } from "./RunId.js"
import type { RunRecord } from "./SweepApi.js"
import type { SweepId } from "./SweepId.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"
import type { TrialConfig } from "./TrialConfig.js"

/** A run, and the sweep that it is of. */
export interface FoundRun {
  readonly sweep: SweepId
  readonly run: RunRecord
}

/** Which runs of a sweep have changed, up to a mark. */
export interface ChangedRuns {
  readonly mark: number
  readonly runs: ReadonlyArray<RunId>
}

/** What a server asks of a backend of our own, beyond what schedulers and launch agents ask of any (`SweepApi`). */
export class SweepAdmin extends Context.Tag("@sweepline/core/SweepAdmin")<
  SweepAdmin,
  {
    /** The run of an id, whichever sweep it is of. */
    readonly findRun: (run: RunId) => Effect.Effect<Option.Option<FoundRun>, CommError>
    /** Creates a pending run under an id that a client chose. Status 409: the id is taken. */
    readonly adoptRun: (options: {
      readonly sweep: SweepId
      readonly run: RunId
      readonly trial: TrialConfig
    }) => Effect.Effect<void, CommError | SweepNotFoundError>
    /**
     * The runs of a sweep that have changed since a mark, oldest first, and the mark of this answer; without a mark all of
     * them. Some that haven't may be among them. What a run that lives logs changes it, but isn't told of.
     */
    readonly changedRuns: (sweep: SweepId, since?: number) => Effect.Effect<ChangedRuns, CommError | SweepNotFoundError>
    /** How many runs a sweep has, in any state. */
    readonly runCount: (sweep: SweepId) => Effect.Effect<number, CommError | SweepNotFoundError>
    /** Whether a run of a sweep has reached its metric's target: then it hands out no other. */
    readonly targetReached: (sweep: SweepId) => Effect.Effect<boolean, CommError | SweepNotFoundError>
    /**
     * Replaces a sweep's config for what is decided from now on; what runs have logged is not counted anew, and
     * other processes go on with the config that they have read. Status 400: it can't be parsed.
     */
    readonly setConfig: (options: {
      readonly sweep: SweepId
      readonly config: string
    }) => Effect.Effect<void, CommError | SweepNotFoundError>
  }
>() {}
