import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import type * as Draws from "@sweepline/simulation/Draws"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as FailureModel from "@sweepline/simulation/FailureModel"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import type { Recording } from "@sweepline/simulation/Recordings"
import * as Recordings from "@sweepline/simulation/Recordings"
import type * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import type { SimulatedJob } from "@sweepline/simulation/SimulatedJob"
import * as Either from "effect/Either"
import * as Text from "../Text.js"
import * as RunDuration from "./RunDuration.js"

/** What is known of how runs behave. */
export interface Given {
  readonly duration: string | undefined
  /** Runs to repeat: of a finished sweep, or of a file. */
  readonly recordings: readonly [Recording, ...ReadonlyArray<Recording>] | undefined
  /** Where those come from, for a person. */
  readonly source: string | undefined
  readonly metric: string | undefined
  readonly steps: number | undefined
  readonly rates: FailureModel.Rates
  readonly queueWait: string | undefined
}

/** How simulated runs behave, and what a person should know of it. */
export interface Models {
  readonly engine: (seed: string, trialOf: (job: SimulatedJob) => TrialConfig | undefined) => SimulatedEngine.Options
  /** How often runs log metrics, in milliseconds. */
  readonly rowEvery: number
  /** Sentences: what is assumed. */
  readonly assumed: ReadonlyArray<string>
}

/** The models that options make. `Left` is a sentence: an option can't be read. */
export const make = (given: Given, config: SweepConfig): Either.Either<Models, string> =>
  Either.gen(function* () {
    const { recordings } = given
    const duration =
      given.duration === undefined
        ? recordings === undefined
          ? unknownDuration
          : undefined
        : yield* RunDuration.parse(given.duration, config)
    const wait =
      given.queueWait === undefined
        ? undefined
        : yield* Either.mapLeft(DurationModel.parse(given.queueWait), ({ message }) => message)
    const steps = given.steps ?? stepsOf(config)
    const metrics = yield* metricsOf(given, config, steps)
    const hasRates = Object.keys(given.rates).length > 0
    // One by one: a call takes no more than some hundred thousand arguments.
    const most = (of: (recording: Recording) => number) =>
      (recordings ?? []).reduce((greatest, each) => Math.max(greatest, of(each)), 0)
    const typical = duration?.typical ?? most(({ durationMs }) => durationMs)
    const rows = Math.max(
      steps,
      most(({ rows }) => rows.length)
    )
    return {
      rowEvery: typical / rows,
      assumed: [
        given.duration === undefined && recordings === undefined
          ? "Every run is taken to last 10 minutes: say how long with --duration, or by --like SWEEP or --curves FILE."
          : `Runs last ${duration?.text ?? `as those of ${given.source ?? "the recordings"}`}.`,
        ...(metrics?.assumed ?? [])
      ],
      engine: (seed, trialOf) => {
        const like = recordings === undefined ? undefined : Recordings.models(recordings, { seed, trialOf })
        const drawn = (job: SimulatedJob, draws: Draws.Draws) => duration?.of(trialOf(job), draws) ?? 0
        const waits = wait ?? like?.queueWait
        return {
          seed,
          ...like,
          ...(duration === undefined ? {} : { duration: drawn }),
          ...(hasRates ? { failure: FailureModel.random(given.rates) } : {}),
          ...(metrics === undefined ? {} : { metrics: metrics.model }),
          ...(waits === undefined ? {} : { queueWait: waits })
        }
      }
    }
  })

// internal

const unknownDuration = RunDuration.ofModel(DurationModel.constant(600_000))

/** How often a run logs, where nothing says so: as often as its stopping rule counts, within reason. */
const stepsOf = ({ earlyTerminate }: SweepConfig): number => {
  if (earlyTerminate === undefined) return 10
  const { eta, maxIter, minIter } = earlyTerminate
  return Math.max(1, Math.min(1000, Math.ceil(maxIter ?? (minIter ?? 1) * eta ** 3)))
}

const metricsOf = (
  { metric: text, recordings }: Given,
  config: SweepConfig,
  steps: number
): Either.Either<
  { readonly model: MetricModel.MetricModel; readonly assumed: ReadonlyArray<string> } | undefined,
  string
> => {
  const { metric } = config
  if (metric === undefined) {
    return text === undefined ? Either.right(undefined) : Either.left("--metric: the sweep names no metric.")
  }
  if (text !== undefined) {
    return Either.mapBoth(MetricModel.parse(text, { name: metric.name, steps }), {
      onLeft: ({ message }) => `--metric: ${message}`,
      onRight: (model) => ({ model, assumed: [] })
    })
  }
  // Recorded rows tell the metric, and a search that doesn't look at it needs none.
  if (recordings !== undefined || !looksAtMetrics(config)) return Either.right(undefined)
  const [from, to] = metric.goal === "minimize" ? [1, 0.2] : [0, 0.8]
  return Either.right({
    model: MetricModel.decay({ name: metric.name, steps, from, to, spread: 0.1 }),
    assumed: [
      `Each run's ${Text.oneLine(metric.name)} is taken to go from ${from} to about ${to} in ${steps} steps: say otherwise with --metric and --steps.`
    ]
  })
}

const looksAtMetrics = ({ earlyTerminate, method }: SweepConfig): boolean =>
  earlyTerminate !== undefined || method === "bayes" || method === "custom"
