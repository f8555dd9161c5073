import { CommError } from "@sweepline/core/CommError"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"

/**
 * Whether a request that failed may have had its effect: `NotSent` never reached the server, `Refused` was answered
 * with a no, of `Unknown` nobody can tell.
 */
export type Delivery = "NotSent" | "Refused" | "Unknown"

/** A request that failed, with what decides whether to send it again. Holds neither headers nor keys. */
export class WireFailure extends Data.TaggedError("WireFailure")<{
  readonly reason: CommError["reason"]
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** What happened, in the server's words where it has any. */
  readonly detail: string
  /** Whether sending the same again may help (B.2.1). */
  readonly retryable: boolean
  readonly retryAfter: Duration.Duration | undefined
  readonly delivery: Delivery
}> {
  override get message(): string {
    return this.detail
  }
}

/** What the ports say of it: `operation` is what was being done, such as `read the state of run a1b2`. */
export const toCommError =
  (operation: string) =>
  ({ detail, reason, retryable, status }: WireFailure): CommError =>
    new CommError({
      reason,
      operation,
      detail: status === 401 ? `the server refuses the API key: ${detail}` : detail,
      retryable,
      ...(status === undefined ? {} : { status })
    })

/** The failure of what had to be asked first: the request that it was asked for didn't go out. */
export const unsent = (failure: WireFailure): WireFailure => new WireFailure({ ...failure, delivery: "NotSent" })

/** A failure without an answer to wait for. */
export const make = (
  options: Pick<WireFailure, "reason" | "detail" | "delivery"> & Partial<Pick<WireFailure, "status" | "retryable">>
): WireFailure => new WireFailure({ status: undefined, retryable: false, retryAfter: undefined, ...options })
