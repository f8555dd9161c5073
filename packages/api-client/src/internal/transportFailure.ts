import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Predicate from "effect/Predicate"
import * as WireFailure from "../WireFailure.js"

/**
 * What a transport's error means. Its request is left behind, since that holds the key; of its cause only code and
 * message are kept.
 */
export const transportFailure = (error: HttpClientError): WireFailure.WireFailure => {
  const code = textIn(error.cause, "code")
  const words = textIn(error.cause, "message") ?? error.description
  const detail = code === undefined ? (words ?? `${error.reason} error`) : `${words ?? "no connection"} (${code})`
  if (error._tag === "RequestError" && error.reason !== "Transport") {
    return WireFailure.make({ reason: "Unreachable", detail, delivery: "NotSent" })
  }
  const isFinal = code !== undefined && (isTlsCode(code) || code === refused)
  return WireFailure.make({
    reason: "Unreachable",
    detail,
    retryable: !isFinal,
    delivery: isFinal || (code !== undefined && unsent.has(code)) ? "NotSent" : "Unknown"
  })
}

/** Codes of connections that never came about. */
const unsent: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT"
])

/** What can't be sent at all, since a header has a character that none may have. */
const refused = "UND_ERR_INVALID_ARG"

/** A certificate that isn't trusted, or no TLS at all on the other side: asking again doesn't help (B.2.1). */
const isTlsCode = (code: string): boolean => /CERT|^ERR_(?:SSL|TLS)|^UNABLE_TO_|SELF_SIGNED/.test(code)

/** A text property of an error or, a few levels down, of what caused it. */
const textIn = (error: unknown, name: "code" | "message", depth = 0): string | undefined => {
  if (!Predicate.isRecord(error) || depth > 4) return undefined
  const inner = textIn(error["cause"], name, depth + 1)
  const own = error[name]
  return inner ?? (typeof own === "string" && own !== "" ? own : undefined)
}
