import { RunId } from "@sweepline/core/RunId"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** An id as W&B's clients make them: eight letters and digits. */
export const newRunId: Effect.Effect<RunId> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 36), 8),
  (digits) => RunId.make(digits.map((digit) => digit.toString(36)).join(""))
)
