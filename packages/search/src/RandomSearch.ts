import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Random from "./Random.js"
import type { Space } from "./Space.js"

/**
 * Random search: the n-th suggestion of a seed, each parameter drawn from its own stream.
 * Earlier runs don't matter and points may repeat, as on W&B (§3).
 */
export const suggest = (space: Space, seed: number, n: number): TrialConfig => space.trial(draw(space, seed, n))

/** The coordinates of the n-th suggestion. Adding a parameter to a config leaves the others' values as they were. */
export const draw = (space: Space, seed: number, n: number): Float64Array =>
  Float64Array.from(space.dimensions, ({ draw: at, path }) => at(Random.stream(seed, "random", n, ...path).uniform()))
