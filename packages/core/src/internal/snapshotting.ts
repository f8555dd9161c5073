import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import type { Event } from "../Event.js"
import type { Journal, Snapshot } from "../Journal.js"
import * as SchedulerModel from "../SchedulerModel.js"
import type { World } from "./world.js"

/** Keeps a snapshot of what the journal comes to, now and then. */
export interface Snapshotting {
  /** These events were just appended. */
  readonly journaled: (events: ReadonlyArray<Event>) => Effect.Effect<void>
}

/**
 * Folds what was journaled rather than taking the live model, which knows more than the journal. A snapshot
 * that can't be kept is no loss: the next one is tried later, and until then replay takes longer.
 */
export const make = (
  journal: Journal["Type"],
  { config, sweep }: Pick<World, "config" | "sweep">,
  base: Snapshot
): Snapshotting => {
  let folded = base
  let since: Array<Event> = []

  const fold = (): Snapshot => {
    folded = { events: folded.events + since.length, model: since.reduce(SchedulerModel.apply, folded.model) }
    since = []
    return folded
  }

  return {
    journaled: (events) => {
      if (config.snapshotEvery === Number.POSITIVE_INFINITY) return Effect.void
      for (const event of events) since.push(event)
      if (since.length < Math.max(config.snapshotEvery, eventsPerRun * HashMap.size(folded.model.past)))
        return Effect.void
      return Effect.suspend(() => journal.keep(sweep, fold())).pipe(
        Effect.catchAll((error) => Effect.logWarning("Could not keep a snapshot of the journal", error))
      )
    }
  }
}

// internal

/**
 * A snapshot writes down every run that has ended. So the more there are, the more events it waits for: each run is
 * then written some fourteen times in all, however many there come to be, and replay folds half an event for each.
 */
const eventsPerRun = 0.5
