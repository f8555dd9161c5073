import * as CountedId from "@sweepline/core/CountedId"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

const length = 8

/** An id that was drawn, of a sweep or an agent: eight lower-case letters and digits, as W&B's are. */
export const draw: Effect.Effect<string> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 36), length),
  (digits) => digits.map((digit) => digit.toString(36)).join("")
)

/**
 * The id of a sweep's n-th run, from 0: the same whenever the same sweep is run again, and never that of another run
 * of the sweep. `tries` counts from 0 and gives another one where the id belongs to a run of another sweep already.
 */
export const ofRun = (sweep: string, n: number, tries: number): string =>
  CountedId.make(Number.parseInt(sweep, 36) + n + tries * 2 ** 40)
