import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as MemoryBackend from "@sweepline/core/MemoryBackend"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as Search from "@sweepline/core/Search"
import * as Slots from "@sweepline/core/Slots"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as SweepRunner from "@sweepline/core/SweepRunner"
import { Duration, Effect, Layer } from "effect"
import * as HillClimb from "./HillClimb.js"
import * as Oven from "./Oven.js"

/** A sweep that leaves all decisions to its scheduler's strategy. */
const config = `
method: custom
program: bake
run_cap: 60
metric: {name: taste, goal: maximize}
parameters: {temperature: {value: 0}, minutes: {value: 0}}
`

/** The backend, in memory. It never searches, since the strategy decides. */
const backend = MemoryBackend.layer.pipe(Layer.provide([Search.layerNoop, EarlyStopping.layerNoop]))

/** Everything here tells when it changes; a poll only makes up for a lost word. */
const pollInterval = Duration.minutes(10)

/** What a run executes. */
const jobs = Layer.succeed(JobBuilder, {
  build: ({ trial }) =>
    Effect.succeed({
      argv: ["bake", String(trial.get("temperature")), String(trial.get("minutes"))],
      env: new Map(),
      cwd: "/",
      files: new Map()
    })
})

/** The whole application: so many ovens in a kitchen. */
export const layer = (options: Oven.Kitchen & { readonly ovens: number }) =>
  Layer.mergeAll(Scheduler.layer, LaunchAgent.layer).pipe(
    Layer.provide([
      HillClimb.layer,
      Oven.layer(options),
      jobs,
      SchedulerConfig.layerLocal({ workers: options.ovens, pollInterval }),
      LaunchAgentConfig.layer({
        runsDirectory: "/runs",
        workingDirectory: "/",
        slots: Slots.workers(options.ovens),
        pollInterval,
        outputInterval: Duration.infinity
      })
    ]),
    Layer.provideMerge(backend)
  )

/** Bakes until no bread gets better, and answers the best one with how many it took. */
export const bake = Effect.gen(function* () {
  const api = yield* SweepApi.SweepApi
  const sweep = yield* api.createSweep({ config, name: "bread", seed: 0 })
  const outcome = yield* SweepRunner.run(sweep)
  const runs = yield* api.runs(sweep)
  const best = runs.reduce((a, b) => (HillClimb.tasteOf(b) > HillClimb.tasteOf(a) ? b : a))
  return {
    outcome,
    baked: runs.length,
    taste: HillClimb.tasteOf(best),
    temperature: Number(best.trial.get("temperature")),
    minutes: Number(best.trial.get("minutes"))
  }
})
