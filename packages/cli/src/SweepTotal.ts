import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Grid from "@sweepline/search/Grid"
import * as Either from "effect/Either"

/** How many runs a sweep will have: its run_cap, or the points of its grid if they are fewer. `undefined`: no end. */
export const of = (config: SweepConfig): number | undefined => {
  const grid =
    config.method === "grid"
      ? Either.match(Grid.make(config.parameters), { onLeft: () => undefined, onRight: ({ size }) => Number(size) })
      : undefined
  if (config.runCap === undefined) return grid
  return grid === undefined ? config.runCap : Math.min(config.runCap, grid)
}
