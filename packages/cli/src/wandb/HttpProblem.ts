import type { HttpClientError } from "@effect/platform/HttpClientError"

/** Why a request failed, as a clause: without its address and its headers, in which secrets may be. */
export const of = (error: HttpClientError): string => {
  if (error._tag === "ResponseError" && error.reason === "StatusCode")
    return `the answer has status ${error.response.status}`
  const { cause, description, reason } = error
  if (cause instanceof Error && cause.message !== "") return cause.message
  return description ?? `${reason} error`
}
