import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { CommError } from "./CommError.js"
import type { Job } from "./Executor.js"
import type { LaunchError } from "./LaunchError.js"
import type { LaunchRequest } from "./LaunchRequest.js"
import type { Slot } from "./Slots.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"

/** Makes what an engine runs of what a scheduler asked for. */
export class JobBuilder extends Context.Tag("@sweepline/core/JobBuilder")<
  JobBuilder,
  {
    /** The same request on the same slot is the same job. `LaunchError`: it can never be run, for the reason that it says. */
    readonly build: (
      request: LaunchRequest,
      slot: Slot
    ) => Effect.Effect<Job, CommError | LaunchError | SweepNotFoundError>
  }
>() {}
