/** Who is answered. */
import * as Headers from "@effect/platform/Headers"
import { Buffer } from "node:buffer"
import { createHash, timingSafeEqual } from "node:crypto"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { ServerConfig } from "./ServerConfig.js"

/**
 * Whether a request shows the key, as the password of any user (B.1.2). The time that this takes tells nothing of how
 * much of the key was right.
 */
export const isAuthorized = (headers: Headers.Headers, { apiKey }: ServerConfig["Type"]): boolean => {
  const authorization = Option.getOrElse(Headers.get(headers, "authorization"), () => "")
  const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization) ?? []
  if (encoded === undefined) return false
  const credentials = Buffer.from(encoded, "base64").toString("utf8")
  const password = credentials.slice(credentials.indexOf(":") + 1)
  return timingSafeEqual(digest(password), digest(Redacted.value(apiKey)))
}

/** Whether a request addresses this server under one of its own names. */
export const isOwnHost = (headers: Headers.Headers, { hosts }: ServerConfig["Type"]): boolean => {
  const host = Option.getOrUndefined(Headers.get(headers, "host"))
  // HTTP/1.1 demands it of every client, so that only what isn't a browser is without.
  if (hosts === undefined || host === undefined) return true
  return hosts.includes(host.toLowerCase().replace(/:\d+$/, ""))
}

/**
 * Whether a request comes from a page of another origin, which browsers say of those that change something. None of
 * W&B's clients runs in a page; and a browser that was once shown the key would add it to what any page sends.
 */
export const isOfForeignPage = (headers: Headers.Headers, config: ServerConfig["Type"]): boolean =>
  Option.exists(Headers.get(headers, "origin"), (origin) => origin !== originOf(headers, config))

/** Where the client reached the server. */
export const originOf = (headers: Headers.Headers, { publicUrl }: ServerConfig["Type"]): string =>
  publicUrl ?? `http://${Option.getOrElse(Headers.get(headers, "host"), () => "localhost")}`

// internal

/** Both sides are equally long this way. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
