import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type { CommError } from "@sweepline/core/CommError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as GraphQl from "./GraphQl.js"
import * as Authorizer from "./internal/authorizer.js"
import { transportFailure } from "./internal/transportFailure.js"
import { jsonBody, requestBody } from "./internal/wireJson.js"
import * as RetryPolicy from "./RetryPolicy.js"
import { WandbSettings } from "./WandbSettings.js"
import * as WireFailure from "./WireFailure.js"

/**
 * A W&B server: authenticated requests, with its clients' retries and time limits (B.1, B.2). At most ten requests are
 * under way at once. What fails is a `WireFailure`, which says whether the request may have had its effect.
 */
export class WandbClient extends Context.Tag("@sweepline/api-client/WandbClient")<
  WandbClient,
  {
    /** Asks one operation; errors in the answer fail it, whatever data is beside them. `RetryPolicy.call` by default. */
    readonly request: <Variables, Answer>(
      operation: GraphQl.Operation<Variables, Answer>,
      variables: Variables,
      policy?: RetryPolicy.RetryPolicy
    ) => Effect.Effect<Answer, WireFailure.WireFailure>
    /** Asks a document of several parts, each of which may fail by itself. */
    readonly ask: (
      document: string,
      variables: Readonly<Record<string, unknown>>,
      policy: RetryPolicy.RetryPolicy
    ) => Effect.Effect<GraphQl.Reply, WireFailure.WireFailure>
    /** Posts JSON to another path of the server, and answers the text of the reply. */
    readonly post: (
      path: string,
      body: unknown,
      policy: RetryPolicy.RetryPolicy
    ) => Effect.Effect<string, WireFailure.WireFailure>
  }
>() {}

/** How many requests are under way at once (B.2.2). */
export const inFlightLimit = 10

/** The client for the settings of its context, over whichever transport. */
export const make: Effect.Effect<WandbClient["Type"], never, HttpClient.HttpClient | WandbSettings> = Effect.gen(
  function* () {
    const settings = yield* WandbSettings
    const http = (yield* HttpClient.HttpClient).pipe(
      HttpClient.withTracerPropagation(false),
      HttpClient.transformResponse(hidingHeaders([...settings.extraHeaders.keys()]))
    )
    const timeout = settings.httpTimeout ?? RetryPolicy.attemptTime
    const authorizer = Authorizer.make(settings.credentials, settings.baseUrl, http, timeout)
    const inFlight = yield* Effect.makeSemaphore(inFlightLimit)
    const headers = headersOf(settings)

    const failureOf = ({ headers, status, text }: Answered, now: number) =>
      new WireFailure.WireFailure({
        reason: "Status",
        status,
        detail: authorizer.scrub(GraphQl.wordsOf(text, status)).slice(0, longestDetail),
        retryable: RetryPolicy.isRetryableStatus(status),
        retryAfter: RetryPolicy.retryAfter(headers["retry-after"], now),
        delivery: status >= 400 && status < 500 ? "Refused" : "Unknown"
      })

    const attempt = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<string, WireFailure.WireFailure> =>
      Effect.flatMap(authorizer.authorize(request), (request) =>
        Effect.flatMap(http.execute(request), answered).pipe(
          Effect.mapError(transportFailure),
          Effect.timeoutFail({ duration: timeout, onTimeout: () => timedOut }),
          inFlight.withPermits(1)
        )
      ).pipe(
        Effect.flatMap((answer) =>
          answer.status >= 200 && answer.status < 300
            ? Effect.succeed(answer.text)
            : Effect.flatMap(Clock.currentTimeMillis, (now) => failureOf(answer, now))
        )
      )

    const send = (path: string, body: string, policy: RetryPolicy.RetryPolicy) =>
      Effect.suspend(() => {
        let last = timedOut
        const request = HttpClientRequest.post(`${settings.baseUrl}${path}`).pipe(
          HttpClientRequest.setHeaders(headers),
          HttpClientRequest.bodyText(body, "application/json")
        )
        const answer = attempt(request).pipe(
          Effect.tapError((failure) => Effect.sync(() => (last = failure))),
          Effect.retry({ schedule: RetryPolicy.backoff, while: policy.retries })
        )
        const duration = policy.budget === "usual" ? (settings.httpTimeout ?? RetryPolicy.usualTime) : policy.budget
        return apart(
          Duration.isFinite(duration) ? Effect.timeoutFail(answer, { duration, onTimeout: () => last }) : answer
        )
      })

    const ask: WandbClient["Type"]["ask"] = (document, variables, policy) =>
      Effect.flatMap(send("/graphql", requestBody(document, variables), policy), (text) =>
        Either.mapBoth(GraphQl.replyOf(text), {
          onLeft: undecodable,
          onRight: ({ data, errors }) => ({
            data,
            errors: errors.map(({ message, path }) => ({ path, message: authorizer.scrub(message) }))
          })
        })
      )

    return {
      ask,
      request: (operation, variables, policy = RetryPolicy.call) =>
        Effect.mapError(operation.encode(variables), unencodable).pipe(
          Effect.flatMap((encoded) => ask(operation.document, encoded, policy)),
          Effect.flatMap(({ data, errors }) =>
            errors.length > 0
              ? refused(GraphQl.joined(errors))
              : Either.mapLeft(operation.decode(data), ({ message }) => undecodable(authorizer.scrub(message)))
          ),
          Effect.withSpan("WandbClient.request", { attributes: { operation: operation.name } })
        ),
      post: (path, body, policy) => send(path, jsonBody(body), policy)
    }
  }
)

