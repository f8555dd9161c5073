/** Keys as W&B's clients take them: 40 characters or more, of which no dash parts any (C.5). */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"

/** A new key, that nobody can guess. */
export const generate: Effect.Effect<Redacted.Redacted> = Effect.sync(() =>
  Redacted.make(randomBytes(30).toString("hex"))
)
