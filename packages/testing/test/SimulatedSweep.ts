/**
 * A whole sweep in virtual time: the real scheduler, controller, search and launch agent over the memory
 * ports and a simulated engine.
 */
import { Cause, type Context, Duration, Effect, Exit, identity, Layer, LogLevel, Logger, type Tracer } from "effect"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { Executor } from "@sweepline/core/Executor"
import * as Journal from "@sweepline/core/Journal"
import * as MemoryJournal from "@sweepline/core/MemoryJournal"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import type * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as LaunchQueue from "@sweepline/core/LaunchQueue"
import * as RunLog from "@sweepline/core/RunLog"
import * as Scheduler from "@sweepline/core/Scheduler"
import type * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as SchedulerRun from "@sweepline/core/SchedulerRun"
import * as SweepApi from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import type * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as Faults from "../src/Faults.js"
import { memory } from "./memory.js"
import * as SweepProgram from "./SweepProgram.js"

/** What is simulated. */
export interface Setting {
  /** The sweep config as YAML text. */
  readonly config: string
  readonly workers: number
  readonly seed?: number
  readonly engine?: SimulatedEngine.Options
  readonly scheduler?: Partial<SchedulerConfig.SchedulerConfig["Type"]>
  readonly agent?: Partial<LaunchAgentConfig.LaunchAgentConfig["Type"]>
  /** What people do to the sweep meanwhile; it begins when the sweep does. */
  readonly meanwhile?: (
    api: SweepApi.SweepApi["Type"],
    sweep: SweepId,
    running: Scheduler.RunningScheduler
  ) => Effect.Effect<void, unknown>
  /** Stands around every call of every port, for scheduler and launch agent alike. */
  readonly interceptor?: Faults.Interceptor
  /** Who reads the spans; nobody if not given. */
  readonly tracer?: Tracer.Tracer
  /** After this much virtual time the sweep has failed to end. */
  readonly patience?: Duration.DurationInput
}

/** A grid of `sizes[0] × sizes[1] × …` points. */
export const gridConfig = (sizes: ReadonlyArray<number>, ...lines: ReadonlyArray<string>): string =>
  [
    "method: grid",
    "program: train.py",
    ...lines,
    "parameters:",
    ...sizes.flatMap((size, index) => [
      `  p${index}:`,
      `    values: [${Array.from({ length: size }, (_, value) => value).join(", ")}]`
    ]),
    ""
  ].join("\n")

/** A random search that ends at its run_cap. */
export const randomConfig = (runCap: number): string =>
  [
    "method: random",
    "program: train.py",
    `run_cap: ${runCap}`,
    "parameters:",
    "  lr:",
    "    min: 0.0",
    "    max: 1.0",
    ""
  ].join("\n")

/** A port of the layer's output, with the setting's interceptor around each call. */
const around = <I, S extends object>(tag: Context.Tag<I, S>, name: string, { interceptor }: Setting) =>
  Layer.effect(
    tag,
    Effect.map(tag, (port) => (interceptor === undefined ? port : Faults.intercept(name, port, interceptor)))
  )

const ports = (setting: Setting) =>
  Layer.mergeAll(
    around(SweepApi.SweepApi, "SweepApi", setting),
    around(LaunchQueue.LaunchQueue, "LaunchQueue", setting),
    around(RunLog.RunLog, "RunLog", setting),
    around(SchedulerRun.SchedulerRun, "SchedulerRun", setting),
    around(Executor, "Executor", setting)
  ).pipe(Layer.provideMerge(Layer.merge(memory, SimulatedExecutor.layer(setting.engine))))

const layer = (setting: Setting) =>
  SweepProgram.layer({ ...setting, pollInterval: Duration.minutes(10) }).pipe(
    Layer.provideMerge(Layer.merge(MemoryJournal.layer, ports(setting))),
    Layer.provide([SearchLive.layer, EarlyStopping.layerNoop])
  )

/** Runs a sweep to its end, and tells what became of it. */
const sweep = Effect.fnUntraced(function* (setting: Setting) {
  const { config, seed } = setting
  const api = yield* SweepApi.SweepApi
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent.LaunchAgent
  yield* Effect.forkScoped(agent.run)
  const id = yield* api.createSweep({ config, name: "simulated", seed: seed ?? 0 })
  const running = yield* scheduler.start(id)
  if (setting.meanwhile !== undefined) yield* Effect.forkScoped(setting.meanwhile(api, id, running))
  const outcome = yield* Effect.timeoutFailCause(running.outcome, {
    duration: setting.patience ?? Duration.days(3650),
    onTimeout: () => Cause.die("The sweep doesn't end")
  })
  return {
    outcome,
    sweep: yield* api.sweep(id),
    runs: yield* api.runs(id),
    jobs: yield* (yield* SimulatedExecutor.SimulatedExecutor).history,
    journal: yield* Journal.Journal
  }
})

/** What became of a sweep. */
export type Result = Effect.Effect.Success<ReturnType<typeof sweep>> & {
  /** The virtual time that it took, in milliseconds. */
  readonly took: number
}

/** Simulates a sweep from its start to its end. */
export const simulate = (setting: Setting): Result => {
  const report = VirtualClock.runReport(
    sweep(setting).pipe(
      Effect.scoped,
      Effect.provide(layer(setting)),
      Logger.withMinimumLogLevel(LogLevel.None),
      Effect.withRequestBatching(false),
      setting.tracer === undefined ? identity : Effect.withTracer(setting.tracer)
    ),
    { seed: setting.seed }
  )
  if (Exit.isFailure(report.exit)) throw new Error(Cause.pretty(report.exit.cause))
  return { ...report.exit.value, took: report.at }
}
