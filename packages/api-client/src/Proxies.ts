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

/** Refuses proxies of which the one for an address has none itself. */
export const check = (self: Proxies, address: string): Either.Either<Proxies, SettingsError> => {
  const proxy = forUrl(self, address)
  return proxy === undefined || isAddress(Redacted.value(proxy))
    ? Either.right(self)
    : Either.left(
        new SettingsError({
          reason: "BadProxy",
          detail: `The proxy for ${address} is no address of one: write it as http://host:port, in HTTPS_PROXY for example.`
        })
      )
}

/** The proxy for an address, if it is to be reached through one. */
export const forUrl = (self: Proxies, address: string): Redacted.Redacted<string> | undefined => {
  const url = new URL(address)
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port
  const direct = self.except.some((entry) => {
    if (entry === "*") return true
    const [pattern, only] = hostAndPort(entry.toLowerCase().replace(/^\*?\./, ""))
    if (only !== undefined && only !== port) return false
    return url.hostname === pattern || url.hostname.endsWith(`.${pattern}`)
  })
  if (direct) return undefined
  return url.protocol === "https:" ? self.https : self.http
}

// internal

/** As others read it, a proxy without a scheme is one of HTTP. */
const redacted = (text: string | undefined): Redacted.Redacted<string> | undefined =>
  text === undefined ? undefined : Redacted.make(text.includes("://") ? text : `http://${text}`)

const isAddress = (text: string): boolean =>
  Either.match(
    Either.try(() => new URL(text)),
    {
      onLeft: () => false,
      onRight: ({ hostname, protocol }) => hostname !== "" && /^(https?|socks5?):$/.test(protocol)
    }
  )

/** An address of IPv6 may stand there with brackets or, without a port, as it is. */
const hostAndPort = (text: string): readonly [host: string, port: string | undefined] => {
  if (/^[^[].*:.*:/.test(text) || text.startsWith("::")) return [`[${text}]`, undefined]
  const [, host = "", port] = /^(.*?)(?::([0-9]+))?$/.exec(text) ?? []
  return [host, port]
}

const either = (environment: ReadonlyMap<string, string>, name: string): string | undefined =>
  [environment.get(name.toLowerCase()), environment.get(name)].find((value) => value !== undefined && value !== "")

const older = (text: string | undefined): Either.Either<ReadonlyMap<string, string>, SettingsError> =>
  text === undefined
    ? Either.right(new Map())
    : Either.mapLeft(
        textsOf(text),
        (problem) => new SettingsError({ reason: "BadProxy", detail: `WANDB__PROXIES ${problem}.` })
      )
