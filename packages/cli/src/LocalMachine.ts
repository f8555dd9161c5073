import * as JobBuilder from "@sweepline/core/JobBuilder"
import * as LaunchAgentConfig from "@sweepline/core/LaunchAgentConfig"
import * as Program from "@sweepline/executors/Program"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { resolve } from "node:path"
import * as Environment from "./Environment.js"
import * as Local from "./Local.js"
import type { SweepSettings } from "./SweepSettings.js"
import type { UsageError } from "./UsageError.js"

/** What runs of this machine have around them: a part of the launch agent's settings. */
export type Place = Pick<
  LaunchAgentConfig.LaunchAgentConfig["Type"],
  "entity" | "environment" | "project" | "runsDirectory" | "workingDirectory"
>

/** The place of a sweep's runs; `dir` is its state folder, absolute. */
export const place = (dir: string, { project, workingDirectory }: SweepSettings): Place => ({
  entity: undefined,
  environment: Environment.map(),
  project,
  runsDirectory: Local.runsDirectory(dir),
  workingDirectory
})

const found = (program: string, { environment, workingDirectory }: Place): boolean =>
  "path" in Program.locate(program, workingDirectory, environment.get("PATH"))

/** Whether the system executes a program's file itself. By its whole path: the `PATH` isn't searched for it. */
const executes = (program: string, at: Place): boolean => found(resolve(at.workingDirectory, program), at)

/** `python`, as W&B's agent has it; `python3` where that is the only one there is. */
const interpreter = (at: Place): string => (!found("python", at) && found("python3", at) ? "python3" : "python")

/** How this machine starts programs. */
export const make = (at: Place): JobBuilder.Machine => ({
  interpreter: interpreter(at),
  isExecutable: (program) => Effect.sync(() => executes(program, at))
})

/** The jobs of a sweep's runs, for whoever only shows them. */
export const jobs = (at: Place, config: JobBuilder.ProgramOptions["config"]) => {
  const { program } = config
  const machine = {
    interpreter: interpreter(at),
    programIsExecutable: program !== undefined && executes(program, at)
  }
  return (request: JobBuilder.ProgramOptions["request"]) =>
    JobBuilder.program({ config, request, slot: new Map(), settings: at, machine })
}

/** The job of a run, for whoever only shows it. */
export const job = (at: Place, { config, request }: Pick<JobBuilder.ProgramOptions, "config" | "request">) =>
  jobs(at, config)(request)

/** Settings of a launch agent: what is given, and of the environment what that leaves open. */
export const layerAgentConfig = (
  options: LaunchAgentConfig.Options
): Layer.Layer<LaunchAgentConfig.LaunchAgentConfig, UsageError> =>
  Layer.mapError(LaunchAgentConfig.layerConfig(options), Environment.unusable)

/** Refuses variables of the environment that no launch agent could use, before anything begins. */
export const checkEnvironment: Effect.Effect<void, UsageError> = Effect.mapError(
  Effect.asVoid(LaunchAgentConfig.config({ runsDirectory: "", workingDirectory: "" })),
  Environment.unusable
)
