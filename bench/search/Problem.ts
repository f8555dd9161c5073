import type { Parameter } from "@sweepline/core/Parameter"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import definitions from "./problems.json" with { type: "json" }

/** A function whose least value is known, as something to search. Regrets are what a value has above that. */
export interface Problem {
  readonly name: string
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly optimum: number
  readonly trueValue: (trial: TrialConfig) => number
  /** What the n-th run of a sweep reports whose true value is given: the same for every searcher. */
  readonly reported: (value: number, seed: number, run: number) => number
}

/** The problems of `problems.json`, which `peers/problems.py` defines in Python to the same values. */
export const all = (): ReadonlyArray<Problem> =>
  Object.entries(definitions as Record<string, Definition>).map(
    ([name, { optimum, parameters, report = {}, ...definition }]) => ({
      name,
      optimum,
      parameters: new Map(Object.entries(parameters)),
      trueValue: (trial) => (functions[definition.function] ?? unknown)(trial),
      reported: (value, seed, run) => {
        if (report.at !== undefined && chance(seed, run, 0) < (report.diverges ?? 0)) return report.at
        if (report.deviation === undefined) return value
        const radius = Math.sqrt(-2 * Math.log(chance(seed, run, 1)))
        return value + report.deviation * radius * Math.cos(2 * Math.PI * chance(seed, run, 2))
      }
    })
  )

// internal

interface Definition {
  readonly function: string
  readonly optimum: number
  readonly report?: { readonly diverges?: number; readonly at?: number; readonly deviation?: number }
  readonly parameters: Record<string, Parameter>
}

const alpha = [1, 1.2, 3, 3.2]
const slopes = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14]
]
const centres = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]
]
const shift = [11.3, -7.9, 4.6, -14.2, 9.1]

const number = (trial: TrialConfig, name: string): number => Number(trial.get(name))

const numbers = (trial: TrialConfig, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, j) => number(trial, `x${j + 1}`))

const square = (x: number): number => x * x

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

const branin = (trial: TrialConfig): number => {
  const x = number(trial, "x")
  const valley = number(trial, "y") - (5.1 * x * x) / (4 * Math.PI * Math.PI) + (5 * x) / Math.PI - 6
  return valley * valley + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
}

const hartmann6 = (trial: TrialConfig): number => {
  const x = numbers(trial, 6)
  return -sum(
    alpha.map(
      (height, i) =>
        height * Math.exp(-sum(x.map((at, j) => (slopes[i]?.[j] ?? 0) * square(at - (centres[i]?.[j] ?? 0)))))
    )
  )
}

const ackley5 = (trial: TrialConfig): number => {
  const x = numbers(trial, 5).map((at, j) => at - (shift[j] ?? 0))
  const radius = Math.sqrt(sum(x.map(square)) / 5)
  const waves = sum(x.map((at) => Math.cos(2 * Math.PI * at))) / 5
  return 20 - 20 * Math.exp(-0.2 * radius) + Math.E - Math.exp(waves)
}

const rosenbrock4 = (trial: TrialConfig): number => {
  const x = numbers(trial, 4)
  return sum(x.slice(1).map((after, j) => 100 * square(after - square(x[j] ?? 0)) + square(1 - (x[j] ?? 0))))
}

const idealRates: Record<string, number> = { sgd: -0.7, momentum: -1.6, rmsprop: -2.8, adam: -2.5 }
const lags: Record<string, number> = { sgd: 0.15, momentum: 0.04, rmsprop: 0.06, adam: 0 }
const shapes: Record<string, number> = { tanh: 0.1, relu: 0.03, gelu: 0 }

/** A loss like that of a network: how fast to learn depends on the optimizer and the width. */
const training = (trial: TrialConfig): number => {
  const optimizer = String(trial.get("optimizer"))
  const wide = Math.log2(number(trial, "width") / 192)
  const fast = Math.log10(number(trial, "learning_rate")) - (idealRates[optimizer] ?? Number.NaN) + 0.2 * wide
  const decay = Math.log10(number(trial, "weight_decay")) + 3.6
  const deep = number(trial, "depth") - 7
  const drop = number(trial, "dropout") - 0.2
  return (
    1 -
    Math.exp(-0.5 * fast * fast) +
    (lags[optimizer] ?? Number.NaN) +
    (shapes[String(trial.get("activation"))] ?? Number.NaN) +
    0.04 * decay * decay +
    0.01 * deep * deep +
    0.03 * wide * wide +
    1.5 * drop * drop * (1 + 0.1 * Math.abs(deep))
  )
}

/** Parameters that matter by their logarithm. */
const rates = (trial: TrialConfig): number => {
  const fast = Math.log10(number(trial, "learning_rate")) + 3
  const decay = Math.log10(number(trial, "weight_decay")) + 4
  const wide = Math.log2(number(trial, "units") / 64)
  return fast * fast + 0.5 * decay * decay + 0.1 * wide * wide
}

/** One that matters by the logarithm of what it lacks to one, one by its own, and one as it is. */
const horizon = (trial: TrialConfig): number => {
  const far = Math.log10(1 - number(trial, "discount")) + 2
  const fast = Math.log10(number(trial, "learning_rate") + 1e-6) + 3
  const clip = number(trial, "clip") - 0.2
  return far * far + fast * fast + 10 * clip * clip
}

const functions: Record<string, (trial: TrialConfig) => number> = {
  branin,
  hartmann6,
  ackley5,
  rosenbrock4,
  training,
  rates,
  horizon
}

const unknown = (): number => Number.NaN

/** A number in (0, 1) that both languages draw alike. */
const chance = (seed: number, run: number, draw: number): number => {
  let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca77) ^ Math.imul(draw + 1, 0xc2b2ae3d)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / 4294967296
}
