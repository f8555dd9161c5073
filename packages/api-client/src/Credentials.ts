import * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as ApiKey from "./ApiKey.js"
import * as Netrc from "./Netrc.js"
import type { Places } from "./SettingsFiles.js"
import { SettingsError } from "./SettingsError.js"

/** How a client shows who it is. */
export type Credentials = Data.TaggedEnum<{
  /** Sent with every request as `Basic api:<key>` (B.1.2). */
  Key: { readonly key: ApiKey.ApiKey }
  /** An identity token, which the server exchanges for a short-lived access token (B.1.2); it is read anew each time. */
  Identity: { readonly token: Effect.Effect<Redacted.Redacted<string>, SettingsError> }
}>

/** Constructors and matchers. */
export const Credentials = Data.taggedEnum<Credentials>()

/** Where a key may come from. */
export interface Sources extends Places {
  readonly baseUrl: string
  /** A key that the caller gives. */
  readonly explicit: Redacted.Redacted<string> | undefined
  /** A key from the settings files, which must be meant for this server. */
  readonly fromFiles: string | undefined
}

/**
 * Finds the credentials for a server (C.3): the caller's key, `WANDB_API_KEY`, the file of
 * `WANDB_IDENTITY_TOKEN_FILE`, the netrc, the settings files. Fails with `NoApiKey` where there are none, with
 * `BadApiKey` for the first that is found and isn't one, and with `TwoCredentials` where the environment has a key
 * beside an identity token.
 */
export const find = Effect.fn("Credentials.find")(function* (
  sources: Sources
): Effect.fn.Return<Credentials, SettingsError, FileSystem.FileSystem | Path.Path> {
  const { baseUrl, environment, explicit, fromFiles } = sources
  if (explicit !== undefined) return Credentials.Key({ key: yield* ApiKey.parse(explicit, "the command line") })
  const key = environment.get("WANDB_API_KEY") ?? ""
  const tokenFile = environment.get("WANDB_IDENTITY_TOKEN_FILE") ?? ""
  if (key !== "" && tokenFile !== "") return yield* twoCredentials
  if (key !== "") return Credentials.Key({ key: yield* ApiKey.parse(Redacted.make(key), "WANDB_API_KEY") })
  if (tokenFile !== "") return Credentials.Identity({ token: readToken(yield* FileSystem.FileSystem, tokenFile) })
  const machine = Netrc.machineOf(baseUrl)
  const path = yield* Netrc.file(sources)
  const stored = Option.isSome(path) ? yield* Netrc.password(path.value, machine) : Option.none()
  if (Option.isSome(stored)) return Credentials.Key({ key: yield* ApiKey.parse(stored.value, "the netrc file") })
  if (fromFiles === undefined) return yield* noKey(baseUrl)
  return Credentials.Key({ key: yield* ApiKey.parse(Redacted.make(fromFiles), "the settings file") })
})

// internal

const readToken = (fs: FileSystem.FileSystem, path: string): Effect.Effect<Redacted.Redacted<string>, SettingsError> =>
  Effect.mapBoth(fs.readFileString(path), {
    onFailure: () =>
      new SettingsError({
        reason: "NoApiKey",
        detail: `The identity token can't be read: look at ${path}, to which WANDB_IDENTITY_TOKEN_FILE points.`
      }),
    onSuccess: (text) => Redacted.make(text.trim())
  })

const twoCredentials = new SettingsError({
  reason: "TwoCredentials",
  detail: "WANDB_API_KEY and WANDB_IDENTITY_TOKEN_FILE are both set: unset one of them."
})

const noKey = (baseUrl: string): SettingsError =>
  new SettingsError({
    reason: "NoApiKey",
    detail: `There is no API key for ${baseUrl}: set WANDB_API_KEY, or run "wandb login".`
  })
