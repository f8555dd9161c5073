import * as Effect from "effect/Effect"
import type * as Metric from "effect/Metric"

/** Updates a metric at once. */
export interface Meter {
  <Type, In, Out>(metric: Metric.Metric<Type, In, Out>, input: In): void
}

/** Updates of metrics with the labels that the caller has now: as an effect, each would cost more than what it counts. */
export const meter: Effect.Effect<Meter> = Effect.map(
  Effect.metricLabels,
  (labels): Meter =>
    (metric, input) =>
      metric.unsafeUpdate(input, labels)
)
