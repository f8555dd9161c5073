import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { CommError } from "./CommError.js"
import * as EndReason from "./EndReason.js"
import type { Event, EventOf, UnknownRun } from "./Event.js"
import * as Executable from "./Executable.js"
import type { Happening } from "./Happening.js"
import * as interpreter from "./internal/interpreter.js"
import * as keptPolicy from "./internal/keptPolicy.js"
import { Journal } from "./Journal.js"
import * as Journals from "./Journal.js"
import type { JournalUnavailable } from "./JournalUnavailable.js"
import { LaunchQueue } from "./LaunchQueue.js"
import * as LaunchRequest from "./LaunchRequest.js"
import type { LeaseHeldError } from "./LeaseHeldError.js"
import type { PolicyChange } from "./Policy.js"
import type { RunId } from "./RunId.js"
import type { RunState } from "./RunState.js"
import { SchedulerConfig } from "./SchedulerConfig.js"
import * as SchedulerConfigs from "./SchedulerConfig.js"
import { SchedulerError } from "./SchedulerError.js"
import type * as SchedulerModel from "./SchedulerModel.js"
import { SchedulerRun } from "./SchedulerRun.js"
import type { SchedulerState } from "./SchedulerState.js"
import { Strategy } from "./Strategy.js"
import type { RunRecord } from "./SweepApi.js"
import { SweepApi } from "./SweepApi.js"
import * as SweepConfig from "./SweepConfig.js"
import type { SweepId } from "./SweepId.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"

/** How a scheduler ended. */
export interface Outcome {
  readonly sweep: SweepId
  /** B66: the scheduler's last state. */
  readonly state: SchedulerState
  readonly reason: EndReason.EndReason
  /** The sentence for a person, where the reason alone doesn't say enough; the strategy's own one where it has no more. */
  readonly detail: string | undefined
  /** 0, or the exit code of the reason; 130 and 143 after a signal (architecture: exit codes). */
  readonly exitCode: number
  /** Distinct runs that count against run_cap. */
  readonly launched: number
  /** Runs that ended under this scheduler and the ones before it, by state. */
  readonly counts: Readonly<Record<RunState, number>>
}

/** What keeps a scheduler from working at all. */
export type SchedulerFailure = CommError | JournalUnavailable | LeaseHeldError | SchedulerError | SweepNotFoundError

/** A scheduler at work. */
export interface RunningScheduler {
  readonly sweep: SweepId
  readonly model: Effect.Effect<SchedulerModel.SchedulerModel>
  /**
   * What happens from now on, each event with the model that it led to; a slow reader misses the oldest. It goes on
   * without an end: `Stream.takeUntil(({ model }) => model.left)` ends it with the last that this scheduler tells.
   */
  readonly happenings: Stream.Stream<Happening>
  /** Asks the scheduler to stop as a signal does (architecture: shutdown order); await the outcome after it. */
  readonly interrupt: (signal: EventOf<"InterruptRequested">["signal"]) => Effect.Effect<void>
  /**
   * Changes what the sweep keeps to, from now on; `search`: there is something else to try, too. Waits for nothing. Dies of
   * a change that is no `PolicyChange`, such as half a worker, and changes nothing: its journal could never be read again.
   */
  readonly edit: (change: PolicyChange, search: boolean) => Effect.Effect<void>
  /** A run has shown a sign of life, for the policy's `runTimeout`; `SweepRunner` passes on what the launch agent sees. */
  readonly active: (run: RunId, attempt: number) => Effect.Effect<void>
  /** Ends the sweep for a reason that the scheduler can't see itself, for example that the launch agent gave up. */
  readonly giveUp: (reason: EndReason.EndReason, detail: string) => Effect.Effect<void>
  readonly outcome: Effect.Effect<Outcome, JournalUnavailable | LeaseHeldError>
}

/**
 * Turns a sweep into runs until the sweep ends: decides which run comes next, puts it into the launch queue,
 * watches it, and leaves the sweep in the right state. Which backend, queue and journal it works with is
 * decided by the layers underneath.
 */
export class Scheduler extends Context.Tag("@sweepline/core/Scheduler")<
  Scheduler,
  {
    /**
     * Starts to work on a sweep, until the scope closes. Fails before anything is launched: `LeaseHeldError` where
     * another scheduler has the sweep, `SweepNotFoundError` and `SchedulerError` where it can't be read, or where the
     * config is none that a scheduler can keep to (`BadWorkers`, `BadPolicy`).
     */
    readonly start: (sweep: SweepId) => Effect.Effect<RunningScheduler, SchedulerFailure, Scope.Scope>
    /**
     * Works on a sweep to its end. Interrupting it asks the scheduler to stop, and waits until it has left.
     *
     * @example
     * ```ts
     * import * as Effect from "effect/Effect"
     * import * as Scheduler from "@sweepline/core/Scheduler"
     * import { SweepId } from "@sweepline/core/SweepId"
     *
     * const program = Effect.gen(function*() {
     *   const scheduler = yield* Scheduler.Scheduler
     *   const outcome = yield* scheduler.run(SweepId.make("k3p9x0qa"))
     *   yield* Effect.log(`The sweep ended: ${outcome.reason}`)
     * })
     * ```
     */
    readonly run: (sweep: SweepId) => Effect.Effect<Outcome, SchedulerFailure>
  }
>() {}

