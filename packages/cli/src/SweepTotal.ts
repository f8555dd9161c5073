import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Grid from "@sweepline/search/Grid"
import * as Repeats from "@sweepline/search/Repeats"
import * as Either from "effect/Either"

/** How many runs a sweep will have at most: its run_cap, or those of its grid if they are fewer. `undefined`: no end. */
export const of = (config: SweepConfig): number | undefined => {
  const grid =
    config.method === "grid"
      ? Either.match(Grid.make(Repeats.searched(config)), {
          onLeft: () => undefined,
          onRight: ({ size }) => Number(size) * (config.repeats?.times ?? 1)
        })
      : undefined
  if (config.runCap === undefined) return grid
  return grid === undefined ? config.runCap : Math.min(config.runCap, grid)
}
