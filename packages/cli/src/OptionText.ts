/** What the texts of options mean, and what they refuse. */
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import type * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { durationOf } from "./DurationText.js"
import type * as Environment from "./Environment.js"

/** What an option refuses, in a sentence. */
export const invalid = (message: string) => ValidationError.invalidValue(HelpDoc.p(message))

/** A text option, or the variable that stands in for it: what it refuses can then name the one that was set. */
export const stated = (
  name: string,
  pseudoName: string,
  variable?: Config.Config<Environment.Stated>
): Options.Options<Environment.Stated> => {
  const own = Options.text(name).pipe(
    Options.withPseudoName(pseudoName),
    Options.map((text) => ({ text, by: `--${name}` }))
  )
  return variable === undefined ? own : Options.withFallbackConfig(own, variable)
}

/** What a text means, or what is wrong with it. */
export type Reading<A> = (stated: Environment.Stated) => Effect.Effect<A, ValidationError.ValidationError>

/** What a person wants, and whether only a variable says so, which stands in for an option that isn't given. */
export interface Said<A> {
  readonly value: A
  readonly isVariable: boolean
}

/** What the texts of an option mean, for who has to tell an option from the variable that stands in for it. */
export const said =
  <A>(read: Reading<A>) =>
  (self: Options.Options<Environment.Stated>): Options.Options<Said<A>> =>
    Options.mapEffect(self, (given) =>
      Effect.map(read(given), (value) => ({ value, isVariable: !given.by.startsWith("--") }))
    )

/** A text as it is. */
export const verbatim: Reading<string> = ({ text }) => Effect.succeed(text)

/** A whole number of at least `least`. */
export const naturalOf =
  (least: number): Reading<number> =>
  ({ by, text }) =>
    /^[0-9]{1,15}$/.test(text) && Number(text) >= least
      ? Effect.succeed(Number(text))
      : Effect.fail(invalid(`${by} takes a whole number of at least ${least}, not "${text}".`))

/** A number of workers. */
export const workersOf: Reading<number> = (given) =>
  Effect.filterOrFail(
    naturalOf(1)(given),
    (workers) => workers <= SchedulerConfig.mostWorkers,
    () => invalid(`${given.by} takes a whole number of at most ${SchedulerConfig.mostWorkers}, not "${given.text}".`)
  )

/** An option that takes a whole number of at least `least`. */
export const natural = (name: string, least: number) => stated(name, "N").pipe(Options.mapEffect(naturalOf(least)))

/** An option that takes a time, or the variable that stands in for it. */
export const duration = (name: string, variable: Config.Config<Environment.Stated>) => stated(name, "TIME", variable)

/** A time as people write it. */
export const readDuration: Reading<Duration.Duration> = ({ by, text }) =>
  Option.match(durationOf(text), {
    onNone: () => Effect.fail(invalid(`"${text}" is no duration for ${by}. Write one like 30s, 2m or 500ms.`)),
    onSome: (found) => Effect.succeed(found)
  })

/** A date as milliseconds since 1970, by this machine's clock where it names no zone; `NaN` for what is none. */
export const dateOf = (text: string): number => {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)(?:$|[T ])/.exec(text) ?? []
  // 30 February would be 2 March.
  if (new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day)) return Number.NaN
  // A date alone would be one of UTC's.
  return Date.parse(text.length === 10 ? `${text}T00:00` : text)
}
