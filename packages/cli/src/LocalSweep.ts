import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import * as JobBuilder from "@sweepline/core/JobBuilder"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import type * as Slots from "@sweepline/core/Slots"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as LocalMachine from "./LocalMachine.js"
import * as Places from "./Places.js"
import * as SdkServer from "./SdkServer.js"
import * as SweepRunner from "./SweepRunner.js"
import * as Sweeps from "./Sweeps.js"
import type { Given, SweepSettings } from "./SweepSettings.js"

/** A command line that says nothing of how runs are run. */
export const nothingGiven: Given = {
  workers: Option.none(),
  gpus: Option.none(),
  retries: Option.none(),
  grace: Option.none(),
  runTimeout: Option.none(),
  deadline: Option.none(),
  budget: Option.none(),
  project: Option.none(),
  wandbSdk: Option.none()
}

/** Often enough that a run is stopped soon after its time is over. */
const activityInterval = ({ runTimeout }: SweepSettings): Duration.Duration =>
  runTimeout === undefined ? Duration.infinity : Duration.millis(Math.min(10_000, Math.max(100, runTimeout / 10)))

/** The scheduler and the launch agent of one sweep, over the ports of its state folder. */
const layer = (dir: string, sweep: SweepId, settings: SweepSettings, places: ReadonlyArray<Slots.Slot>) => {
  const place = LocalMachine.place(dir, settings)
  // A queue of its own: a scheduler of another sweep in this folder has its own agent.
  const queue = sweep
  const scheduler = Scheduler.layer.pipe(
    Layer.provide(HeartbeatStrategy.layer),
    Layer.provide(
      Layer.succeed(SchedulerConfig.SchedulerConfig, {
        ...SchedulerConfig.localDefaults,
        queue,
        workers: places.length,
        retries: settings.retries,
        host: "local",
        // Who leaves before the last run has had its time would leave it behind.
        awaitStops: Duration.millis(settings.grace + 30_000),
        runTimeout: settings.runTimeout === undefined ? undefined : Duration.millis(settings.runTimeout),
        deadline: settings.deadline,
        budget: settings.budget === undefined ? undefined : Duration.hours(settings.budget),
        gpusPerRun: Places.gpusPerRun(places)
      })
    )
  )
  const agent = LaunchAgent.layer.pipe(
    Layer.provide(SdkServer.layerJobs),
    Layer.provide(JobBuilder.layerProgram(LocalMachine.make(place))),
    Layer.provide(
      LocalMachine.layerAgentConfig({
        queue,
        agent: `local-${sweep}`,
        slots: places,
        ...place,
        killGrace: Duration.millis(settings.grace),
        activityInterval: activityInterval(settings)
      })
    )
  )
  return Layer.provideMerge(Layer.mergeAll(scheduler, agent), sdkServer(dir, sweep, settings))
}

/** Where the sweep's runs that use the W&B SDK log to. */
const sdkServer = (dir: string, sweep: SweepId, { project, wandbSdk }: SweepSettings) =>
  wandbSdk === "own"
    ? SdkServer.layerOwn(sweep)
    : Layer.unwrapEffect(
        Effect.map(
          Effect.flatMap(SweepApi, (api) => api.sweep(sweep)),
          (record) => {
            const config = Sweeps.configOf(record)
            return SdkServer.layer({ dir, sweep, entity: config?.entity, project: config?.project ?? project })
          }
        )
      )

/** Works on a sweep of a state folder in the foreground. `LeaseHeldError` where another process does. */
export const run = Effect.fnUntraced(function* (
  dir: string,
  sweep: SweepId,
  options: { readonly settings: SweepSettings; readonly json: boolean }
) {
  const places = yield* Places.slots(options.settings)
  yield* SweepRunner.run(sweep, { workers: places.length, json: options.json }).pipe(
    Effect.provide(layer(dir, sweep, options.settings, places))
  )
})
