import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { Executable } from "./Executable.js"
import { count, interval } from "./internal/configValues.js"
import * as PythonText from "./PythonText.js"
import { isDict, type PythonDict } from "./PythonValue.js"

/** How a scheduler works. */
export class SchedulerConfig extends Context.Tag("@sweepline/core/SchedulerConfig")<
  SchedulerConfig,
  {
    /** Runs at a time; `undefined`: the own run's config decides, and 8 where it says nothing (B15). */
    readonly workers: number | undefined
    /** How often the backend is asked when nothing notifies (B4). */
    readonly pollInterval: Duration.Duration
    /** The name of the launch queue (B4). */
    readonly queue: string
    /** What runs execute, where the command line says so; otherwise the sweep config does (B56). */
    readonly executable: Executable | undefined
    /** Whether the sweep's own program is executed where neither names a job or an image: true on one machine. */
    readonly localProgram: boolean
    /** Who is told to the queue as the author of the launches. */
    readonly author: string | undefined
    /** For `${envvar:NAME}` in the command of a launched job or image (B73). */
    readonly environment: ReadonlyMap<string, string>
    /** Workers register as `<host>-<index>` (B21). */
    readonly host: string
    /** How often a failed or crashed run is run again, as the same run; attempts that were preempted don't count. */
    readonly retries: number
    /** The first wait before something that failed is tried again; it doubles, up to a minute. */
    readonly backoff: Duration.Duration
    /** Paused and drained: the scheduler ends, as the reference does, or waits for the sweep to be resumed. */
    readonly onPaused: "exit" | "wait"
    /** An interrupt leaves the sweep paused, to be resumed, or cancels it (B66). */
    readonly onInterrupt: "pause" | "cancel"
    /** How long the end waits for stopped runs to be gone; zero doesn't wait. */
    readonly awaitStops: Duration.Duration
    /**
     * Whether the strategy, or the backend behind it, hands preempted runs out again: the sweep waits for them. A strategy
     * of one's own does so by `Strategy.resumingPreempted`.
     */
    readonly resumesPreempted: boolean
    /** Whether a pending run that neither journal nor queue knows is launched at the start: a lost suggestion. */
    readonly adoptsPending: boolean
    /**
     * A run that shows no sign of life for so long is stopped. The launch agent tells of those as often as its
     * `activityInterval` says, which has to be shorter.
     */
    readonly runTimeout: Duration.Duration | undefined
    /** When the sweep ends, with whatever it has by then: milliseconds since 1970. */
    readonly deadline: number | undefined
    /** The time on GPUs that the runs may take in all. */
    readonly budget: Duration.Duration | undefined
    /** How many GPUs a run keeps busy; may be a part of one. */
    readonly gpusPerRun: number
    /** Whether a sweep has failed of whose runs none finished (`NoneFinished`); on W&B it is complete (B28). */
    readonly needsFinished: boolean
    /**
     * After so many events, or half as many as runs have ended if that is more, what they come to is kept beside the
     * journal, so that replay stays short.
     */
    readonly snapshotEvery: number
    /** How long a fact that leads to no effect may wait to be journaled together with one that does. */
    readonly journalDelay: Duration.Duration
  }
>() {}

/** W&B's values, as the reference has them. */
export const defaults: SchedulerConfig["Type"] = {
  workers: undefined,
  pollInterval: Duration.seconds(5),
  queue: "default",
  executable: undefined,
  localProgram: false,
  author: undefined,
  environment: new Map(),
  host: "localhost",
  retries: 0,
  backoff: Duration.seconds(2),
  onPaused: "exit",
  onInterrupt: "cancel",
  awaitStops: Duration.zero,
  resumesPreempted: false,
  adoptsPending: false,
  runTimeout: undefined,
  deadline: undefined,
  budget: undefined,
  gpusPerRun: 1,
  needsFinished: false,
  snapshotEvery: 1000,
  journalDelay: Duration.millis(50)
}

/** The values for one machine: a sweep survives an interrupt, lost suggestions are adopted, and a script is told that nothing worked. */
export const localDefaults: SchedulerConfig["Type"] = {
  ...defaults,
  pollInterval: Duration.seconds(1),
  localProgram: true,
  onPaused: "wait",
  onInterrupt: "pause",
  awaitStops: Duration.seconds(60),
  resumesPreempted: true,
  adoptsPending: true,
  needsFinished: true
}

/** The defaults of W&B, with what differs. */
export const layer = (options?: Partial<SchedulerConfig["Type"]>): Layer.Layer<SchedulerConfig> =>
  Layer.succeed(SchedulerConfig, { ...defaults, ...options })

/** The defaults for one machine, with what differs. */
export const layerLocal = (options?: Partial<SchedulerConfig["Type"]>): Layer.Layer<SchedulerConfig> =>
  layer({ ...localDefaults, ...options })

/** `SWEEPLINE_WORKERS`, `SWEEPLINE_POLL_INTERVAL`, `SWEEPLINE_QUEUE`, `SWEEPLINE_RETRIES` over the given values. */
export const config = (base: SchedulerConfig["Type"]): Config.Config<SchedulerConfig["Type"]> =>
  Config.all({
    workers: count("WORKERS").pipe(Config.withDefault(base.workers)),
    pollInterval: interval("POLL_INTERVAL").pipe(Config.withDefault(base.pollInterval)),
    queue: Config.string("QUEUE").pipe(Config.withDefault(base.queue)),
    retries: count("RETRIES").pipe(Config.withDefault(base.retries))
  }).pipe(
    Config.nested("SWEEPLINE"),
    Config.map((read) => ({ ...base, ...read }))
  )

/** The values of the environment over the given ones. */
export const layerConfig = (
  base: SchedulerConfig["Type"] = defaults
): Layer.Layer<SchedulerConfig, ConfigError.ConfigError> => Layer.effect(SchedulerConfig, config(base))

/** The most workers of a scheduler: no machine has so many processes, and no queue so many agents. */
export const mostWorkers = 100_000

/** How many workers there are, and what is odd about how that was said. */
export interface Workers {
  readonly count: number
  readonly warning: string | undefined
}

/**
 * B15: the option if it is given and not 0, else `scheduler.num_workers` of the own run's config; a text of
 * digits is that number, anything else 8. More than `mostWorkers` are refused, in a sentence, which names by `place` where
 * the config says so.
 */
export const workers = (
  self: Pick<SchedulerConfig["Type"], "workers">,
  ownConfig: PythonDict,
  place: string = saidBy
): Either.Either<Workers, string> => {
  if (self.workers !== undefined && self.workers !== 0) {
    return Number.isInteger(self.workers) && self.workers > 0 && self.workers <= mostWorkers
      ? right(self.workers)
      : Either.left(`A scheduler has a whole number of workers from 1 to ${mostWorkers}, not ${self.workers}.`)
  }
  const scheduler = ownConfig.get("scheduler")
  const written = isDict(scheduler) ? (scheduler.get("num_workers") ?? null) : null
  if (written === null) return right(usualWorkers)
  const text = PythonText.str(written)
  if (!/^[0-9]+$/.test(text)) {
    return right(usualWorkers, `${place} is ${text}, which is no number of workers: there will be ${usualWorkers}.`)
  }
  return Number(text) <= mostWorkers
    ? right(Number(text))
    : Either.left(`${place} is ${text}, and a scheduler has at most ${mostWorkers} workers: write fewer there.`)
}

// internal

const usualWorkers = 8

const saidBy = "scheduler.num_workers in the config of the scheduler's own run"

const right = (count: number, warning?: string): Either.Either<Workers> => Either.right({ count, warning })
