import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { Executable } from "../Executable.js"
import type { LaunchError } from "../LaunchError.js"
import type { LaunchQueue } from "../LaunchQueue.js"
import type { LaunchRequest } from "../LaunchRequest.js"
import type { RunId } from "../RunId.js"
import type { SchedulerConfig } from "../SchedulerConfig.js"
import type { SchedulerError } from "../SchedulerError.js"
import type { SchedulerRun } from "../SchedulerRun.js"
import type { Strategy } from "../Strategy.js"
import type { SweepApi } from "../SweepApi.js"
import type { SweepId } from "../SweepId.js"
import type { TrialConfig } from "../TrialConfig.js"

/** What a scheduler of one sweep needs of the world. */
export interface World {
  readonly sweep: SweepId
  readonly api: SweepApi["Type"]
  readonly queue: LaunchQueue["Type"]
  readonly own: SchedulerRun["Type"]
  readonly strategy: Strategy["Type"]
  readonly config: SchedulerConfig["Type"]
  /** Resolved once, before the start (RD32); on the left, a sentence for the person. */
  readonly executable: Either.Either<Executable, string>
  readonly request: (
    run: RunId,
    attempt: number,
    trial: TrialConfig
  ) => Effect.Effect<LaunchRequest, LaunchError | SchedulerError>
  /** The trial config of a managed run. */
  readonly trialOf: (run: RunId) => TrialConfig | undefined
}
