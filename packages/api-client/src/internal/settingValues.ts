import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { SettingsError } from "../SettingsError.js"
import { textsOf } from "./jsonTexts.js"

const defaultBaseUrl = "https://api.wandb.ai"

/** Where W&B's own server is since `wandb` 0.31, by its new name; `api.` before it is the API. */
const forge = "forge.coreweave.com"

/**
 * The address of a server (C.2): http or https; W&B's own only as `api.` and over https. What `wandb` 0.31 and later
 * take for the new name's API is that.
 */
export const readBaseUrl = (text: string = defaultBaseUrl): Either.Either<string, SettingsError> =>
  Either.flatMap(readUrl("WANDB_BASE_URL", text), (url) => {
    if (url.host === forge && url.protocol === "https:" && /^\/api\/wandb\/?$/.test(url.pathname)) {
      return Either.right(`https://api.${forge}`)
    }
    if (url.hostname === forge) {
      return refuse(`WANDB_BASE_URL is "${text}", where no API is: did you mean https://api.${forge}?`)
    }
    const ours = url.hostname === "wandb.ai" || url.hostname.endsWith(".wandb.ai") || url.hostname === `api.${forge}`
    if (ours && !/(?:^|\.)api\./.test(url.hostname)) {
      return refuse(`WANDB_BASE_URL is "${text}", where no API is: did you mean ${defaultBaseUrl}?`)
    }
    if (ours && url.protocol !== "https:") {
      return refuse(`WANDB_BASE_URL is "${text}", which isn't encrypted: use https://${url.host}.`)
    }
    return Either.right(text.trim().replace(/\/+$/, ""))
  })

/**
 * Where people look: given, or a path of the new name for that, `wandb.X` for `api.wandb.X`, `app.` for another `api.`,
 * else the server itself.
 */
export const readAppUrl = (text: string | undefined, baseUrl: string): Either.Either<string, SettingsError> => {
  if (text !== undefined) return Either.map(readUrl("WANDB_APP_URL", text), () => text.replace(/\/+$/, ""))
  if (new URL(baseUrl).hostname === `api.${forge}`) return Either.right(`https://${forge}/wandb`)
  return Either.right(baseUrl.replace(/\/\/api\.(wandb\.)?/, (_, own: string | undefined) => `//${own ?? "app."}`))
}

/** A number of whole seconds, more than 0 (C.10). */
export const readSeconds = (text: string | undefined): Either.Either<Duration.Duration | undefined, SettingsError> => {
  if (text === undefined) return Either.right(undefined)
  return /^\s*0*[1-9][0-9]{0,8}\s*$/.test(text)
    ? Either.right(Duration.seconds(Number(text)))
    : Either.left(
        new SettingsError({
          reason: "BadTimeout",
          detail: `WANDB_HTTP_TIMEOUT is "${text}": it must be a whole number of seconds, for example 30.`
        })
      )
}

/** Headers as a JSON object of texts (B.1.2). */
export const readHeaders = (
  text: string | undefined
): Either.Either<ReadonlyMap<string, Redacted.Redacted<string>>, SettingsError> => {
  if (text === undefined) return Either.right(new Map())
  return Either.mapBoth(textsOf(text), {
    onLeft: (problem) => new SettingsError({ reason: "BadHeaders", detail: `WANDB__EXTRA_HTTP_HEADERS ${problem}.` }),
    onRight: (headers) => new Map(Array.from(headers, ([name, value]) => [name, Redacted.make(value)]))
  })
}

/** Whether a text says yes. */
export const readSwitch = (text: string | undefined): boolean => /^(?:1|true|t|yes|y|on)$/i.test(text?.trim() ?? "")

const readUrl = (variable: string, text: string): Either.Either<URL, SettingsError> => {
  const url = Either.try(() => new URL(text.trim()))
  if (Either.isLeft(url) || !/^https?:$/.test(url.right.protocol)) {
    return refuse(`${variable} is no web address: write it as https://host.`)
  }
  // A password in an address would show in logs and spans.
  if (url.right.username !== "" || url.right.password !== "") {
    return refuse(`${variable} has a user name or password in it: put the API key in WANDB_API_KEY.`)
  }
  return Either.right(url.right)
}

const refuse = (detail: string): Either.Either<never, SettingsError> =>
  Either.left(new SettingsError({ reason: "BadUrl", detail }))