/** The scheduler over the ports of its context. */
export const make = Effect.gen(function* () {
  const api = yield* SweepApi
  const queue = yield* LaunchQueue
  const own = yield* SchedulerRun
  const journal = yield* Journal
  const strategy = yield* Strategy
  const config = yield* SchedulerConfig

  const start = Effect.fn("Scheduler.start")(function* (sweep: SweepId) {
    yield* Effect.annotateCurrentSpan("sweepId", sweep)
    const { config: ownConfig, lost } = yield* own.start(sweep)
    const workers = yield* Either.mapLeft(
      SchedulerConfigs.workers(config, ownConfig),
      (detail) => new SchedulerError({ reason: "BadWorkers", detail })
    )
    if (workers.warning !== undefined) yield* Effect.logWarning(workers.warning)
    const record = yield* api.sweep(sweep)
    const { config: sweepConfig } = yield* Effect.mapError(
      SweepConfig.parseAccepted({ file: `sweep ${sweep}`, text: record.config }),
      (cause) => new SchedulerError({ reason: "SweepUnreadable", detail: cause.message, cause })
    )
    const journaled = yield* Journals.restore(journal, sweep)
    const { model: replayed } = journaled
    const listed = yield* api.runs(sweep)
    const executable = Executable.resolve({
      given: config.executable,
      config: sweepConfig,
      localProgram: config.localProgram
    })
    const policy = yield* Either.mapLeft(
      keptPolicy.ofConfig(config, { workers: workers.count, runCap: sweepConfig.runCap }),
      (detail) => new SchedulerError({ reason: "BadPolicy", detail })
    )
    const engine = yield* interpreter.make({
      journal,
      journaled,
      world: (model) => ({
        sweep,
        api,
        queue,
        own,
        strategy,
        config,
        executable,
        request: LaunchRequest.builder({
          sweep,
          sweepConfig,
          ownConfig,
          executable,
          config,
          environment: config.environment
        }),
        trialOf: (run) => model().runs.get(run)?.trial
      })
    })
    engine.send({
      _tag: "SchedulerStarted",
      at: yield* Clock.currentTimeMillis,
      policy,
      sweep: Option.getOrNull(record.state),
      runs: unknownRuns(replayed, listed),
      ended: endedRuns(replayed, listed)
    })
    const ended = yield* Deferred.make<void, JournalUnavailable | LeaseHeldError>()
    yield* engine.loop.pipe(Effect.raceFirst(lost), Effect.intoDeferred(ended), Effect.forkScoped)
    const request = (make: (at: number) => Event) => Effect.map(Clock.currentTimeMillis, (at) => engine.send(make(at)))
    const running: RunningScheduler = {
      sweep,
      model: Effect.sync(engine.model),
      happenings: engine.happenings,
      interrupt: (signal) => request((at) => ({ _tag: "InterruptRequested", at, signal })),
      edit: (change, search) =>
        Effect.flatMap(Effect.orDie(keptPolicy.ofChange(change)), (change) =>
          request((at) => ({ _tag: "SweepEdited", at, change, search }))
        ),
      active: (run, attempt) => request((at) => ({ _tag: "RunActive", at, run, attempt })),
      giveUp: (reason, detail) => request((at) => ({ _tag: "SweepGivenUp", at, reason, detail })),
      outcome: Effect.map(Deferred.await(ended), () => outcomeOf(sweep, engine.model()))
    }
    return running
  })

  return Scheduler.of({ start, run: (sweep) => toEnd(start(sweep)) })
})

/** Works to the end of what was started. Interrupting it asks the scheduler to stop, and waits until it has left. */
export const toEnd = <E, R>(
  start: Effect.Effect<RunningScheduler, E, R>
): Effect.Effect<Outcome, E | JournalUnavailable | LeaseHeldError, Exclude<R, Scope.Scope>> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(start), (running) =>
      Effect.onInterrupt(restore(running.outcome), () =>
        Effect.zipRight(running.interrupt("Interruption"), Effect.ignore(running.outcome))
      )
    ).pipe(Effect.scoped)
  )

/** The scheduler, over whichever backend, queue, journal and strategy. */
export const layer: Layer.Layer<
  Scheduler,
  never,
  SweepApi | LaunchQueue | SchedulerRun | Journal | Strategy | SchedulerConfig
> = Layer.effect(Scheduler, make)

// internal

/** Runs that the model doesn't know, and pending ones of which it knows only an earlier attempt. */
const unknownRuns = (
  model: SchedulerModel.SchedulerModel,
  listed: ReadonlyArray<RunRecord>
): ReadonlyArray<UnknownRun> =>
  listed.flatMap(({ attempt, id, state, summary, trial }) =>
    (knownAttempt(model, id) ?? 0) >= (state === "pending" ? attempt : 1)
      ? []
      : [
          {
            id,
            state,
            trial,
            attempt,
            excluded: (state === "killed" || state === "crashed") && summary.size === 0
          }
        ]
  )

/** Managed runs that ended while nobody watched: what they took is over since then. */
const endedRuns = (
  model: SchedulerModel.SchedulerModel,
  listed: ReadonlyArray<RunRecord>
): EventOf<"SchedulerStarted">["ended"] =>
  listed.flatMap(({ attempt, endedAt, id }) =>
    endedAt !== undefined && model.runs.get(id)?.attempt === attempt ? [{ run: id, attempt, at: endedAt }] : []
  )

const knownAttempt = (model: SchedulerModel.SchedulerModel, id: RunRecord["id"]): number | undefined =>
  model.runs.get(id)?.attempt ?? Option.getOrUndefined(HashMap.get(model.past, id))?.attempts

const signals = { SIGINT: 130, SIGTERM: 143, Interruption: 130 } as const

const outcomeOf = (sweep: SweepId, { counts, end, launched, state }: SchedulerModel.SchedulerModel): Outcome => {
  const reason = end?.reason ?? "Defect"
  const exitCode = end?.signal === undefined ? EndReason.ending(reason).exitCode : signals[end.signal]
  return { sweep, state, reason, detail: end?.detail, exitCode, launched, counts }
}
