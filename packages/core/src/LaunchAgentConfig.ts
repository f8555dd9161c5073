import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import { interval } from "./internal/configValues.js"
import * as Slots from "./Slots.js"

/** How a launch agent works. */
export class LaunchAgentConfig extends Context.Tag("@sweepline/core/LaunchAgentConfig")<
  LaunchAgentConfig,
  {
    /** The launch queue that it serves. */
    readonly queue: string
    /** Its name: an agent that starts again under the same name goes on with the runs it had. */
    readonly agent: string
    /** Where runs run: `Slots.workers(n)` or `Slots.gpus(…)`. */
    readonly slots: ReadonlyArray<Slots.Slot>
    /** The folder of all runs, absolute: a run's own folder is `<runsDirectory>/<run>`. */
    readonly runsDirectory: string
    /** The working directory of the runs, absolute. */
    readonly workingDirectory: string
    /** The environment of sweepline itself, for `${envvar:NAME}` and for what runs inherit. */
    readonly environment: ReadonlyMap<string, string>
    /** `WANDB_ENTITY` and `WANDB_PROJECT` of runs whose sweep config names none. */
    readonly entity: string | undefined
    readonly project: string | undefined
    /** How often queue and engine are asked when nothing notifies. */
    readonly pollInterval: Duration.Duration
    /** How often the output of running jobs is read; `Duration.infinity`: only when they have ended. */
    readonly outputInterval: Duration.Duration
    /** How often it is told which runs have shown a sign of life; `Duration.infinity`: never. A scheduler's `runTimeout` needs it. */
    readonly activityInterval: Duration.Duration
    /** The least time between two looks at which runs should stop, however many notifications come. */
    readonly stopInterval: Duration.Duration
    /** How long a job that was asked to end may take before it is ended by force. */
    readonly killGrace: Duration.Duration
    /** How long an interrupted agent waits for a submit, or a report of an ended run, that is under way. */
    readonly shutdownGrace: Duration.Duration
    /** A run that fails within this time failed at once: three of them set a slot aside. */
    readonly quickFailure: Duration.Duration
    /** Whether a script that fails every time stops the launching (E.1.4; `WANDB_AGENT_DISABLE_FLAPPING` is off). */
    readonly failureGuard: boolean
    /** The longest line of output that is read as metrics, in bytes. */
    readonly lineLimit: number
  }
>() {}

/** The values for one machine; the folders are the caller's to say. */
export const defaults: Omit<LaunchAgentConfig["Type"], Folders> = {
  queue: "default",
  agent: "local",
  slots: Slots.workers(1),
  environment: new Map(),
  entity: undefined,
  project: undefined,
  pollInterval: Duration.seconds(1),
  outputInterval: Duration.millis(300),
  activityInterval: Duration.infinity,
  stopInterval: Duration.millis(200),
  killGrace: Duration.seconds(30),
  shutdownGrace: Duration.seconds(10),
  quickFailure: Duration.seconds(5),
  failureGuard: true,
  lineLimit: 16 * 1024 * 1024
}

/** What has no default. */
export type Folders = "runsDirectory" | "workingDirectory"

/** What a caller says: the folders, and what differs from the defaults. */
export type Options = Pick<LaunchAgentConfig["Type"], Folders> & Partial<Omit<LaunchAgentConfig["Type"], Folders>>

/** The defaults, with what differs. */
export const layer = (options: Options): Layer.Layer<LaunchAgentConfig> =>
  Layer.succeed(LaunchAgentConfig, { ...defaults, ...options })

/**
 * The environment's values where the caller says nothing: `SWEEPLINE_QUEUE`, `SWEEPLINE_LAUNCH_POLL_INTERVAL`,
 * `SWEEPLINE_OUTPUT_INTERVAL` and `SWEEPLINE_KILL_GRACE`. W&B's `WANDB_AGENT_DISABLE_FLAPPING=true` switches the failure
 * guard off.
 */
export const config = (options: Options): Config.Config<LaunchAgentConfig["Type"]> =>
  Config.all({
    own: Config.all({
      queue: Config.string("QUEUE").pipe(Config.withDefault(defaults.queue)),
      pollInterval: interval("LAUNCH_POLL_INTERVAL").pipe(Config.withDefault(defaults.pollInterval)),
      outputInterval: interval("OUTPUT_INTERVAL").pipe(Config.withDefault(defaults.outputInterval)),
      killGrace: Config.duration("KILL_GRACE").pipe(Config.withDefault(defaults.killGrace))
    }).pipe(Config.nested("SWEEPLINE")),
    unguarded: Config.string("WANDB_AGENT_DISABLE_FLAPPING").pipe(
      Config.map((text) => text.toLowerCase() === "true"),
      Config.withDefault(false)
    )
  }).pipe(
    Config.map(({ own, unguarded }) => {
      const base = { ...defaults, ...own, ...options }
      return { ...base, failureGuard: base.failureGuard && !unguarded }
    })
  )

/** The given values over those of the environment. */
export const layerConfig = (options: Options): Layer.Layer<LaunchAgentConfig, ConfigError.ConfigError> =>
  Layer.effect(LaunchAgentConfig, config(options))
