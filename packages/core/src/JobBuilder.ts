import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as AgentCommandLine from "./AgentCommandLine.js"
import type { CommError } from "./CommError.js"
import type { Job } from "./Executor.js"
import { LaunchAgentConfig } from "./LaunchAgentConfig.js"
import { LaunchError } from "./LaunchError.js"
import type { Executable } from "./Executable.js"
import type { LaunchRequest } from "./LaunchRequest.js"
import * as Recent from "./Recent.js"
import * as RunEnvironment from "./RunEnvironment.js"
import * as RunParameters from "./RunParameters.js"
import type { Slot } from "./Slots.js"
import { SweepApi } from "./SweepApi.js"
import * as SweepConfig from "./SweepConfig.js"
import type { SweepId } from "./SweepId.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"

/** Makes what an engine runs of what a scheduler asked for. */
export class JobBuilder extends Context.Tag("@sweepline/core/JobBuilder")<
  JobBuilder,
  {
    /** The same request on the same slot is the same job. `LaunchError`: it can never be run, for the reason that it says. */
    readonly build: (
      request: LaunchRequest,
      slot: Slot
    ) => Effect.Effect<Job, CommError | LaunchError | SweepNotFoundError>
  }
>() {}

/** What the machine says about how programs are started. */
export interface Machine {
  /** What `${interpreter}` stands for; `python` if not given. */
  readonly interpreter?: string | undefined
  /** Windows has no `/usr/bin/env`. */
  readonly windows?: boolean | undefined
  /** Whether the system can execute a file itself, which a sweep config names as its program. */
  readonly isExecutable?: ((program: string) => Effect.Effect<boolean>) | undefined
}

/** What a run's job is made of. */
export interface ProgramOptions {
  readonly config: Pick<SweepConfig.SweepConfig, "command" | "entity" | "program" | "project">
  readonly request: Pick<LaunchRequest, "attempt" | "run" | "sweep" | "trial">
  /** What the run's slot adds to its environment. */
  readonly slot: ReadonlyMap<string, string>
  readonly settings: Pick<
    LaunchAgentConfig["Type"],
    "entity" | "environment" | "project" | "runsDirectory" | "workingDirectory"
  >
  readonly machine: Omit<Machine, "isExecutable"> & { readonly programIsExecutable?: boolean | undefined }
}

/**
 * The job that runs a sweep's own program with a run's parameters (E.1.3): also for whoever only shows its
 * command line. `LaunchError` (`InvalidSpec`): the sweep config names nothing to run.
 */
export const program = (
  options: ProgramOptions
): Either.Either<{ readonly job: Job; readonly warnings: ReadonlyArray<string> }, LaunchError> => {
  const { config, machine, request, settings, slot } = options
  const { attempt, run, sweep, trial } = request
  const folder = RunEnvironment.folder(settings.runsDirectory, run)
  const commandLine = AgentCommandLine.make({
    ...machine,
    config,
    trial,
    environment: settings.environment,
    argsJsonFile: folder.argsFile
  })
  return Either.mapBoth(commandLine, {
    onLeft: ({ detail }) => invalid(run, detail),
    onRight: ({ argsJson, argv, warnings }) => {
      const files = new Map<string, string>([[RunEnvironment.fileNames.config, RunParameters.yaml(trial)]])
      if (argsJson !== undefined) files.set(RunEnvironment.fileNames.args, argsJson)
      const env = RunEnvironment.make({
        sweep,
        run,
        attempt,
        folder,
        entity: config.entity ?? settings.entity,
        project: config.project ?? settings.project,
        slot,
        parent: settings.environment
      })
      return { job: { argv, env, cwd: settings.workingDirectory, files }, warnings }
    }
  })
}

/** Builds the jobs of sweeps whose runs are their own program on this machine; refuses jobs and images. */
export const layerProgram = (machine: Machine = {}): Layer.Layer<JobBuilder, never, LaunchAgentConfig | SweepApi> =>
  Layer.effect(
    JobBuilder,
    Effect.gen(function* () {
      const api = yield* SweepApi
      const settings = yield* LaunchAgentConfig
      /** What sweeps execute, read again at each poll: a person may edit one while it goes on. */
      const sweeps = Recent.make<SweepId, Known>(remembered)
      const fresh = Duration.toMillis(settings.pollInterval)

      const read = Effect.fnUntraced(function* ({ run, sweep }: LaunchRequest, readAt: number) {
        const { config: text } = yield* api.sweep(sweep)
        // The backend has accepted it: what is wrong with its search is no reason not to launch.
        const { config } = yield* Effect.mapError(
          SweepConfig.parseAccepted({ file: `sweep ${sweep}`, text }),
          (error) => invalid(run, error.message)
        )
        const executable =
          config.program !== undefined && machine.isExecutable !== undefined
            ? yield* machine.isExecutable(config.program)
            : false
        const known: Known = { config, executable, readAt }
        sweeps.set(sweep, known)
        return known
      })

      const known = Effect.fnUntraced(function* (request: LaunchRequest) {
        const now = yield* Clock.currentTimeMillis
        const before = sweeps.get(request.sweep)
        if (before === undefined) return yield* read(request, now)
        if (Math.abs(now - before.readAt) < fresh) return before
        return yield* Effect.catchTag(read(request, now), "CommError", () => Effect.succeed(before))
      })

      return JobBuilder.of({
        build: Effect.fnUntraced(function* (request, slot) {
          const refused = refusal(request.executable)
          if (refused !== undefined) return yield* invalid(request.run, refused)
          const { config, executable } = yield* known(request)
          const built = yield* program({
            config,
            request,
            slot: slot.env,
            settings,
            machine: { interpreter: machine.interpreter, windows: machine.windows, programIsExecutable: executable }
          })
          for (const warning of built.warnings) {
            yield* Effect.logDebug("The command of a run is doubtful").pipe(Effect.annotateLogs({ warning }))
          }
          return built.job
        })
      })
    })
  )

// internal

/** What a sweep executes, and when that was read. */
interface Known {
  readonly config: SweepConfig.SweepConfig
  readonly executable: boolean
  readonly readAt: number
}

/** How many sweeps' commands are kept: an agent may live for weeks. */
const remembered = 64

const invalid = (run: string, detail: string): LaunchError => new LaunchError({ reason: "InvalidSpec", run, detail })

const refusal = (executable: Executable): string | undefined => {
  switch (executable.kind) {
    case "program":
      return undefined
    case "job":
      return `Job ${executable.name} can't be run here: this agent runs the program of a sweep config.`
    case "image":
      return `Image ${executable.uri} can't be run here: this agent runs the program of a sweep config.`
  }
}
