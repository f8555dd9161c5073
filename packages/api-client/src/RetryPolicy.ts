import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import type { WireFailure } from "./WireFailure.js"

/** How long a caller waits for an answer, and what is sent again in that time. */
export interface RetryPolicy {
  /** What all attempts and the waits between them may take; `usual` is 19 s, or what the person's settings say. */
  readonly budget: Duration.Duration | "usual"
  readonly retries: (failure: WireFailure) => boolean
}

/** The usual time of a call (B.2.3). */
export const usualTime: Duration.Duration = Duration.seconds(19)

/** How long one attempt may take (B.2.3). */
export const attemptTime: Duration.Duration = Duration.seconds(30)

/** What is usual. */
export const call: RetryPolicy = { budget: "usual", retries: ({ retryable }) => retryable }

/** A heartbeat may take 60 s. */
export const heartbeat: RetryPolicy = { ...call, budget: Duration.seconds(60) }

/** A check of who we are may take 10 s. */
export const login: RetryPolicy = { ...call, budget: Duration.seconds(10) }

/** Creating or changing a run is tried again on a conflict, too (B.2.1). */
export const upsertRun: RetryPolicy = {
  ...heartbeat,
  retries: ({ retryable, status }) => retryable || status === 409
}

/** One attempt, with all the time that one may take: for what must not happen twice. */
export const once: RetryPolicy = { budget: Duration.infinity, retries: () => false }

/** The statuses that asking again doesn't change; all others from 400 on are worth another attempt (B.2.1). */
const finalStatuses: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 410, 413, 422, 501])

/** Whether a status is worth another attempt. */
export const isRetryableStatus = (status: number): boolean =>
  status === 0 || (status >= 400 && !finalStatuses.has(status))

/** 2 s × 2^n and up to a quarter more, at most a minute, at most 20 times; a server's `Retry-After` wins (B.2.2). */
export const backoff: Schedule.Schedule<unknown, WireFailure> = Schedule.identity<WireFailure>().pipe(
  Schedule.intersect(Schedule.jitteredWith(Schedule.exponential("2 seconds"), { min: 1, max: 1.25 })),
  Schedule.intersect(Schedule.recurs(20)),
  Schedule.modifyDelay(([[failure]], delay) => {
    const wait = failure.retryAfter ?? Duration.min(delay, Duration.minutes(1))
    // Whole milliseconds: a clock that counts those never reaches a fraction.
    return Duration.millis(Math.ceil(Duration.toMillis(wait)))
  })
)

/** How long a `Retry-After` header asks to wait: seconds, or an HTTP date (B.2.2). */
export const retryAfter = (header: string | undefined, now: number): Duration.Duration | undefined => {
  const text = header?.trim() ?? ""
  if (/^[0-9]{1,9}$/.test(text)) return Duration.seconds(Number(text))
  const date = /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Duration.millis(Math.max(0, date - now))
}
