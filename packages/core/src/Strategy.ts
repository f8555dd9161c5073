import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { AgentId } from "./AgentId.js"
import type { CommError } from "./CommError.js"
import type { RunId } from "./RunId.js"
import type { SchedulerError } from "./SchedulerError.js"
import { SweepApi } from "./SweepApi.js"
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
  /** Ask no more: drain, and end the sweep (RD36); `reason` becomes the outcome's `detail`. Preempted runs that it was asked about twice and didn't hand out stay behind. */
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
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Strategy from "@sweepline/core/Strategy"
 * import { SweepApi } from "@sweepline/core/SweepApi"
 *
 * // Halves the learning rate from run to run.
 * const layer = Layer.effect(
 *   Strategy.Strategy,
 *   Effect.flatMap(SweepApi, (api) =>
 *     Strategy.resumingPreempted(
 *       Strategy.fromNextRun(
 *         Effect.fnUntraced(function* ({ sweep, worker: { worker } }) {
 *           const { length } = yield* api.runs(sweep)
 *           if (length === 10) return Strategy.NextRun.Exhausted({ reason: "ten are enough" })
 *           const trial = new Map([["lr", 2 ** -length]])
 *           return Strategy.NextRun.Run({ worker, run: yield* api.createRun({ sweep, trial }), trial })
 *         })
 *       )
 *     )
 *   )
 * )
 * ```
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

/**
 * The same strategy, but preempted runs come first: those that an interrupt stopped, or that lost their machine. Idle
 * workers go on with them, oldest first, each as the same run in its next attempt; the strategy is asked for the others.
 * For strategies that decide by themselves, together with `SchedulerConfig`'s `resumesPreempted`; `HeartbeatStrategy`'s
 * backend hands such runs out itself. Lists the sweep's runs each time that a worker is idle.
 */
export const resumingPreempted = (self: Strategy["Type"]): Effect.Effect<Strategy["Type"], never, SweepApi> =>
  Effect.map(SweepApi, (api) => ({
    next: Effect.fnUntraced(function* ({ sweep, workers }) {
      if (!workers.some(({ idle }) => idle)) return yield* self.next({ sweep, workers })
      const preempted = (yield* api.runs(sweep)).filter(({ state }) => state === "preempted").values()
      const resumed: Array<NextRun> = []
      const others: Array<WorkerReport> = []
      for (const worker of workers) {
        const run = worker.idle ? preempted.next().value : undefined
        if (run === undefined) others.push(worker)
        else resumed.push(NextRun.Run({ worker: worker.worker, run: run.id, trial: run.trial }))
      }
      return others.length === 0 ? resumed : [...resumed, ...(yield* self.next({ sweep, workers: others }))]
    })
  }))
