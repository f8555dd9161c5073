import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { AgentId } from "./AgentId.js"
import type { CommError } from "./CommError.js"
import type { RunId } from "./RunId.js"
import type { SchedulerError } from "./SchedulerError.js"
import type { SweepId } from "./SweepId.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"
import type { TrialConfig } from "./TrialConfig.js"

/** A worker as a strategy sees it. */
export interface WorkerReport {
  readonly worker: number
  readonly agent: AgentId
  /** The worker's runs: true while the run lives (RD8). */
  readonly runs: ReadonlyMap<RunId, boolean>
  /** Whether it can take a run now. */
  readonly idle: boolean
}

/** What a strategy says for a worker. */
export type NextRun = Data.TaggedEnum<{
  Run: {
    readonly worker: number
    readonly run: RunId
    readonly trial: TrialConfig
    /** The attempt to begin, where the backend counts attempts: a run that goes on as the same run. */
    readonly attempt?: number | undefined
  }
  /** Nothing now: asked again at the next poll or change. */
  NotNow: { readonly worker: number }
  /** This run should end; the sweep goes on (RD10). */
  StopRun: { readonly run: RunId }
  /** Ask no more: drain, and end the sweep (RD36). */
  Exhausted: { readonly reason: string }
}>

/** Constructors and matchers. */
export const NextRun = Data.taggedEnum<NextRun>()

/** Which run comes next. */
export class Strategy extends Context.Tag("@sweepline/core/Strategy")<
  Strategy,
  {
    /**
     * Asks for all workers at once, so that an adapter can make one request of it. Busy workers are
     * told of too; a `Run` for a busy worker is kept for it until it is idle (RD9).
     */
    readonly next: (options: {
      readonly sweep: SweepId
      readonly workers: ReadonlyArray<WorkerReport>
    }) => Effect.Effect<ReadonlyArray<NextRun>, CommError | SchedulerError | SweepNotFoundError>
  }
>() {}

/**
 * A strategy from a function that answers for one idle worker at a time; they are asked in
 * order, and `Exhausted` ends the round.
 */
export const fromNextRun = <E extends CommError | SchedulerError | SweepNotFoundError>(
  nextRun: (options: { readonly sweep: SweepId; readonly worker: WorkerReport }) => Effect.Effect<NextRun, E>
): Strategy["Type"] => ({
  next: Effect.fnUntraced(function* ({ sweep, workers }) {
    const answers: Array<NextRun> = []
    for (const worker of workers) {
      if (!worker.idle) continue
      const answer = yield* nextRun({ sweep, worker })
      answers.push(answer)
      if (answer._tag === "Exhausted") break
    }
    return answers
  })
})
