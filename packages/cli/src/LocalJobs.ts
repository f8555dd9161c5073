import * as AgentCommandLine from "@sweepline/core/AgentCommandLine"
import type { Job } from "@sweepline/core/Executor"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import { LaunchAgentConfig } from "@sweepline/core/LaunchAgentConfig"
import { LaunchError } from "@sweepline/core/LaunchError"
import type { LaunchRequest } from "@sweepline/core/LaunchRequest"
import * as RunEnvironment from "@sweepline/core/RunEnvironment"
import * as RunParameters from "@sweepline/core/RunParameters"
import type { Slot } from "@sweepline/core/Slots"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as SweepConfigs from "@sweepline/core/SweepConfig"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"

/** What a run of a sweep's own program is made of, on this machine. */
export type Place = Pick<
  LaunchAgentConfig["Type"],
  "entity" | "environment" | "project" | "runsDirectory" | "workingDirectory"
>

/** The job of one attempt of a run: the command line and the environment that `wandb agent` would give it. */
export const job = (
  place: Place,
  config: SweepConfig,
  request: Pick<LaunchRequest, "attempt" | "run" | "sweep" | "trial">,
  slot: Slot | undefined
): Either.Either<Job, LaunchError> => {
  const { attempt, run, sweep, trial } = request
  const folder = RunEnvironment.folder(place.runsDirectory, run)
  return AgentCommandLine.make({
    config,
    trial,
    environment: place.environment,
    argsJsonFile: folder.argsFile
  }).pipe(
    Either.mapBoth({
      onLeft: ({ detail }) => new LaunchError({ reason: "InvalidSpec", run, detail }),
      onRight: ({ argsJson, argv }) => ({
        argv,
        cwd: place.workingDirectory,
        env: RunEnvironment.make({
          sweep,
          run,
          attempt,
          folder,
          entity: config.entity ?? place.entity,
          project: config.project ?? place.project,
          slot: slot?.env ?? new Map(),
          parent: place.environment
        }),
        files: new Map([
          [RunEnvironment.fileNames.config, RunParameters.yaml(trial)],
          ...(argsJson === undefined ? [] : [[RunEnvironment.fileNames.args, argsJson] as const])
        ])
      })
    })
  )
}

const make = Effect.gen(function* () {
  const api = yield* SweepApi
  const place = yield* LaunchAgentConfig
  // A sweep's config never changes.
  const configs = new Map<SweepId, SweepConfig>()
  const configOf = Effect.fnUntraced(function* ({ run, sweep }: LaunchRequest) {
    const known = configs.get(sweep)
    if (known !== undefined) return known
    const record = yield* api.sweep(sweep)
    const { config } = yield* Either.mapLeft(
      SweepConfigs.parseAccepted({ file: `sweep ${sweep}`, text: record.config }),
      ({ message }) => new LaunchError({ reason: "InvalidSpec", run, detail: message })
    )
    configs.set(sweep, config)
    return config
  })
  return JobBuilder.of({
    build: (request, slot) => Effect.flatMap(configOf(request), (config) => job(place, config, request, slot))
  })
})

/** Jobs that run a sweep's own program as a process of this machine. */
export const layer: Layer.Layer<JobBuilder, never, LaunchAgentConfig | SweepApi> = Layer.effect(JobBuilder, make)
