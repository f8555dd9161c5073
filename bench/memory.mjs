// How much the heap grows from 100 to 10,000 finished runs: the real scheduler, controller,
// launch agent and SQLite database, with a simulated engine, in virtual time.
// Run it with `node --expose-gc bench/memory.mjs`.
import { Cause, Duration, Effect, Exit, Layer, LogLevel, Logger } from "effect"
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
import { inFolder, verdict } from "./measure.mjs"

if (globalThis.gc === undefined) throw new Error("Run it with: node --expose-gc bench/memory.mjs")

const first = 100
const last = Number(process.argv[2] ?? 10_000)
const workers = 8
const pollInterval = Duration.minutes(10)

const config = `
method: random
program: train.py
run_cap: ${last}
metric: {name: loss, goal: minimize}
parameters: {lr: {min: 0.001, max: 0.1}, layers: {values: [1, 2, 3]}}
`

const heap = () => {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** The heap each time that so many runs more have ended. */
const samples = []
let ended = 0

/** Counts the runs that end, and looks at the heap at the first and the last. */
const counting = Layer.effect(
  SweepApi.SweepApi,
  Effect.map(SweepApi.SweepApi, (api) => ({
    ...api,
    reportRun: (options) =>
      Effect.tap(api.reportRun(options), () => {
        if (options.report.state !== "finished") return
        ended++
        if (ended === first || ended === last - workers) samples.push(heap())
      })
  }))
)

const layer = (folder) => {
  const backend = Embedded.layer({ path: join(folder, "sweepline.db"), watch: false }).pipe(
    Layer.provide([SearchLive.layerInline, EarlyStopping.layerNoop])
  )
  const ports = Layer.provideMerge(counting, backend)
  return Layer.mergeAll(
    Scheduler.layer.pipe(Layer.provide(HeartbeatStrategy.layer)),
    LaunchAgent.layer.pipe(Layer.provide(JobBuilder.layerProgram()))
  ).pipe(
    Layer.provide([
      SimulatedExecutor.layer({ duration: () => 60_000, metrics: () => () => [{ loss: 0.5 }] }),
      SchedulerConfig.layer({ ...SchedulerConfig.localDefaults, workers, pollInterval }),
      LaunchAgentConfig.layer({
        runsDirectory: "/runs",
        workingDirectory: "/",
        slots: Slots.workers(workers),
        pollInterval,
        outputInterval: Duration.infinity
      })
    ]),
    Layer.provideMerge(ports)
  )
}

const sweep = Effect.gen(function* () {
  const api = yield* SweepApi.SweepApi
  const scheduler = yield* Scheduler.Scheduler
  const agent = yield* LaunchAgent.LaunchAgent
  yield* Effect.forkScoped(agent.run)
  return yield* scheduler.run(yield* api.createSweep({ config, name: "memory", seed: 0 }))
}).pipe(Effect.scoped)

await inFolder((folder) => {
  const started = performance.now()
  const { exit } = VirtualClock.runReport(
    sweep.pipe(Effect.provide(layer(folder)), Logger.withMinimumLogLevel(LogLevel.Error)),
    { seed: 0 }
  )
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`${exit.value.state}: ${ended} runs in ${seconds} s of real time`)
  const [early, late] = samples.map((bytes) => bytes / 2 ** 20)
  console.log(`heap after ${first} runs: ${early.toFixed(1)} MiB; after ${last - workers}: ${late.toFixed(1)} MiB`)
  verdict(`growth of the heap from ${first} to ${last} finished runs`, late - early, 20, "MiB")
})
