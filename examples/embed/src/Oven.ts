import type { Executor } from "@sweepline/core/Executor"
import * as FailureModel from "@sweepline/simulation/FailureModel"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import { Ending } from "@sweepline/simulation/SimulatedJob"
import type { Layer } from "effect"
import { Duration } from "effect"

/** How good a bread is: best at 230 °C and 38 minutes, which nobody tells the strategy. */
export const taste = (temperature: number, minutes: number): number =>
  100 - ((temperature - 230) / 10) ** 2 - ((minutes - 38) / 2) ** 2

/** How a kitchen is. */
export interface Kitchen {
  readonly baking: Duration.DurationInput
  /** Whether the power fails once while each bread is baked: the dough goes into the oven again. */
  readonly powerCuts?: boolean
}

/** An engine whose jobs bake: each takes a while and logs how the bread tastes. */
export const layer = ({ baking, powerCuts = false }: Kitchen): Layer.Layer<Executor> =>
  SimulatedExecutor.layer({
    duration: () => Duration.toMillis(baking),
    failure: powerCuts
      ? FailureModel.firstAttempts(1)(FailureModel.always(Ending.Preempted({ after: 0.5 })))
      : FailureModel.none,
    metrics: MetricModel.steps(1, ({ job }) => () => {
      const [, temperature, minutes] = job.argv
      return { taste: taste(Number(temperature), Number(minutes)) }
    })
  })
