import * as Journals from "@sweepline/core/Journal"
import type { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import type { RunRecord } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * What is to come of a run:
 * - `Alive`: its attempt waits or runs;
 * - `Ended`: its attempt has ended, and its scheduler hasn't said yet what follows;
 * - `Again`: another attempt follows;
 * - `Left`: another one follows once somebody works on the sweep again;
 * - `Over`: no other follows.
 */
export type Outlook = "Alive" | "Ended" | "Again" | "Left" | "Over"

/** A run as it is now, and what is to come of it. */
export interface Look {
  readonly run: RunRecord
  readonly outlook: Outlook
}

/**
 * Looks at a run of this folder, for who does so again and again. How its attempt ended the backend knows, whether another
 * one follows only its sweep's journal, which is read on from where it was read to.
 */
export const make = Effect.fnUntraced(function* (sweep: SweepId, id: RunId) {
  const admin = yield* SweepAdmin
  const journal = yield* Journals.Journal
  const lease = yield* SweepLease
  let known: Journals.Snapshot | undefined

  /** What follows an attempt that has ended. */
  const next = Effect.fnUntraced(function* ({ state }: RunRecord) {
    // Before the journal: a scheduler that has left has written what it decided.
    const holder = yield* lease.holder(sweep)
    known = yield* known === undefined ? Journals.restore(journal, sweep) : Journals.goOn(journal, sweep, known)
    const { end, runs } = known.model
    const managed = runs.get(id)
    if (end !== undefined && end.reason !== "Interrupted") return "Over"
    if (managed === undefined && state !== "preempted") return "Over"
    if (Option.isNone(holder)) return "Left"
    return end === undefined && managed?.phase !== "Managed" ? "Again" : "Ended"
  })

  return Effect.gen(function* () {
    const found = yield* admin.findRun(id)
    if (Option.isNone(found)) return yield* new SweepNotFoundError({ kind: "run", id })
    const { run } = found.value
    const outlook: Outlook = RunState.isAlive(run.state) ? "Alive" : yield* next(run)
    return { run, outlook } satisfies Look
  })
})
