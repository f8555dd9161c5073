import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import type { Job } from "@sweepline/core/Executor"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import * as Journal from "@sweepline/core/Journal"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as MemoryLaunchQueue from "@sweepline/core/MemoryLaunchQueue"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import type { RunId } from "@sweepline/core/RunId"
import * as RunLog from "@sweepline/core/RunLog"
import * as MemoryRunLog from "@sweepline/core/MemoryRunLog"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as MemorySchedulerRun from "@sweepline/core/MemorySchedulerRun"
import * as Slots from "@sweepline/core/Slots"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as EarlyStoppingLive from "@sweepline/search/EarlyStoppingLive"
import * as SearchLive from "@sweepline/search/SearchLive"
import type * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import type { SimulatedJob } from "@sweepline/simulation/SimulatedJob"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"

/** What is simulated. */
export interface Setting {
  /** The sweep config as YAML text. */
  readonly config: string
  readonly workers: number
  readonly retries: number
  /** Milliseconds that a run has to end when it is stopped. */
  readonly grace: number
  /** Milliseconds from its start after which the sweep ends; `undefined`: it has no deadline. */
  readonly deadline: number | undefined
  /** Hours on GPUs that the sweep may take. */
  readonly budget: number | undefined
  readonly gpusPerRun: number
  /** The seed of the search. */
  readonly seed: number
  /** The seed of everything else that is drawn. */
  readonly chance: string
  readonly engine: (trialOf: (job: SimulatedJob) => TrialConfig | undefined) => SimulatedEngine.Options
  /** How often metrics are read and runs judged by them, in milliseconds; `undefined`: only once they have ended. */
  readonly judgedEvery: number | undefined
}

/** What became of a sweep in virtual time, which began at 0. */
export interface Simulated {
  readonly outcome: Scheduler.Outcome
  /** In order of suggestion. */
  readonly runs: ReadonlyArray<SweepApi.RunRecord>
  /** Every attempt, in order of launch. */
  readonly jobs: ReadonlyArray<SimulatedEngine.JobRecord>
  /** The first verdict on each run that early stopping condemned. */
  readonly verdicts: ReadonlyMap<RunId, EarlyStopping.Verdict>
  /** What the runs of a sweep with early stopping logged; empty for others. */
  readonly rows: ReadonlyMap<RunId, ReadonlyArray<RunLog.MetricRow>>
  /** Milliseconds from its start to its end. */
  readonly took: number
}

/**
 * Runs a sweep from its start to its end in virtual time: the scheduler, launch agent, sweep controller, search
 * and early stopping that `run` has, over a backend in memory and a simulated engine. The same setting gives
 * the same sweep.
 */
export const simulate = (setting: Setting) =>
  VirtualClock.simulate(
    work(setting).pipe(
      Effect.scoped,
      Effect.provide(layer(setting)),
      Logger.withMinimumLogLevel(LogLevel.None),
      Effect.withRequestBatching(false)
    ),
    { seed: setting.chance }
  ).pipe(Effect.flatMap(({ at, exit }) => Effect.map(exit, (simulated): Simulated => ({ ...simulated, took: at }))))

// internal

/** What early stopping has judged so far: the first verdict on each run. */
class Verdicts extends Context.Tag("sweepline/plan/Verdicts")<Verdicts, Map<RunId, EarlyStopping.Verdict>>() {}

/** Early stopping by the config, that notes its verdicts. */
const stopping = Layer.effect(
  EarlyStopping.EarlyStopping,
  Effect.gen(function* () {
    const { judge } = yield* EarlyStopping.EarlyStopping
    const known = yield* Verdicts
    const note = (verdicts: ReadonlyArray<EarlyStopping.Verdict>) => {
      for (const verdict of verdicts) if (!known.has(verdict.run)) known.set(verdict.run, verdict)
    }
    return { judge: (options) => Effect.tap(judge(options), (verdicts) => Effect.sync(() => note(verdicts))) }
  })
).pipe(Layer.provide(EarlyStoppingLive.layer), Layer.provideMerge(Layer.sync(Verdicts, () => new Map())))

const work = Effect.fnUntraced(function* ({ config, judgedEvery, seed }: Setting) {
  const api = yield* SweepApi.SweepApi
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent.LaunchAgent
  const log = yield* RunLog.RunLog
  const id = yield* api.createSweep({ config, name: "plan", seed })
  const running = yield* scheduler.start(id)
  yield* Effect.forkScoped(agent.run)
  const outcome = yield* running.outcome
  const runs = yield* api.runs(id)
  const rowsOf = (run: RunId) =>
    Effect.map(Stream.runCollect(log.rows({ sweep: id, run })), (rows) => [run, Chunk.toReadonlyArray(rows)] as const)
  return {
    outcome,
    runs,
    jobs: yield* (yield* SimulatedExecutor.SimulatedExecutor).history,
    verdicts: yield* Verdicts,
    rows: new Map(judgedEvery === undefined ? [] : yield* Effect.forEach(runs, (run) => rowsOf(run.id)))
  }
})

const layer = (setting: Setting) => {
  const { budget, deadline, engine, gpusPerRun, grace, judgedEvery, retries, workers } = setting
  const trials = new Map<RunKey, TrialConfig>()
  // Polls only make up for what a notification doesn't tell, and in one process that is metric rows alone.
  const interval = judgedEvery === undefined ? Duration.days(1) : Duration.millis(judgedEvery)
  const jobs = Layer.succeed(JobBuilder, {
    build: ({ key, trial }) =>
      Effect.sync(() => {
        trials.set(key, trial)
        return job
      })
  })
  const ports = Layer.mergeAll(
    MemorySweepApi.layer,
    MemoryLaunchQueue.layer,
    MemoryRunLog.layer,
    MemorySchedulerRun.layer()
  ).pipe(Layer.provideMerge(MemoryStore.layer), Layer.provide(SearchLive.layerInline), Layer.provideMerge(stopping))
  const configs = Layer.mergeAll(
    SchedulerConfig.layer({
      ...SchedulerConfig.localDefaults,
      workers,
      retries,
      deadline,
      gpusPerRun,
      budget: budget === undefined ? undefined : Duration.hours(budget),
      pollInterval: interval,
      snapshotEvery: Number.POSITIVE_INFINITY,
      // The journal forgets: waiting for company saves nothing.
      journalDelay: Duration.zero
    }),
    LaunchAgentConfig.layer({
      runsDirectory: "/",
      workingDirectory: "/",
      slots: Slots.workers(workers),
      // What fails here was meant to: a plan tells of it, and goes on.
      failureGuard: false,
      quickFailure: Duration.zero,
      killGrace: Duration.millis(grace),
      pollInterval: interval,
      outputInterval: judgedEvery === undefined ? Duration.infinity : interval
    })
  )
  return Layer.mergeAll(Scheduler.layer, LaunchAgent.layer).pipe(
    // Nobody comes after a simulated scheduler, to read what it has done.
    Layer.provide([HeartbeatStrategy.layer, Journal.layerNoop, jobs, configs]),
    Layer.provideMerge(ports),
    Layer.provideMerge(SimulatedExecutor.layer(engine((simulated) => trials.get(simulated.key))))
  )
}

/** A simulated engine runs nothing. */
const job: Job = { argv: ["simulated"], env: new Map(), cwd: "/", files: new Map() }
