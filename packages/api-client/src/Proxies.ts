import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { textsOf } from "./internal/jsonTexts.js"
import { SettingsError } from "./SettingsError.js"

/** How to reach W&B. An address may hold a password, so it is redacted. */
export interface Proxies {
  readonly http: Redacted.Redacted<string> | undefined
  readonly https: Redacted.Redacted<string> | undefined
  /** Hosts that are reached directly; empty where the proxies were given for W&B itself. */
  readonly except: ReadonlyArray<string>
}

/**
 * The proxies for W&B's traffic (C.8): `http_proxy` and `https_proxy` of the settings, else the older `_proxies`, else
 * the environment's `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` in either case.
 */
export const resolve = (
  settings: ReadonlyMap<string, string>,
  environment: ReadonlyMap<string, string>
): Either.Either<Proxies, SettingsError> =>
  Either.map(older(settings.get("x_proxies")), (given) => {
    const http = settings.get("http_proxy") ?? given.get("http")
    const https = settings.get("https_proxy") ?? given.get("https")
    if (http !== undefined || https !== undefined) return { http: redacted(http), https: redacted(https), except: [] }
    return {
      http: redacted(either(environment, "HTTP_PROXY")),
      https: redacted(either(environment, "HTTPS_PROXY")),
      except: (either(environment, "NO_PROXY") ?? "").split(/[\s,]+/).filter((host) => host !== "")
    }
  })

/** The proxy for an address, if it is to be reached through one. */
export const forUrl = (self: Proxies, address: string): Redacted.Redacted<string> | undefined => {
  const url = new URL(address)
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port
  const direct = self.except.some((entry) => {
    if (entry === "*") return true
    const [, pattern = "", only] = /^\.?(.*?)(?::([0-9]+))?$/.exec(entry.replace(/^\*\./, ".")) ?? []
    if (only !== undefined && only !== port) return false
    return url.hostname === pattern || url.hostname.endsWith(`.${pattern}`)
  })
  if (direct) return undefined
  return url.protocol === "https:" ? self.https : self.http
}

// internal

const redacted = (text: string | undefined): Redacted.Redacted<string> | undefined =>
  text === undefined ? undefined : Redacted.make(text)

const either = (environment: ReadonlyMap<string, string>, name: string): string | undefined =>
  [environment.get(name.toLowerCase()), environment.get(name)].find((value) => value !== undefined && value !== "")

const older = (text: string | undefined): Either.Either<ReadonlyMap<string, string>, SettingsError> =>
  text === undefined
    ? Either.right(new Map())
    : Either.mapLeft(
        textsOf(text),
        (problem) => new SettingsError({ reason: "BadProxy", detail: `WANDB__PROXIES ${problem}.` })
      )
