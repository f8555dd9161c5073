import * as Path from "@effect/platform/Path"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Said } from "./OptionText.js"

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

/** What is kept there. `None`: it can't be read any more. */
export const decode: (text: string) => Option.Option<SweepSettings> = Schema.decodeOption(Text)

/** How a sweep was started. `None`: it was created without, for example by a client of `serve`, or they can't be read any more. */
export const stored = Effect.fnUntraced(function* (sweep: SweepId) {
  const store = yield* SweepStore
  return Option.flatMap(yield* store.settings(sweep), decode)
})

/** The same, or what goes for `run` without options. */
export const of = (sweep: SweepId) => Effect.flatMap(stored(sweep), orDefaults)

/** Settings, or where there are none what goes for `run` without options. */
export const orDefaults = (self: Option.Option<SweepSettings>) =>
  Effect.map(Path.Path, (path) => Option.getOrElse(self, () => defaults(path.resolve("."))))

/** What `run` does when it is told nothing. */
export const defaults = (workingDirectory: string): SweepSettings => ({ workingDirectory, retries: 0, grace: 10_000 })

/** The same without what ends a sweep by the clock, for another sweep. */
export const unbounded = (self: SweepSettings): SweepSettings => ({ ...self, deadline: undefined, budget: undefined })

/** What a command line may say of them; of a bound also that there shall be none. */
export interface Given {
  readonly workers: Option.Option<Said<number>>
  readonly gpus: Option.Option<Said<string>>
  readonly retries: Option.Option<Said<number>>
  readonly grace: Option.Option<Said<Duration.Duration>>
  readonly runTimeout: Option.Option<Said<Duration.Duration | undefined>>
  readonly deadline: Option.Option<number | undefined>
  readonly budget: Option.Option<number | undefined>
  readonly project: Option.Option<Said<string>>
  readonly wandbSdk: Option.Option<Said<WandbSdk>>
}

/** Settings with what a command line says on top, and the variables that stand in for its options. */
export const merge = (self: SweepSettings, given: Given): SweepSettings => ({
  workingDirectory: self.workingDirectory,
  stateFolder: self.stateFolder,
  workers: valueOr(given.workers, self.workers),
  gpus: valueOr(given.gpus, self.gpus),
  retries: valueOr(given.retries, self.retries),
  grace: Option.match(given.grace, { onNone: () => self.grace, onSome: ({ value }) => Duration.toMillis(value) }),
  runTimeout: Option.match(given.runTimeout, {
    onNone: () => self.runTimeout,
    onSome: ({ value }) => (value === undefined ? undefined : Duration.toMillis(value))
  }),
  deadline: Option.getOrElse(given.deadline, () => self.deadline),
  budget: Option.getOrElse(given.budget, () => self.budget),
  project: valueOr(given.project, self.project),
  wandbSdk: valueOr(given.wandbSdk, self.wandbSdk)
})

/**
 * The same for the settings of a sweep that is there already: it goes on as it was started unless the command line says
 * otherwise. A variable, which may be set for every sweep, stands in for what the sweep says nothing of; that no run is
 * tried again, or stopped for its silence, it says.
 */
export const mergeStored = (self: SweepSettings, given: Given): SweepSettings =>
  merge(self, {
    ...given,
    workers: Option.filter(given.workers, speaksOf(self.workers)),
    gpus: Option.filter(given.gpus, speaksOf(self.gpus)),
    retries: Option.filter(given.retries, isOption),
    grace: Option.filter(given.grace, isOption),
    runTimeout: Option.filter(given.runTimeout, isOption),
    project: Option.filter(given.project, speaksOf(self.project)),
    wandbSdk: Option.filter(given.wandbSdk, speaksOf(self.wandbSdk))
  })

/** The options that differ and that a scheduler heeds only when it begins: one that lives isn't told of them. */
export const changedForNext = (before: SweepSettings, after: SweepSettings): ReadonlyArray<string> =>
  atStart.flatMap(([name, option]) => (before[name] === after[name] ? [] : [option]))

// internal

const valueOr = <A, B>(said: Option.Option<Said<A>>, otherwise: B): A | B =>
  Option.match(said, { onNone: () => otherwise, onSome: ({ value }) => value })

const isOption = ({ isVariable }: Said<unknown>): boolean => !isVariable

/** Whether what was said goes over what is stored, or stands in where nothing is. */
const speaksOf =
  (stored: unknown) =>
  (said: Said<unknown>): boolean =>
    stored === undefined || isOption(said)

const atStart = [
  ["grace", "--grace"],
  ["runTimeout", "--run-timeout"],
  ["project", "--project"],
  ["wandbSdk", "--wandb-sdk"]
] as const
