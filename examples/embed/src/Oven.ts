import type { Executor } from "@sweepline/core/Executor"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import type { Layer } from "effect"
import { Duration } from "effect"

/** How good a bread is: best at 230 °C and 38 minutes, which nobody tells the strategy. */
export const taste = (temperature: number, minutes: number): number =>
  100 - ((temperature - 230) / 10) ** 2 - ((minutes - 38) / 2) ** 2

/** An engine whose jobs bake: each takes a while and logs how the bread tastes. */
export const layer = (baking: Duration.DurationInput): Layer.Layer<Executor> =>
  SimulatedExecutor.layer({
    duration: () => Duration.toMillis(baking),
    metrics: MetricModel.steps(1, ({ job }) => () => {
      const [, temperature, minutes] = job.argv
      return { taste: taste(Number(temperature), Number(minutes)) }
    })
  })
