// How long `sweepline resume` takes until its scheduler is at work, of a sweep with 10,000 runs behind it whose process
// was killed. Beside it the same with hardly any runs: what Node and the program themselves take.
import { Duration, Effect, Exit, Layer, Logger, LogLevel } from "effect"
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
import { spawn, spawnSync } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { inFolder, median, program, verdict } from "./measure.mjs"

const runs = 10_000
const rounds = 3

/** Runs all but the last few of a sweep's runs in virtual time, and ends as a killed process does. */
const makeSweep = (folder, before) => {
  const config = `
method: random
command: ["true"]
run_cap: ${before + 5}
metric: {name: loss, goal: minimize}
parameters: {lr: {min: 0.001, max: 0.1}, layers: {values: [1, 2, 3]}}
`
  let ended = 0
  const counting = Layer.effect(
    SweepApi.SweepApi,
    Effect.map(SweepApi.SweepApi, (api) => ({
      ...api,
      reportRun: (options) =>
        Effect.tap(api.reportRun(options), () => {
          if (options.report.state === "finished" && ++ended === before) return VirtualClock.halt
        })
    }))
  )
  const backend = Embedded.layer({ path: join(folder, "sweepline.db"), watch: false }).pipe(
    Layer.provide([SearchLive.layerInline, EarlyStopping.layerNoop])
  )
  const pollInterval = Duration.minutes(10)
  const layer = Layer.mergeAll(
    Scheduler.layer.pipe(Layer.provide(HeartbeatStrategy.layer)),
    LaunchAgent.layer.pipe(Layer.provide(JobBuilder.layerProgram()))
  ).pipe(
    Layer.provide([
      SimulatedExecutor.layer({ duration: () => 60_000, metrics: () => () => [{ loss: 0.5 }] }),
      SchedulerConfig.layer({ ...SchedulerConfig.localDefaults, workers: 1, pollInterval }),
      LaunchAgentConfig.layer({
        runsDirectory: join(folder, "runs"),
        workingDirectory: folder,
        slots: Slots.workers(1),
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
    const id = yield* api.createSweep({ config, name: "resume", seed: 0 })
    console.log(id)
    return yield* scheduler.run(id)
  }).pipe(Effect.scoped)
  const { exit } = VirtualClock.runReport(
    sweep.pipe(Effect.provide(layer), Logger.withMinimumLogLevel(LogLevel.Error)),
    { seed: 0, start: Date.now() - before * 60_000 }
  )
  if (Exit.isSuccess(exit) || ended !== before) throw new Error(`the sweep was not killed: ${ended} runs`)
  process.kill(process.pid, "SIGKILL")
}

/** Milliseconds until `resume` says that the sweep goes on. */
const resume = (folder, sweep) =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const since = () => performance.now() - started
    const child = spawn(process.execPath, [program, "resume", sweep, "--dir", folder, "--json"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"]
    })
    let ready
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (JSON.parse(line).type === "SweepStarted") ready ??= since()
    })
    child.on("close", (code) => (code === 0 ? resolve(ready) : reject(new Error(`resume ended with ${code}`))))
  })

if (process.argv[2] === "make") makeSweep(process.argv[3], Number(process.argv[4]))
else {
  const measured = async (before) => {
    const told = []
    for (let round = 0; round < rounds; round++) {
      await inFolder(async (folder) => {
        const { stdout } = spawnSync(
          process.execPath,
          [fileURLToPath(import.meta.url), "make", folder, String(before)],
          { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
        )
        told.push(await resume(folder, stdout.trim()))
      })
    }
    const took = median(told)
    console.log(`${before} runs: at work after ${took.toFixed(0)} ms`)
    return took
  }
  await measured(10)
  verdict(`resume of a sweep with ${runs} runs`, (await measured(runs)) / 1000, 1, "s")
}
