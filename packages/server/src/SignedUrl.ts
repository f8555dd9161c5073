/**
 * Addresses that are good without a key, for a while (D.4.3): clients send and fetch files without their credentials.
 * What signs them follows from the key, so that they outlive a restart of the server.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Buffer } from "node:buffer"
import { createHmac, timingSafeEqual } from "node:crypto"
import { RequestOrigin } from "./RequestOrigin.js"
import { ServerConfig } from "./ServerConfig.js"

/** What an address is good for. */
export type Method = "GET" | "PUT"

/** Where files are, under the server's base. */
export const prefix = "/storage/"

/** How long an address is good. */
export const lifetime = Duration.days(7)

/** An address under which a file can be sent or fetched. */
export const make = Effect.fnUntraced(function* (method: Method, path: string) {
  const origin = yield* RequestOrigin
  const config = yield* ServerConfig
  const now = yield* Clock.currentTimeMillis
  const expires = String(Math.ceil((now + Duration.toMillis(lifetime)) / 1000))
  const encoded = path.split("/").map(encodeURIComponent).join("/")
  return `${origin}${prefix}${encoded}?expires=${expires}&signature=${sign(config, method, path, expires)}`
})

/** Whether an address is one that this server made, for this method, and is still good. */
export const verify = Effect.fnUntraced(function* (
  method: Method,
  path: string,
  given: { readonly expires: string; readonly signature: string }
) {
  const config = yield* ServerConfig
  const now = yield* Clock.currentTimeMillis
  const expected = Buffer.from(sign(config, method, path, given.expires))
  const signature = Buffer.from(given.signature)
  const genuine = signature.length === expected.length && timingSafeEqual(signature, expected)
  return genuine && Number(given.expires) * 1000 > now
})

// internal

const sign = ({ apiKey }: ServerConfig["Type"], method: Method, path: string, expires: string): string =>
  createHmac("sha256", Redacted.value(apiKey)).update(`${method}\n${path}\n${expires}`).digest("base64url")
