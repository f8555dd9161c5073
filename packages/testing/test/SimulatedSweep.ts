/**
 * A whole sweep in virtual time: the real scheduler, controller, search and launch agent over the memory
 * ports and a simulated engine.
 */
import { Cause, Duration, Effect, Exit, Layer, LogLevel, Logger } from "effect"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import * as Journal from "@sweepline/core/Journal"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as LaunchQueue from "@sweepline/core/LaunchQueue"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as SchedulerRun from "@sweepline/core/SchedulerRun"
import * as Slots from "@sweepline/core/Slots"
import * as SweepApi from "@sweepline/core/SweepApi"
import type * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as Faults from "../src/Faults.js"
import { memory } from "./memory.js"

/** What is simulated. */
export interface Setting {
  /** The sweep config as YAML text. */
  readonly config: string
  readonly workers: number
  readonly seed?: number
  readonly engine?: SimulatedEngine.Options
  readonly scheduler?: Partial<SchedulerConfig.SchedulerConfig["Type"]>
  readonly agent?: Partial<LaunchAgentConfig.LaunchAgentConfig["Type"]>
  /** Stands around every call of `SweepApi` and `LaunchQueue`, for scheduler and launch agent alike. */
  readonly interceptor?: Faults.Interceptor
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

/** Polls only make up for lost notifications, and each is work that virtual time doesn't save. */
const pollInterval = Duration.minutes(10)

/** A job is its trial config, so that jobs are distinct exactly where configurations are. */
const jobs = Layer.succeed(JobBuilder, {
  build: (request) =>
    Effect.sync(() => ({
      argv: ["train.py", PythonJson.stringify(request.trial)] as const,
      env: new Map(),
      cwd: "/",
      files: new Map()
    }))
})

const ports = ({ interceptor }: Setting) => {
  if (interceptor === undefined) return memory
  const { intercept } = Faults
  return Layer.mergeAll(
    Layer.effect(
      SweepApi.SweepApi,
      Effect.map(SweepApi.SweepApi, (it) => intercept("SweepApi", it, interceptor))
    ),
    Layer.effect(
      LaunchQueue.LaunchQueue,
      Effect.map(LaunchQueue.LaunchQueue, (it) => intercept("LaunchQueue", it, interceptor))
    ),
    Layer.effect(SchedulerRun.SchedulerRun, SchedulerRun.SchedulerRun)
  ).pipe(Layer.provideMerge(memory))
}

const layer = (setting: Setting) =>
  Layer.mergeAll(Scheduler.layer, LaunchAgent.layer).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        HeartbeatStrategy.layer,
        Journal.layerMemory,
        jobs,
        SchedulerConfig.layer({
          ...SchedulerConfig.localDefaults,
          workers: setting.workers,
          pollInterval,
          ...setting.scheduler
        }),
        LaunchAgentConfig.layer({
          runsDirectory: "/runs",
          workingDirectory: "/",
          slots: Slots.workers(setting.workers),
          failureGuard: false,
          pollInterval,
          outputInterval: Duration.infinity,
          ...setting.agent
        }),
        SimulatedExecutor.layer(setting.engine)
      )
    ),
    Layer.provideMerge(ports(setting)),
    Layer.provide([SearchLive.layer, EarlyStopping.layerNoop])
  )

/** Runs a sweep to its end, and tells what became of it. */
const sweep = Effect.fnUntraced(function* ({ config, seed }: Setting) {
  const api = yield* SweepApi.SweepApi
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent.LaunchAgent
  yield* Effect.forkScoped(agent.run)
  const id = yield* api.createSweep({ config, name: "simulated", seed: seed ?? 0 })
  const outcome = yield* scheduler.run(id)
  return {
    outcome,
    sweep: yield* api.sweep(id),
    runs: yield* api.runs(id),
    jobs: yield* (yield* SimulatedExecutor.SimulatedExecutor).history
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
    sweep(setting).pipe(Effect.scoped, Effect.provide(layer(setting)), Logger.withMinimumLogLevel(LogLevel.None)),
    { seed: setting.seed }
  )
  if (Exit.isFailure(report.exit)) throw new Error(Cause.pretty(report.exit.cause))
  return { ...report.exit.value, took: report.at }
}
