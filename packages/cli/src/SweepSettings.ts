import * as Path from "@effect/platform/Path"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** To a server of the sweep's own on this machine, or to wherever the person's own settings say. */
export const WandbSdk = Schema.Literal("local", "own")
export type WandbSdk = typeof WandbSdk.Type

/**
 * How a sweep was started on this machine: what its config doesn't say, and what `resume`
 * needs to go on in the same way.
 */
export const SweepSettings = Schema.Struct({
  /** The folder that runs work in, absolute. */
  workingDirectory: Schema.String,
  /** Where the state folder was then, absolute: both may have been moved since (`Relocation`). */
  stateFolder: Schema.optional(Schema.String),
  workers: Schema.optional(Schema.Int),
  gpus: Schema.optional(Schema.String),
  retries: Schema.Int,
  /** Milliseconds that a run has to end when it is stopped. */
  grace: Schema.Number,
  /** Milliseconds without a sign of life after which a run is stopped. */
  runTimeout: Schema.optional(Schema.Number),
  /** When the sweep ends, in milliseconds since 1970. */
  deadline: Schema.optional(Schema.Number),
  /** GPU hours that the sweep may take. */
  budget: Schema.optional(Schema.Number),
  project: Schema.optional(Schema.String),
  /** Where runs that use the W&B SDK log to; `local` by default. */
  wandbSdk: Schema.optional(WandbSdk)
})
export type SweepSettings = typeof SweepSettings.Type

const Text = Schema.parseJson(SweepSettings)

/** As the state folder keeps them. */
export const encode: (settings: SweepSettings) => string = Schema.encodeSync(Text)

/** How a sweep was started; what goes for `run` without options where that isn't known, or can't be read any more. */
export const of = Effect.fnUntraced(function* (sweep: SweepId) {
  const path = yield* Path.Path
  const store = yield* SweepStore
  const stored = yield* store.settings(sweep)
  return stored.pipe(
    Option.flatMap(Schema.decodeOption(Text)),
    Option.getOrElse(() => defaults(path.resolve(".")))
  )
})

/** What `run` does when it is told nothing. */
export const defaults = (workingDirectory: string): SweepSettings => ({ workingDirectory, retries: 0, grace: 10_000 })

/** The same without what ends a sweep by the clock, for another sweep. */
export const unbounded = (self: SweepSettings): SweepSettings => ({ ...self, deadline: undefined, budget: undefined })

/** What a command line may say of them; of a bound also that there shall be none. */
export interface Given {
  readonly workers: Option.Option<number>
  readonly gpus: Option.Option<string>
  readonly retries: Option.Option<number>
  readonly grace: Option.Option<Duration.Duration>
  readonly runTimeout: Option.Option<Duration.Duration | undefined>
  readonly deadline: Option.Option<number | undefined>
  readonly budget: Option.Option<number | undefined>
  readonly project: Option.Option<string>
  readonly wandbSdk: Option.Option<WandbSdk>
}

/** Settings with what a command line says on top. */
export const merge = (self: SweepSettings, given: Given): SweepSettings => ({
  workingDirectory: self.workingDirectory,
  stateFolder: self.stateFolder,
  workers: Option.getOrElse(given.workers, () => self.workers),
  gpus: Option.getOrElse(given.gpus, () => self.gpus),
  retries: Option.getOrElse(given.retries, () => self.retries),
  grace: Option.match(given.grace, { onNone: () => self.grace, onSome: Duration.toMillis }),
  runTimeout: Option.match(given.runTimeout, {
    onNone: () => self.runTimeout,
    onSome: (silence) => (silence === undefined ? undefined : Duration.toMillis(silence))
  }),
  deadline: Option.getOrElse(given.deadline, () => self.deadline),
  budget: Option.getOrElse(given.budget, () => self.budget),
  project: Option.getOrElse(given.project, () => self.project),
  wandbSdk: Option.getOrElse(given.wandbSdk, () => self.wandbSdk)
})

/**
 * The same as options of a command line: each that a variable of the environment could stand in for, which would otherwise
 * go over what was decided before.
 */
export const words = (self: SweepSettings): ReadonlyArray<string> => {
  const given = {
    workers: self.workers,
    gpus: self.gpus,
    retries: self.retries,
    grace: `${self.grace}ms`,
    "run-timeout": self.runTimeout === undefined ? "none" : `${self.runTimeout}ms`,
    project: self.project,
    "wandb-sdk": self.wandbSdk
  }
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]))
}

/** The options that differ and that a scheduler heeds only when it begins: one that lives isn't told of them. */
export const changedForNext = (before: SweepSettings, after: SweepSettings): ReadonlyArray<string> =>
  atStart.flatMap(([name, option]) => (before[name] === after[name] ? [] : [option]))

// internal

const atStart = [
  ["grace", "--grace"],
  ["runTimeout", "--run-timeout"],
  ["project", "--project"],
  ["wandbSdk", "--wandb-sdk"]
] as const
