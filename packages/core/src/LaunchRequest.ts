import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Executable } from "./Executable.js"
import { LaunchError } from "./LaunchError.js"
import * as PythonText from "./PythonText.js"
import { isDict, isTruthy, type PythonDict, type PythonValue } from "./PythonValue.js"
import type { RunId } from "./RunId.js"
import * as RunKey from "./RunKey.js"
import type { SchedulerConfig } from "./SchedulerConfig.js"
import { SchedulerError } from "./SchedulerError.js"
import * as SweepCommand from "./SweepCommand.js"
import type { SweepConfig } from "./SweepConfig.js"
import type { SweepId } from "./SweepId.js"
import type { TrialConfig } from "./TrialConfig.js"

/** One attempt of one run, for a launch queue. Adapters build their spec from it. */
export interface LaunchRequest {
  readonly key: RunKey.RunKey
  readonly sweep: SweepId
  readonly run: RunId
  readonly attempt: number
  readonly queue: string
  /** 0 is the most urgent; W&B's default is 2 (B4, B58). */
  readonly priority: number
  readonly executable: Executable
  readonly trial: TrialConfig
  /** Replaces the job's or image's own entry point; `undefined` keeps it (B57, B72). */
  readonly entryPoint: ReadonlyArray<PythonValue> | undefined
  /** The launch config: the own run's `launch` section with the overrides merged in (B76, B77). */
  readonly launch: PythonDict
  readonly author: string | undefined
}

/** What a request is made of. */
export interface Options {
  readonly config: SweepCommand.Config
  readonly executable: Executable
  readonly sweep: SweepId
  readonly run: RunId
  readonly attempt: number
  readonly trial: TrialConfig
  readonly queue: string
  /** The `launch` section; null is absent (RD34). */
  readonly launch: PythonValue | undefined
  readonly author: string | undefined
  /** For `${envvar:NAME}` in the command. */
  readonly environment: ReadonlyMap<string, string>
}

/** A request, and what to tell the person about it. */
export interface Prepared {
  readonly request: LaunchRequest
  readonly warnings: ReadonlyArray<string>
}

/**
 * The request of one attempt of a run (B57–B59, B72–B78). For a job or an image the command
 * becomes entry point and arguments, and the launch section is copied: its
 * `overrides.run_config` takes the run's parameters over its own, its `overrides.args` the
 * command's arguments. For the sweep's own program the section stays as it is, since the
 * launch agent makes the command line (`AgentCommandLine`).
 *
 * Fails with `SchedulerError` for a command that can't be used, and with `LaunchError` for
 * such a launch section.
 */
export const make = (options: Options): Either.Either<Prepared, LaunchError | SchedulerError> =>
  Either.gen(function* () {
    const { attempt, executable, queue, run, sweep, trial } = options
    const section = yield* dictAt(run, "launch", options.launch)
    const request: LaunchRequest = {
      key: RunKey.make(run, attempt),
      sweep,
      run,
      attempt,
      queue,
      priority: yield* readPriority(run, section.get("priority")),
      executable,
      trial,
      entryPoint: undefined,
      launch: section,
      author: options.author === "" ? undefined : options.author
    }
    if (executable.kind === "program") return { request, warnings: [] }
    const command = yield* SweepCommand.forLaunch(options)
    const merged = yield* withOverrides(section, options, command.args)
    const warnings = [...command.warnings]
    if (command.entryPoint !== undefined) {
      warnings.push(`The sweep's command replaces the entry point of the ${executable.kind}.`)
    }
    const both = isTruthy(section.get("resource_args")) && isTruthy(section.get("template_variables"))
    if (both) warnings.push("The launch section has resource_args beside template_variables: they are left out.")
    const launch = both ? without(merged, "resource_args") : merged
    return { request: { ...request, entryPoint: command.entryPoint, launch }, warnings }
  })

/**
 * Makes the requests of one sweep. Each warning is logged once. Where nothing can be executed
 * every request fails, with the sentence on the left of `executable`. The launch section is
 * the own run's; without one, the sweep config's.
 */
export const builder = (options: {
  readonly sweep: SweepId
  readonly sweepConfig: SweepConfig
  readonly ownConfig: PythonDict
  readonly executable: Either.Either<Executable, string>
  readonly config: Pick<SchedulerConfig["Type"], "author" | "queue">
  readonly environment?: ReadonlyMap<string, string>
}) => {
  const { config, environment = new Map<string, string>(), executable, ownConfig, sweep, sweepConfig } = options
  const told = new Set<string>()
  return Effect.fnUntraced(function* (
    run: RunId,
    attempt: number,
    trial: TrialConfig
  ): Effect.fn.Return<LaunchRequest, LaunchError | SchedulerError> {
    const { request, warnings } = yield* make({
      config: sweepConfig,
      executable: yield* Either.mapLeft(executable, (detail) => new SchedulerError({ reason: "NoExecutable", detail })),
      sweep,
      run,
      attempt,
      trial,
      queue: config.queue,
      launch: ownConfig.get("launch") ?? sweepConfig.launch,
      author: config.author,
      environment
    })
    for (const warning of warnings) {
      if (told.has(warning)) continue
      told.add(warning)
      yield* Effect.logWarning("A launch differs from what the sweep config may mean").pipe(
        Effect.annotateLogs({
          package: "@sweepline/core",
          module: "LaunchRequest",
          sweepId: sweep,
          runId: run,
          warning
        })
      )
    }
    return request
  })
}

// internal

const defaultPriority = 2

const withOverrides = (
  section: PythonDict,
  { run, trial }: Options,
  args: ReadonlyArray<string>
): Either.Either<PythonDict, LaunchError> =>
  Either.gen(function* () {
    const overrides = yield* dictAt(run, "launch.overrides", section.get("overrides"))
    const runConfig = yield* dictAt(run, "launch.overrides.run_config", overrides.get("run_config"))
    const merged = new Map<string, PythonValue>(overrides).set("run_config", new Map([...runConfig, ...trial]))
    if (args.length > 0) merged.set("args", args)
    return new Map<string, PythonValue>(section).set("overrides", merged)
  })

const without = (dict: PythonDict, key: string): PythonDict => new Map([...dict].filter(([name]) => name !== key))

const dictAt = (run: RunId, path: string, value: PythonValue | undefined): Either.Either<PythonDict, LaunchError> => {
  if (value === undefined || value === null) return Either.right(new Map())
  return isDict(value)
    ? Either.right(value)
    : Either.left(invalid(run, `${path} must be a mapping, not ${PythonText.repr(value)}`))
}

/** An integer as Python's `int` reads one (B58); null is absent (RD34). */
const readPriority = (run: RunId, value: PythonValue | undefined): Either.Either<number, LaunchError> => {
  if (value === undefined || value === null) return Either.right(defaultPriority)
  const number = typeof value === "string" && /^\s*[-+]?[0-9]+\s*$/.test(value) ? Number(value) : value
  return typeof number === "bigint" || (typeof number === "number" && Number.isFinite(number))
    ? Either.right(Math.trunc(Number(number)))
    : Either.left(invalid(run, `launch.priority must be a whole number, not ${PythonText.repr(value)}`))
}

const invalid = (run: RunId, detail: string): LaunchError => new LaunchError({ reason: "InvalidSpec", run, detail })
