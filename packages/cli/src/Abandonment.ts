import type { SweepRecord } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Whether a sweep goes on by its state, though no process works on it: its scheduler was killed, or the machine was. */
export const isAbandoned = Effect.fnUntraced(function* ({ id, state }: SweepRecord) {
  return Option.exists(state, (it) => it === "RUNNING" || it === "PENDING") && (yield* hasNobody(id))
})

/**
 * Whether no process works on a sweep, whatever its state. Always false where sweeps are on a server, which doesn't say
 * who schedules them, and of those that `serve` keeps for W&B's agents: they never had a scheduler of ours.
 */
export const hasNobody = Effect.fnUntraced(function* (id: SweepId) {
  const lease = yield* Effect.serviceOption(SweepLease)
  const store = yield* Effect.serviceOption(SweepStore)
  if (Option.isNone(lease) || Option.isNone(store) || Option.isNone(yield* store.value.settings(id))) return false
  return Option.isNone(yield* lease.value.holder(id))
})

/** What to do about it; `unseen`: how many of its runs have ended since. */
export const hint = (id: string, unseen: number): string => {
  const runs = unseen === 0 ? "" : `, and ${unseen} of its runs ${unseen === 1 ? "has" : "have"} ended since`
  return `No process works on it any more${runs}. Go on with: sweepline resume ${id}`
}
