import * as QueueProject from "@sweepline/api-client/QueueProject"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import type { Executable } from "@sweepline/core/Executable"
import { mostWorkers } from "@sweepline/core/SchedulerConfig"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { UsageError } from "../UsageError.js"
import * as SweepPath from "./SweepPath.js"

/** The command line of `scheduler`, as texts without quotes; an empty one counts as left out. */
export interface Given {
  readonly sweep: string
  readonly queue: Option.Option<string>
  readonly job: Option.Option<string>
  readonly imageUri: Option.Option<string>
  readonly numWorkers: Option.Option<string>
  readonly entity: Option.Option<string>
  readonly project: Option.Option<string>
  readonly projectQueue: Option.Option<string>
  readonly author: Option.Option<string>
  readonly pollingSleep: Option.Option<string>
  readonly sweepType: Option.Option<string>
  readonly dir: Option.Option<string>
  readonly requeuePending: boolean
  readonly json: boolean
}

/** What a scheduler is told, understood. */
export interface SchedulerOptions {
  readonly path: SweepPath.SweepPath
  readonly queue: string
  readonly queueProject: string
  readonly executable: Executable | undefined
  /** `undefined`: the own run's config decides (B15). */
  readonly workers: number | undefined
  readonly author: string | undefined
  readonly pollInterval: Duration.Duration
  /** The part of the own run's config that is the command line's (B13, B14). */
  readonly config: PythonDict
  /** What is odd about the command line, and what is made of it. */
  readonly warnings: ReadonlyArray<string>
}

/** Reads the command line of a scheduler (B4, B13, B15, B56; RD24, RD32). */
export const read = (given: Given): Either.Either<SchedulerOptions, UsageError> =>
  Either.gen(function* () {
    const path = yield* SweepPath.parse(given.sweep)
    const warnings: Array<string> = []
    const type = Option.getOrElse(given.sweepType, () => "wandb")
    if (type.toLowerCase() !== "wandb") {
      yield* wrong(`There is no scheduler of type "${type}": leave --sweep-type out.`)
    }
    const executable = yield* executableOf(given)
    const pollInterval = yield* secondsOf(given.pollingSleep)
    return {
      path,
      queue: Option.getOrElse(given.queue, () => "default"),
      queueProject: Option.getOrElse(given.projectQueue, () => QueueProject.modelRegistry),
      executable,
      workers: Option.getOrUndefined(Option.map(given.numWorkers, (text) => workersOf(text, warnings))),
      author: Option.getOrUndefined(given.author),
      pollInterval,
      config: leftOver(given),
      warnings
    }
  })

// internal

const wrong = (message: string): Either.Either<never, UsageError> => Either.left(new UsageError({ message }))

const executableOf = ({ imageUri, job }: Given): Either.Either<Executable | undefined, UsageError> => {
  if (Option.isSome(job) && Option.isSome(imageUri)) {
    return wrong("--job and --image-uri are both given, and a run executes one of them: leave one out.")
  }
  if (Option.isSome(job)) return Either.right({ kind: "job", name: job.value })
  if (Option.isSome(imageUri)) return Either.right({ kind: "image", uri: imageUri.value })
  return Either.right(undefined)
}

/** B15: a text that isn't only digits means 8; 0 leaves it to the run config. */
const workersOf = (text: string, warnings: Array<string>): number => {
  if (/^[0-9]+$/.test(text)) {
    if (Number(text) <= mostWorkers) return Number(text)
    warnings.push(`--num-workers takes at most ${mostWorkers}, not ${text}: there will be as many workers as that.`)
    return mostWorkers
  }
  warnings.push(`--num-workers takes a whole number, and "${text}" is none: there will be ${usualWorkers} workers.`)
  return usualWorkers
}

const usualWorkers = 8

const secondsOf = (text: Option.Option<string>): Either.Either<Duration.Duration, UsageError> => {
  if (Option.isNone(text)) return Either.right(Duration.seconds(5))
  return /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text.value)
    ? // Not faster than a server answers, and in whole milliseconds.
      Either.right(Duration.millis(Math.max(fastest, Math.ceil(Number(text.value) * 1000))))
    : wrong(`--polling-sleep takes a number of seconds, not "${text.value}".`)
}

const fastest = 50

/** The options that W&B's scheduler keeps in its own run's config (B13, B14). */
const leftOver = ({ author, imageUri, job, queue }: Given): PythonDict => {
  const config = new Map<string, PythonValue>()
  const kept = { queue, author, job, image_uri: imageUri }
  for (const [name, value] of Object.entries(kept)) if (Option.isSome(value)) config.set(name, value.value)
  return config
}
