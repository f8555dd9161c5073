/** Keys as W&B's clients take them: 40 characters, of which no dash parts any (C.5). */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHmac, randomBytes } from "node:crypto"

/** A new secret that keys can follow from, and that nobody can guess. */
export const secret: Effect.Effect<Redacted.Redacted> = Effect.sync(() =>
  Redacted.make(randomBytes(32).toString("hex"))
)

/** The key of something that follows from a secret: the same again, and it tells nothing of the secret or of other keys. */
export const derive = (secret: Redacted.Redacted, of: string): Redacted.Redacted =>
  Redacted.make(createHmac("sha256", Redacted.value(secret)).update(of).digest("hex").slice(0, 40))
