// A sweep in virtual time for the benchmarks: the real scheduler, controller, launch agent and SQLite database, with a
// simulated engine.
import { Duration, Effect, Layer, Logger, LogLevel } from "effect"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import * as JobBuilder from "@sweepline/core/JobBuilder"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as Slots from "@sweepline/core/Slots"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as Embedded from "@sweepline/embedded/Embedded"
import * as SearchLive from "@sweepline/search/SearchLive"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"
import { join } from "node:path"

/** Milliseconds that each run takes. */
export const runTime = 60_000

const pollInterval = Duration.minutes(10)

/** A random search in a folder's database, of runs that all finish. */
const config = (runCap) => `
method: random
command: ["true"]
run_cap: ${runCap}
metric: {name: loss, goal: minimize}
parameters: {lr: {min: 0.001, max: 0.1}, layers: {values: [1, 2, 3]}}
`

/**
 * Runs a sweep to its end, or to where `finished`, told how many runs have finished each time that one has, halts it.
 * `begun` is told the sweep's id.
 */
export const simulate = ({ begun = () => {}, finished, folder, name, runCap, start = 0, workers }) => {
  let ended = 0
  const counting = Layer.effect(
    SweepApi.SweepApi,
    Effect.map(SweepApi.SweepApi, (api) => ({
      ...api,
      reportRun: (options) =>
        Effect.tap(api.reportRun(options), () => {
          if (options.report.state === "finished") return finished(++ended)
        })
    }))
  )
  const backend = Embedded.layer({ path: join(folder, "sweepline.db"), watch: false }).pipe(
    Layer.provide([SearchLive.layerInline, EarlyStopping.layerNoop])
  )
  const layer = Layer.mergeAll(
    Scheduler.layer.pipe(Layer.provide(HeartbeatStrategy.layer)),
    LaunchAgent.layer.pipe(Layer.provide(JobBuilder.layerProgram()))
  ).pipe(
    Layer.provide([
      SimulatedExecutor.layer({ duration: () => runTime, metrics: () => () => [{ loss: 0.5 }] }),
      SchedulerConfig.layer({ ...SchedulerConfig.localDefaults, workers, pollInterval }),
      LaunchAgentConfig.layer({
        runsDirectory: join(folder, "runs"),
        workingDirectory: folder,
        slots: Slots.workers(workers),
        pollInterval,
        outputInterval: Duration.infinity
      })
    ]),
    Layer.provideMerge(Layer.provideMerge(counting, backend))
  )
  const sweep = Effect.gen(function* () {
    const api = yield* SweepApi.SweepApi
    const scheduler = yield* Scheduler.Scheduler
    const agent = yield* LaunchAgent.LaunchAgent
    yield* Effect.forkScoped(agent.run)
    const id = yield* api.createSweep({ config: config(runCap), name, seed: 0 })
    begun(id)
    return yield* scheduler.run(id)
  }).pipe(Effect.scoped)
  return VirtualClock.runReport(sweep.pipe(Effect.provide(layer), Logger.withMinimumLogLevel(LogLevel.Error)), {
    seed: 0,
    start
  }).exit
}