/** The client for the settings of its context, over whichever transport. */
export const layer: Layer.Layer<WandbClient, never, HttpClient.HttpClient | WandbSettings> = Layer.effect(
  WandbClient,
  make
)

/** Asks one operation as the ports do: `doing` says in the error what was tried, such as `read the sweep a1b2`. */
export const execute = <Variables, Answer>(
  client: WandbClient["Type"],
  operation: GraphQl.Operation<Variables, Answer>,
  variables: Variables,
  options: { readonly doing: string; readonly policy?: RetryPolicy.RetryPolicy }
): Effect.Effect<Answer, CommError> =>
  Effect.mapError(client.request(operation, variables, options.policy), WireFailure.toCommError(options.doing))

// internal

/** An answer, whatever its status. */
interface Answered {
  readonly status: number
  readonly headers: Headers.Headers
  readonly text: string
}

const answered = (response: HttpClientResponse) =>
  Effect.map(response.text, (text): Answered => ({ status: response.status, headers: response.headers, text }))

/** A page of a proxy may come instead of words. */
const longestDetail = 500

/** W&B's servers know their clients by this; the name at the end says who it really is. */
const userAgent = "W&B Public Client 0.30.0 (sweepline)"

const headersOf = ({ email, extraHeaders, username }: WandbSettings["Type"]): Headers.Input => ({
  "user-agent": userAgent,
  "use-admin-privileges": "true",
  "x-wandb-username": username ?? "",
  "x-wandb-user-email": email ?? "",
  ...Object.fromEntries(Array.from(extraHeaders, ([name, value]) => [name, Redacted.value(value)]))
})

/** Extra headers may be secrets: spans show none of their values. */
const hidingHeaders = (names: ReadonlyArray<string>) =>
  Effect.locallyWith(Headers.currentRedactedNames, (known) => [...known, ...names.map((name) => name.toLowerCase())])

/**
 * In a fiber of its own, so that time limits hold also where the caller must not be interrupted: a silent server would
 * hold it for ever. It is no child of the caller's either, which would be interrupted before the caller may be.
 */
const apart = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => Fiber.interrupt(fiber))
    )
  )

const timedOut = WireFailure.make({
  reason: "Timeout",
  detail: "the server did not answer in time",
  retryable: true,
  delivery: "Unknown"
})

const refused = (detail: string): WireFailure.WireFailure =>
  WireFailure.make({ reason: "GraphQL", detail: detail.slice(0, longestDetail), delivery: "Refused" })

const undecodable = (detail: string): WireFailure.WireFailure =>
  WireFailure.make({ reason: "Decode", detail: detail.slice(0, longestDetail), delivery: "Unknown" })

const unencodable = ({ message }: Error): WireFailure.WireFailure =>
  WireFailure.make({ reason: "Decode", detail: message, delivery: "NotSent" })
