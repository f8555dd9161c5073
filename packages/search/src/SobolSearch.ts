import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Sobol from "./Sobol.js"
import type { Space } from "./Space.js"

/** Quasi-random search: the n-th suggestion of a seed is the n-th point of a shifted Sobol sequence. Earlier runs don't matter. */
export const make = (space: Space, seed: number): ((n: number) => TrialConfig) => {
  const sobol = Sobol.make(space.dimensions.length, seed, "qmc")
  const us = new Float64Array(space.dimensions.length)
  return (n) => {
    sobol.point(n, us)
    return space.trial(us.map((u, i) => space.dimensions[i]?.draw(u) ?? u))
  }
}
