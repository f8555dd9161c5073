import * as Schema from "effect/Schema"

/**
 * What a scheduler was told about how to behave. It travels in `SchedulerStarted`, so that
 * a replayed journal decides as the live scheduler did. Times are milliseconds.
 */
export const Policy = Schema.Struct({
  /** Runs at a time. */
  workers: Schema.NonNegativeInt,
  /** The most distinct runs; null is no cap (B25). */
  runCap: Schema.NullOr(Schema.NonNegativeInt),
  /** How often a run that failed or crashed is run again, as the same run. */
  retries: Schema.NonNegativeInt,
  /** The first wait before something that failed is tried again; it doubles, up to a minute. */
  backoff: Schema.NonNegative,
  /** Paused and drained: end with exit code 0 as the reference does, or wait for the sweep to be resumed. */
  onPaused: Schema.Literal("exit", "wait"),
  /** An interrupt leaves the sweep paused, to be resumed, or cancels it (B66). */
  onInterrupt: Schema.Literal("pause", "cancel"),
  /** Whether the end waits for stopped runs to be gone, and at most how long. 0: it doesn't wait. */
  awaitStops: Schema.NonNegative,
  /** Whether the backend hands preempted runs out again, so that they are worth waiting for. */
  resumesPreempted: Schema.Boolean,
  /** Whether a pending run that this scheduler doesn't know is launched: a lost suggestion. */
  adoptsPending: Schema.Boolean,
  /** A run that shows no sign of life for so long is stopped; null is never. */
  runTimeout: Schema.optionalWith(Schema.NullOr(Schema.Positive), { default: () => null }),
  /** When the sweep ends, with whatever it has by then: milliseconds since 1970; null is never. */
  deadline: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null }),
  /** The time on GPUs that the runs may take in all; null is any. */
  budget: Schema.optionalWith(Schema.NullOr(Schema.Positive), { default: () => null }),
  /** How many GPUs a run keeps busy; may be a part of one. */
  gpusPerRun: Schema.optionalWith(Schema.Positive, { default: () => 1 }),
  /**
   * There where a sweep has failed of whose runs none finished. Only then is it written, so that journals from before
   * there was such a thing fold as they did, and journals of W&B's sweeps, which know no such end, stay as they were.
   */
  needsFinished: Schema.optionalWith(Schema.Literal(true), { exact: true })
})
export type Policy = typeof Policy.Type

const exact = { exact: true } as const

/** What a person may change of a policy while a sweep runs; what is missing stays as it is. */
export const PolicyChange = Schema.Struct({
  workers: Schema.optionalWith(Schema.NonNegativeInt, exact),
  runCap: Schema.optionalWith(Schema.NullOr(Schema.NonNegativeInt), exact),
  retries: Schema.optionalWith(Schema.NonNegativeInt, exact),
  runTimeout: Schema.optionalWith(Schema.NullOr(Schema.Positive), exact),
  deadline: Schema.optionalWith(Schema.NullOr(Schema.Number), exact),
  budget: Schema.optionalWith(Schema.NullOr(Schema.Positive), exact),
  gpusPerRun: Schema.optionalWith(Schema.Positive, exact)
})
export type PolicyChange = typeof PolicyChange.Type
