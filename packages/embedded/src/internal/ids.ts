import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { createHash } from "node:crypto"

const length = 8

/** An id that was drawn: eight lower-case letters and digits, as W&B's are. */
export const draw: Effect.Effect<string> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 36), length),
  (digits) => digits.map((digit) => digit.toString(36)).join("")
)

/**
 * The id of a sweep's n-th run: the same whenever the same sweep is run again. `attempt` counts from 0 and
 * gives another one where the id belongs to a run of another sweep already.
 */
export const ofRun = (sweep: string, n: number, attempt: number): string => {
  const hash = createHash("sha256").update(`${sweep}/${n}/${attempt}`).digest()
  return (hash.readBigUInt64BE() % 36n ** BigInt(length)).toString(36).padStart(length, "0")
}
