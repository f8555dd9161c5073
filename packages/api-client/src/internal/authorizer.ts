import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Credentials } from "../Credentials.js"
import * as RetryPolicy from "../RetryPolicy.js"
import * as WireFailure from "../WireFailure.js"
import { transportFailure } from "./transportFailure.js"

/** Puts credentials on requests, and keeps them out of texts. */
export interface Authorizer {
  readonly authorize: (
    request: HttpClientRequest.HttpClientRequest
  ) => Effect.Effect<HttpClientRequest.HttpClientRequest, WireFailure.WireFailure>
  /** A server's words without the secrets that it may repeat. */
  readonly scrub: (text: string) => string
}

/**
 * The authorizer for some credentials; access tokens are exchanged over `http`, without retries of their own, each in no
 * more than `timeout`.
 */
export const make = (
  credentials: Credentials,
  baseUrl: string,
  http: HttpClient.HttpClient,
  timeout: Duration.Duration
): Authorizer => {
  switch (credentials._tag) {
    case "Key": {
      const { key } = credentials
      return {
        authorize: (request) => Effect.succeed(HttpClientRequest.basicAuth(request, "api", key)),
        scrub: (text) =>
          without(without(text, Redacted.value(key)), Encoding.encodeBase64(`api:${Redacted.value(key)}`))
      }
    }
    case "Identity":
      return exchanged(credentials.token, baseUrl, http, timeout)
  }
}

const exchanged = (
  token: Effect.Effect<Redacted.Redacted<string>, Error>,
  baseUrl: string,
  http: HttpClient.HttpClient,
  timeout: Duration.Duration
): Authorizer => {
  let access = Redacted.make("")
  let until = Number.NEGATIVE_INFINITY
  const one = Effect.unsafeMakeSemaphore(1)

  const exchange = Effect.gen(function* () {
    const assertion = yield* Effect.mapError(token, ({ message }) =>
      WireFailure.make({ reason: "Status", detail: message, delivery: "NotSent" })
    )
    const request = HttpClientRequest.bodyUrlParams(HttpClientRequest.post(`${baseUrl}/oidc/token`), {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: Redacted.value(assertion)
    })
    const { status, text } = yield* http.execute(request).pipe(
      Effect.flatMap((response) => Effect.map(response.text, (text) => ({ status: response.status, text }))),
      Effect.mapError((error) => WireFailure.unsent(transportFailure(error))),
      Effect.timeoutFail({ duration: timeout, onTimeout: () => silent })
    )
    if (status !== 200) return yield* refused(status)
    const granted = yield* Effect.mapError(decodeGrant(text), () => refused(status))
    access = granted.access_token
    // A little earlier than it ends, so that none ends on its way.
    until = (yield* Clock.currentTimeMillis) + Math.max(0, granted.expires_in - 30) * 1000
  })

  return {
    authorize: (request) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => (now < until ? Effect.void : exchange)).pipe(
        one.withPermits(1),
        Effect.map(() => HttpClientRequest.bearerToken(request, access))
      ),
    scrub: (text) => without(text, Redacted.value(access))
  }
}

const refused = (status: number): WireFailure.WireFailure =>
  WireFailure.make({
    reason: "Status",
    status,
    detail: "the identity token was not exchanged for an access token",
    retryable: RetryPolicy.isRetryableStatus(status),
    delivery: "NotSent"
  })

const silent = WireFailure.make({
  reason: "Timeout",
  detail: "the identity token was not exchanged for an access token in time",
  retryable: true,
  delivery: "NotSent"
})

const decodeGrant = Schema.decodeUnknown(
  Schema.parseJson(Schema.Struct({ access_token: Schema.Redacted(Schema.String), expires_in: Schema.Number }))
)

const without = (text: string, secret: string): string => (secret === "" ? text : text.replaceAll(secret, "<redacted>"))
