/** What a sweep keeps to, and `none` where it shall no longer keep to it. */
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { durationOf } from "./DurationText.js"
import * as Environment from "./Environment.js"
import { dateOf, duration, invalid, naturalOf, readDuration, type Reading, said, stated } from "./OptionText.js"

const orNone =
  <A>(read: Reading<A>): Reading<A | undefined> =>
  (given) =>
    given.text.trim() === "none" ? Effect.succeed(undefined) : read(given)

/** A bound for this sweep, instead of the file's. */
export const runCap = stated("run-cap", "N").pipe(
  Options.mapEffect(orNone(naturalOf(1))),
  Options.withDescription("The most runs of the sweep, instead of run_cap in the file; or none."),
  Options.optional
)

const readRunTimeout: Reading<Duration.Duration> = (given) =>
  Effect.filterOrFail(readDuration(given), Duration.greaterThan(Duration.zero), () =>
    invalid(`${given.by} "${given.text}" would stop every run at once. Write a time like 30m, or none.`)
  )

/** How long a run may show no sign of life. */
export const runTimeout = duration("run-timeout", Environment.runTimeout).pipe(
  said(orNone(readRunTimeout)),
  Options.withDescription(
    "Stop a run that prints and logs nothing for so long, for example 30m; or none (SWEEPLINE_RUN_TIMEOUT)."
  ),
  Options.optional
)

/** The last moment that JavaScript's dates know. */
const lastDate = 8.64e15

const readDeadline: Reading<number> = ({ by, text }) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const at = Option.match(durationOf(text), {
      onNone: () => dateOf(text),
      onSome: (after) => now + Duration.toMillis(after)
    })
    if (at > now && at <= lastDate) return Effect.succeed(Math.ceil(at))
    const problem = at <= now ? "has passed already" : "is no time"
    return Effect.fail(invalid(`${by} "${text}" ${problem}. Write 2h, 30m, a date like 2026-12-31T18:00, or none.`))
  })

/** When the sweep ends, whatever it has by then. */
export const deadline = stated("deadline", "TIME").pipe(
  Options.mapEffect(orNone(readDeadline)),
  Options.withDescription("End the sweep then: after a time such as 2h, or at one such as 2026-12-31T18:00; or none."),
  Options.optional
)

const readBudget: Reading<number> = ({ text }) => {
  const hours = Number(/^\s*([0-9]*\.?[0-9]+)\s*(gpuh|gpu-hours?|h)?\s*$/i.exec(text)?.[1] ?? Number.NaN)
  return hours > 0 && Number.isFinite(hours)
    ? Effect.succeed(hours)
    : Effect.fail(invalid(`"${text}" is no budget of GPU hours. Write one like 10gpuh or 0.5gpuh, or none.`))
}

/** How much time on GPUs the sweep may take. */
export const budget = stated("budget", "GPUH").pipe(
  Options.mapEffect(orNone(readBudget)),
  Options.withDescription("End the sweep once its runs have taken so many GPU hours, for example 10gpuh; or none."),
  Options.optional
)
