/** The scheduler and the launch agent whose crashes are tried, over whichever ports. */
import { Duration, Effect, Layer } from "effect"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as Slots from "@sweepline/core/Slots"
import type { CrashSweep } from "./CrashSweeps.js"

/** Long enough for anything that ends, short enough to see soon that something doesn't. */
export const patience = Duration.hours(12)

/** Scheduler and launch agent of a sweep. */
export const layer = (crashSweep: CrashSweep) =>
  Layer.mergeAll(Scheduler.layer, LaunchAgent.layer).pipe(
    Layer.provide(
      Layer.mergeAll(
        HeartbeatStrategy.layer,
        jobs,
        SchedulerConfig.layer({
          ...SchedulerConfig.localDefaults,
          workers: crashSweep.workers,
          pollInterval,
          ...crashSweep.scheduler
        }),
        LaunchAgentConfig.layer({
          runsDirectory: "/runs",
          workingDirectory: "/",
          slots: Slots.workers(crashSweep.workers),
          failureGuard: false,
          quickFailure: Duration.zero,
          pollInterval,
          outputInterval: Duration.infinity,
          ...crashSweep.agent
        })
      )
    )
  )

// internal

const pollInterval = Duration.minutes(1)

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
