/** The scheduler and the launch agent of a sweep, over whichever ports. */
import { Duration, Effect, Layer } from "effect"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import * as Slots from "@sweepline/core/Slots"

/** How a sweep is run. */
export interface Options {
  readonly workers: number
  /** Polls only make up for lost notifications, and each is work that virtual time doesn't save. */
  readonly pollInterval: Duration.Duration
  readonly scheduler?: Partial<SchedulerConfig.SchedulerConfig["Type"]> | undefined
  readonly agent?: Partial<LaunchAgentConfig.LaunchAgentConfig["Type"]> | undefined
}

/** Scheduler and launch agent; what they were given beside the ports is there for others, too. */
export const layer = ({ agent, pollInterval, scheduler, workers }: Options) =>
  Layer.mergeAll(Scheduler.layer, LaunchAgent.layer).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        HeartbeatStrategy.layer,
        jobs,
        SchedulerConfig.layer({ ...SchedulerConfig.localDefaults, workers, pollInterval, ...scheduler }),
        LaunchAgentConfig.layer({
          runsDirectory: "/runs",
          workingDirectory: "/",
          slots: Slots.workers(workers),
          failureGuard: false,
          quickFailure: Duration.zero,
          pollInterval,
          outputInterval: Duration.infinity,
          ...agent
        })
      )
    )
  )

// internal

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
