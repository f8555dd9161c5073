import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type * as Draws from "./Draws.js"
import type { SimulatedJob } from "./SimulatedJob.js"

/** What a job logs at one step, as a JSON object on a line of its output. */
export type Row = Readonly<Record<string, number | string | boolean | null>>

/** The rows that a job has logged after so many milliseconds of running, oldest first; a longer time only adds rows. */
export type Curve = (elapsedMs: number) => ReadonlyArray<Row>

/** What a job logs. It may depend on the job, its duration in milliseconds and what is drawn, and on nothing else. */
export type MetricModel = (job: SimulatedJob, durationMs: number, draws: Draws.Draws) => Curve

const silence: Curve = () => []

/** Jobs log nothing. */
export const none: MetricModel = () => silence

/**
 * A row at each of `count` equal parts of a job's duration, the last at its end. Steps
 * count from 1. A row is asked for more than once, so it must depend on its step only:
 * draw before, not in it.
 */
export const steps =
  (count: number, row: (job: SimulatedJob, draws: Draws.Draws) => (step: number, part: number) => Row): MetricModel =>
  (job, durationMs, draws) => {
    const rowOf = row(job, draws)
    return (elapsedMs) => {
      const done = durationMs <= 0 ? count : Math.min(count, Math.floor((elapsedMs * count) / durationMs))
      return Array.from({ length: done }, (_, index) => rowOf(index + 1, (index + 1) / count))
    }
  }

/**
 * A metric that falls from `from` towards a limit that each run draws around `to`, fast at
 * first, as a training loss does.
 */
export const decay = (options: {
  readonly name: string
  readonly steps: number
  readonly from: number
  readonly to: number
  /** The standard deviation of the limit; 0 if not given. */
  readonly spread?: number
}): MetricModel =>
  steps(options.steps, (_, draws) => {
    const limit = options.to + (options.spread ?? 0) * draws.normal()
    return (step, part) => ({ step, [options.name]: limit + (options.from - limit) * Math.exp(-5 * part) })
  })

/** A metric model's text could not be read. */
export class MetricModelError extends Data.TaggedError("MetricModelError")<{ readonly text: string }> {
  override get message(): string {
    return `${JSON.stringify(this.text)} is not a metric model: write where it begins, where it ends and by how much runs differ there, as in decay(2.3, 0.4, 0.1)`
  }
}

const number = String.raw`\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*`
const decayText = new RegExp(String.raw`^\s*decay\s*\(${number},${number}(?:,${number})?\)\s*$`, "i")

/** Reads `decay(FROM, TO)` or `decay(FROM, TO, SPREAD)`, for a metric of this name that is logged so many times. */
export const parse = (
  text: string,
  options: { readonly name: string; readonly steps: number }
): Either.Either<MetricModel, MetricModelError> => {
  const [, from, to, spread] = decayText.exec(text) ?? []
  return from === undefined || to === undefined
    ? Either.left(new MetricModelError({ text }))
    : Either.right(decay({ ...options, from: Number(from), to: Number(to), spread: Number(spread ?? 0) }))
}
