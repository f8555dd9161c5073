import type { Parameter } from "@sweepline/core/Parameter"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Draws from "@sweepline/simulation/Draws"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as Either from "effect/Either"

/** How long runs take: drawn from a model, or in proportion to one of their parameters. */
export interface RunDuration {
  /** As it was written. */
  readonly text: string
  /** Milliseconds. */
  readonly of: (trial: TrialConfig | undefined, draws: Draws.Draws) => number
  /** About how long a run takes, in milliseconds: for how often it is looked at. */
  readonly typical: number
}

/** Runs that take as long as a model draws. */
export const ofModel = (model: DurationModel.DurationModel): RunDuration => ({
  text: DurationModel.format(model),
  of: (_, draws) => DurationModel.draw(model, draws),
  typical: median(Array.from({ length: 101 }, (_, n) => DurationModel.draw(model, Draws.make(n, "typical"))))
})

/**
 * Reads `parameter(NAME, TIME)`, where a run takes its parameter's value times a duration, or any text of a
 * duration model. `Left` is a sentence.
 */
export const parse = (text: string, config: SweepConfig): Either.Either<RunDuration, string> => {
  const [, name, unit] = parameterText.exec(text) ?? []
  if (name === undefined || unit === undefined) {
    return Either.mapBoth(DurationModel.parse(text), { onLeft: ({ message }) => message, onRight: ofModel })
  }
  const parameter = config.parameters.get(name)
  if (parameter === undefined) {
    const names = [...config.parameters.keys()].join(", ")
    return Either.left(`--duration ${text} names a parameter that the sweep doesn't have; it has ${names}.`)
  }
  if (!isNumeric(parameter)) return Either.left(`--duration ${text}: not every value of ${name} is a number.`)
  return Either.mapBoth(DurationModel.parse(unit), {
    onLeft: ({ message }) => message,
    onRight: (model): RunDuration => ({
      text: text.trim(),
      of: (trial, draws) => numberOf(trial?.get(name)) * DurationModel.draw(model, draws),
      typical: ofModel(model).typical * typicalValue(parameter)
    })
  })
}

// internal

const parameterText = /^\s*parameter\s*\(\s*([^,()]+?)\s*,(.+)\)\s*$/s

const median = (numbers: Array<number>): number => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0

const numberOf = (value: unknown): number =>
  typeof value === "number" || typeof value === "bigint" ? Number(value) : 0

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint"

const isNumeric = (parameter: Parameter): boolean => {
  switch (parameter.distribution) {
    case "constant":
      return isNumber(parameter.value)
    case "categorical":
    case "categorical_w_probabilities":
      return parameter.values.every(isNumber)
    case "nested":
      return false
    default:
      return true
  }
}

/** A value in the middle of a parameter's; 1 where only a distribution's shape is known. */
const typicalValue = (parameter: Parameter): number => {
  switch (parameter.distribution) {
    case "constant":
      return numberOf(parameter.value)
    case "categorical":
    case "categorical_w_probabilities":
      return median(parameter.values.map(numberOf))
    case "int_uniform":
    case "uniform":
    case "q_uniform":
    case "log_uniform_values":
    case "inv_log_uniform_values":
    case "q_log_uniform_values":
      return (parameter.min + parameter.max) / 2
    default:
      return 1
  }
}
