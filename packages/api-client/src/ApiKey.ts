import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { SettingsError } from "./SettingsError.js"

/** An API key that has the form of one (C.5). */
export type ApiKey = Redacted.Redacted<string>

/**
 * Reads a key. Three dot-separated base64url parts are a token, and taken as they are. Of any other key all up to the
 * first `-` is a prefix that isn't counted; what follows has letters, digits, `_` and `-`, at least 40 of them.
 * `source` says in the error where the key came from; the key itself is never in it.
 */
export const parse = (text: Redacted.Redacted<string>, source: string): Either.Either<ApiKey, SettingsError> => {
  const problem = problemOf(Redacted.value(text))
  return problem === undefined
    ? Either.right(text)
    : Either.left(
        new SettingsError({
          reason: "BadApiKey",
          detail: `The API key from ${source} ${problem}. Copy it again from the settings page of your W&B account.`
        })
      )
}

// internal

const problemOf = (key: string): string | undefined => {
  if (key === "") return "is empty"
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(key)) return undefined
  const secret = key.slice(key.indexOf("-") + 1)
  if (!/^[\w-]+$/.test(secret)) return "has characters that no key has"
  return secret.length < 40 ? `has ${secret.length} characters, and a key has at least 40` : undefined
}
