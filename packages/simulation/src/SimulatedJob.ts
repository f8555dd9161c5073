import * as Data from "effect/Data"
import type { Job } from "@sweepline/core/Executor"
import type { RunKey } from "@sweepline/core/RunKey"

/** A job as models see it. */
export interface SimulatedJob {
  readonly key: RunKey
  readonly job: Job
}

/**
 * How a job ends if nobody stops it. `after` is the part of its duration, 0 to 1, that it
 * gets to; `output` is what it prints last, for example an error.
 */
export type Ending = Data.TaggedEnum<{
  Succeeds: {}
  /** Exits with a code other than 0. */
  Fails: { readonly code: number; readonly after: number; readonly output?: string }
  /** Goes away without an exit code, as in an out-of-memory kill or a reboot. */
  Crashes: { readonly after: number; readonly detail: string }
  /** The engine takes the machine away, and nobody asked for it. */
  Preempted: { readonly after: number }
  /** The engine forgets the job. */
  Vanishes: { readonly after: number }
  /** Never ends by itself. */
  Hangs: {}
}>

/** Constructors and matchers. */
export const Ending = Data.taggedEnum<Ending>()
