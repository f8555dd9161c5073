import { isDict } from "@sweepline/core/PythonValue"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import * as PythonText from "@sweepline/core/PythonText"
import * as SamplerName from "@sweepline/core/SamplerName"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Either from "effect/Either"
import type { Space } from "./Space.js"
import type * as Tpe from "./Tpe.js"

/** A sampler and what is set of it. */
export interface Sampler {
  readonly name: SamplerName.SamplerName
  readonly tpe: Tpe.Options
}

/** What of a sweep config the choice depends on. */
export type SamplerConfig = Pick<SweepConfig, "method" | "metric" | "metrics" | "scheduler">

/**
 * The sampler of a sweep with `method: bayes` or `custom`, or why there is none, as a sentence.
 *
 * Left to itself it is the Gaussian process where one metric and at most 20 parameters that
 * vary are searched, and TPE otherwise. The config's `scheduler` section overrides that, in
 * the key names of W&B and of its Optuna scheduler (§1.4, §8):
 *
 * - `engine: wandb` leaves the choice, `engine: optuna` is TPE, `engine: ax` the Gaussian process;
 * - `settings: {sampler: {type: TPESampler}}` names a sampler as Optuna does: `GPSampler`,
 *   `TPESampler`, `CmaEsSampler`, `QMCSampler` or `RandomSampler`, in any case, with or without
 *   "Sampler". Of its `args`, TPE heeds `n_startup_trials` and `n_ei_candidates`;
 * - `optimizer: tpe` names one too. W&B means Python code by it, which isn't run.
 *
 * Of several metrics the Gaussian process models how many fronts lie before a run's own (`Fronts`).
 *
 * `method: custom` is taken where such a section, or several `metrics`, say what to do.
 */
export const choose = (config: SamplerConfig, space: Space): Either.Either<Sampler, string> => {
  const scheduler = config.scheduler ?? none
  const settings = sectionOf(scheduler, "settings")
  const sampler = sectionOf(settings, "sampler")
  const given = sampler.get("type") ?? scheduler.get("optimizer")
  const engine = scheduler.get("engine")
  const several = config.metrics.length > 0
  if (config.method === "custom" && !several && given === undefined && (engine === undefined || engine === "wandb")) {
    return Either.left(
      "method: custom leaves the search to your own Strategy; write grid, random or bayes to have one."
    )
  }
  if (config.metric === undefined && !several) {
    return Either.left("The search needs to know what to optimise: add metric: {name: loss, goal: minimize}.")
  }
  const auto = several || searchable(space) > mostForGp ? "tpe" : "gp"
  const name = given === undefined ? (SamplerName.ofEngine(engine) ?? auto) : SamplerName.named(given)
  if (name === undefined) {
    return Either.left(
      `There is no sampler ${PythonText.repr(given ?? null)} here: name one of ${SamplerName.all.join(", ")}.`
    )
  }
  if (several && name === "cmaes") {
    return Either.left("The sampler cmaes takes one metric, and the config has several: name tpe or gp instead.")
  }
  return Either.right({ name, tpe: options(sectionOf(sampler, "args")) })
}

// internal

/** With more coordinates than this a Gaussian process learns too little from a few hundred runs. */
const mostForGp = 20

const none: PythonDict = new Map()

const searchable = ({ dimensions }: Space): number => dimensions.filter(({ levels }) => levels > 1).length

const sectionOf = (dict: PythonDict, key: string): PythonDict => {
  const section = dict.get(key)
  return isDict(section) ? section : none
}

const options = (args: PythonDict): Tpe.Options => {
  const startupTrials = countOf(args.get("n_startup_trials"), 0)
  const candidates = countOf(args.get("n_ei_candidates"), 1)
  return {
    ...(startupTrials === undefined ? {} : { startupTrials }),
    ...(candidates === undefined ? {} : { candidates })
  }
}

/** A whole number from a least one to a million; whoever reads a config's text is told where there is another. */
const countOf = (value: PythonValue | undefined, least: number): number | undefined => {
  const count = typeof value === "bigint" ? Number(value) : value
  return typeof count === "number" && Number.isInteger(count) && count >= least ? Math.min(count, 1e6) : undefined
}
