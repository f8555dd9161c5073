import type { CommError } from "@sweepline/core/CommError"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/**
 * Tries again what nobody else would: an answer that can't be read, errors in one with status 200, and no answer at
 * all may pass, and what is asked once, at the start or the end, would fail a whole sweep for it. Only for what may
 * happen twice.
 */
export const patiently = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E | CommError, R>
): Effect.Effect<A, E | CommError, R> => Effect.retry(effect, { schedule: patience, while: mayPass })

/** Three times more, after half a second, one and two. */
const patience = Schedule.exponential("500 millis").pipe(Schedule.intersect(Schedule.recurs(3)))

const mayPass = (error: { readonly _tag: string; readonly reason?: unknown }): boolean =>
  error._tag === "CommError" && (error.reason === "Decode" || error.reason === "GraphQL" || error.reason === "Timeout")
