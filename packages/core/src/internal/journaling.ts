import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Event } from "../Event.js"
import type { Journal, Snapshot } from "../Journal.js"
import type { JournalUnavailable } from "../JournalUnavailable.js"
import type { LeaseHeldError } from "../LeaseHeldError.js"
import * as patientJournal from "./patientJournal.js"
import * as snapshotting from "./snapshotting.js"
import type { World } from "./world.js"

/**
 * When a scheduler journals what. An intent is on the disk before its command runs. A fact that leads to none waits a
 * moment to share the next one's append: a successor that doesn't find it learns it again, from the backend.
 */
export interface Journaling {
  /** Takes facts. All that were taken are journaled when it returns, if it was `atOnce` or one has waited for long enough. */
  readonly take: (
    facts: ReadonlyArray<Event>,
    options: { readonly now: number; readonly atOnce: boolean }
  ) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
  /** When there has to be another `take`, for what waits; `Infinity` where nothing does. */
  readonly dueAt: () => number
  /** Somebody wants the scheduler to end: a journal that can't be written isn't waited for any more. */
  readonly hurry: () => void
}

/** Goes on with a journal from where it was replayed to. */
export const make = (
  journal: Journal["Type"],
  replayed: Snapshot,
  world: Pick<World, "config" | "sweep">
): Journaling => {
  const patient = patientJournal.make(journal, world.sweep)
  const snapshots = snapshotting.make(journal, world, replayed)
  const delay = Duration.toMillis(world.config.journalDelay)
  let waiting: Array<Event> = []
  let dueAt = Number.POSITIVE_INFINITY

  /** Whether what waits may do so for longer. Where that seems more than the whole delay, the clock was set back. */
  const mayWait = (now: number): boolean => dueAt > now && dueAt - now <= delay

  return {
    take: (facts, { atOnce, now }) => {
      if (waiting.length === 0) {
        if (facts.length === 0) return Effect.void
        dueAt = now + delay
      }
      for (const fact of facts) waiting.push(fact)
      if (!atOnce && mayWait(now)) return Effect.void
      const events = waiting
      waiting = []
      dueAt = Number.POSITIVE_INFINITY
      return Effect.tap(patient.append(events), () => snapshots.journaled(events))
    },
    dueAt: () => dueAt,
    hurry: patient.hurry
  }
}
