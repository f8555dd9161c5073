import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { CommError } from "./CommError.js"
import type { PythonDict } from "./PythonValue.js"
import type { RunId } from "./RunId.js"
import type { RowSource } from "./RowSource.js"
import type { RunKey } from "./RunKey.js"
import type { SweepId } from "./SweepId.js"

/** One row that a run logged. `step` counts from 0 within a run, unless the row itself has `_step`. */
export interface MetricRow {
  readonly step: number
  readonly at: number
  readonly values: PythonDict
}

/** The metric rows of runs. */
export class RunLog extends Context.Tag("@sweepline/core/RunLog")<
  RunLog,
  {
    /**
     * Stores rows and, in the same transaction, how many bytes of the attempt's output they came from (or lines of its
     * client's stream); so a restarted tail neither loses nor repeats a row. An append at or before the stored offset
     * changes nothing. The run's summary takes the last value of each metric.
     */
    readonly append: (options: {
      readonly sweep: SweepId
      readonly key: RunKey
      readonly rows: ReadonlyArray<MetricRow>
      readonly offset: number
      /** Default `output`. */
      readonly source?: RowSource
    }) => Effect.Effect<void, CommError>
    /** How many bytes of an attempt's output (or lines of its client) were read, and the step of the run's next row. */
    readonly cursor: (options: {
      readonly sweep: SweepId
      readonly key: RunKey
      /** Default `output`. */
      readonly source?: RowSource
    }) => Effect.Effect<{ readonly offset: number; readonly nextStep: number }, CommError>
    /** A run's rows over all its attempts, oldest first, in pages of at most 1,000. */
    readonly rows: (options: { readonly sweep: SweepId; readonly run: RunId }) => Stream.Stream<MetricRow, CommError>
  }
>() {}
