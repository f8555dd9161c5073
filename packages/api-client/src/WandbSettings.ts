import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Credentials from "./Credentials.js"
import { readAppUrl, readBaseUrl, readHeaders, readSeconds, readSwitch } from "./internal/settingValues.js"
import * as Proxies from "./Proxies.js"
import type { SettingsError } from "./SettingsError.js"
import * as SettingsFiles from "./SettingsFiles.js"

/** How W&B is reached, and as whom: everything of section C that a client needs. */
export class WandbSettings extends Context.Tag("@sweepline/api-client/WandbSettings")<
  WandbSettings,
  Settings & { readonly credentials: Credentials.Credentials }
>() {}

/** The settings without what they are allowed by. */
export interface Settings {
  /** The server, without a slash at its end. */
  readonly baseUrl: string
  /** Where a person looks at runs and sweeps. */
  readonly appUrl: string
  readonly entity: string | undefined
  readonly project: string | undefined
  readonly organization: string | undefined
  readonly username: string | undefined
  readonly email: string | undefined
  /** Sent with every request; their values may be secrets. */
  readonly extraHeaders: ReadonlyMap<string, Redacted.Redacted<string>>
  /** Replaces both the time of one attempt and that of a whole call (C.10). */
  readonly httpTimeout: Duration.Duration | undefined
  readonly proxies: Proxies.Proxies
  /** False where certificates are not to be checked (C.9). */
  readonly verifiesTls: boolean
}

/** What a command line may say. */
export interface Overrides {
  readonly baseUrl?: string | undefined
  readonly entity?: string | undefined
  readonly project?: string | undefined
  readonly apiKey?: Redacted.Redacted<string> | undefined
}

/** What settings are made of: the environment as a map, the places of the files, and what the caller says. */
export interface Options extends SettingsFiles.Places {
  readonly overrides?: Overrides | undefined
}

/** The setting's name of an environment variable, such as `base_url`; `undefined` if it is none (C.1). */
export const settingName = (variable: string): string | undefined => {
  const special = specialNames.get(variable)
  if (special !== undefined) return special
  if (variable.startsWith("WANDB__")) return `x_${variable.slice("WANDB__".length).toLowerCase()}`
  return variable.startsWith("WANDB_") ? variable.slice("WANDB_".length).toLowerCase() : undefined
}

/** Every setting as text: the files' below, the environment's above; an empty variable counts as unset. */
export const merge = (
  files: ReadonlyMap<string, string>,
  environment: ReadonlyMap<string, string>
): ReadonlyMap<string, string> => {
  const merged = new Map(files)
  for (const [variable, value] of environment) {
    const name = settingName(variable)
    if (name !== undefined && value !== "") merged.set(name, value)
  }
  return merged
}

/** The settings by precedence, low to high: built in, files, environment, overrides (C.1, C.2, C.6–C.10). */
export const resolve = (options: {
  readonly files: ReadonlyMap<string, string>
  readonly environment: ReadonlyMap<string, string>
  readonly overrides?: Overrides | undefined
}): Either.Either<Settings, SettingsError> =>
  Either.gen(function* () {
    const { environment, overrides = {} } = options
    const merged = merge(options.files, environment)
    const text = (name: string) => nonEmpty(merged.get(name))
    const baseUrl = yield* readBaseUrl(nonEmpty(overrides.baseUrl) ?? text("base_url"))
    return {
      baseUrl,
      appUrl: yield* readAppUrl(text("app_url"), baseUrl),
      entity: nonEmpty(overrides.entity) ?? text("entity"),
      project: nonEmpty(overrides.project) ?? text("project"),
      organization: text("organization"),
      username: text("username"),
      email: text("email"),
      extraHeaders: yield* readHeaders(text("x_extra_http_headers")),
      httpTimeout: yield* readSeconds(text("x_graphql_timeout_seconds")),
      proxies: yield* Either.flatMap(Proxies.resolve(merged, environment), (it) => Proxies.check(it, baseUrl)),
      verifiesTls: !readSwitch(text("insecure_disable_ssl"))
    }
  })

/** Reads the files, resolves the settings and finds the credentials. */
export const make = Effect.fn("WandbSettings.make")(function* (
  options: Options
): Effect.fn.Return<WandbSettings["Type"], SettingsError, FileSystem.FileSystem | Path.Path> {
  const { environment, overrides = {} } = options
  const files = yield* SettingsFiles.read(options)
  const settings = yield* resolve({ files, environment, overrides })
  const configured = yield* resolve({ files, environment })
  const credentials = yield* Credentials.find({
    ...options,
    baseUrl: settings.baseUrl,
    explicit: overrides.apiKey,
    // A key in a file belongs to the server that the settings name, not to any other that a caller asks for.
    fromFiles: configured.baseUrl === settings.baseUrl ? nonEmpty(files.get("api_key")) : undefined
  })
  return { ...settings, credentials }
})

/** The settings of a person in a folder. */
export const layer = (options: Options): Layer.Layer<WandbSettings, SettingsError, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(WandbSettings, make(options))

// internal

const specialNames: ReadonlyMap<string, string> = new Map([
  ["WANDB_APP_URL", "app_url"],
  ["WANDB_DIR", "root_dir"],
  ["WANDB_NAME", "run_name"],
  ["WANDB_NOTES", "run_notes"],
  ["WANDB_TAGS", "run_tags"],
  ["WANDB_JOB_TYPE", "run_job_type"],
  ["WANDB_HTTP_TIMEOUT", "x_graphql_timeout_seconds"],
  ["WANDB_FILE_PUSHER_TIMEOUT", "x_file_transfer_timeout_seconds"],
  ["WANDB_USER_EMAIL", "email"]
])

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text)
