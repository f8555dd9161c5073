import { EarlyStopping } from "@sweepline/core/EarlyStopping"
import type { EarlyTerminate } from "@sweepline/core/EarlyTerminate"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Asha from "./Asha.js"
import type { Judge } from "./Curves.js"
import * as Hyperband from "./Hyperband.js"
import * as Median from "./Median.js"

/** The stopping rule of a config; one that stops nothing where it has none, or several objectives. */
export const judgeOf = ({ earlyTerminate, metric }: SweepConfig): Judge =>
  earlyTerminate === undefined || metric === undefined
    ? () => []
    : rules[earlyTerminate.type](earlyTerminate, metric.goal)

/**
 * Early stopping by the config's `early_terminate`. The verdicts depend on config and curves
 * alone; of the curves of each config it remembers what it has read, so that a call costs
 * what has grown.
 */
export const layer: Layer.Layer<EarlyStopping> = Layer.sync(EarlyStopping, () => {
  const judges = new WeakMap<SweepConfig, Judge>()
  return {
    judge: ({ config, curves }) =>
      Effect.sync(() => {
        const judge = judges.get(config) ?? judgeOf(config)
        judges.set(config, judge)
        return judge(curves)
      })
  }
})

// internal

const rules = {
  hyperband: Hyperband.make,
  asha: Asha.make,
  median: Median.make
} as const satisfies Record<EarlyTerminate["type"], unknown>
