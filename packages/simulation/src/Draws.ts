import { PCGRandom } from "effect/Utils"
import { scramble } from "./internal/scramble.js"

/**
 * Random numbers that depend on a seed and a subject only: what one run draws doesn't
 * change with the order in which runs are asked, nor with who else draws.
 */
export interface Draws {
  /** Uniform in [0, 1). */
  readonly uniform: () => number
  /** Standard normal. */
  readonly normal: () => number
  /** Exponential with mean 1. */
  readonly exponential: () => number
}

const generatorOf = (text: string): PCGRandom => new PCGRandom(...scramble(text))

/** The draws of a subject, for example of a run's key and what is drawn for it. */
export const make = (seed: number | string, ...subject: ReadonlyArray<string>): Draws => {
  let generator: PCGRandom | undefined
  const uniform = () => {
    generator ??= generatorOf(JSON.stringify([String(seed), ...subject]))
    return generator.number()
  }
  const exponential = () => -Math.log1p(-uniform())
  return {
    uniform,
    exponential,
    normal: () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * uniform())
  }
}
