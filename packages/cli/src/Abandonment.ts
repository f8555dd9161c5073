import type { SweepRecord } from "@sweepline/core/SweepApi"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * Whether a sweep goes on by its state, though no process works on it: its scheduler was killed, or the machine
 * was. Always false where sweeps are on a server, which doesn't say who schedules them.
 */
export const isAbandoned = Effect.fnUntraced(function* ({ id, state }: SweepRecord) {
  const lease = yield* Effect.serviceOption(SweepLease)
  if (Option.isNone(lease) || !Option.exists(state, (it) => it === "RUNNING" || it === "PENDING")) return false
  return Option.isNone(yield* lease.value.holder(id))
})

/** What to do about it. */
export const hint = (id: string): string => `No process works on it any more. Go on with: sweepline resume ${id}`
