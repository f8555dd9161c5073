import type { LaunchAgent } from "@sweepline/core/LaunchAgent"
import * as Obstacle from "@sweepline/core/Obstacle"
import type { RunningScheduler } from "@sweepline/core/Scheduler"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Places from "./Places.js"
import * as Sweeps from "./Sweeps.js"
import * as SweepSettings from "./SweepSettings.js"

/** A sweep as it stood before its scheduler began. */
export const make = Effect.fnUntraced(function* (sweep: SweepId) {
  const api = yield* SweepApi
  const store = yield* SweepStore
  const read = Effect.map(Effect.all([api.sweep(sweep), store.settings(sweep)]), ([record, settings]) => ({
    record,
    settings: Option.getOrUndefined(settings)
  }))
  let known = yield* read

  /** Tells the scheduler and the launch agent what `sweepline edit` has changed since the last look. */
  const look = Effect.fnUntraced(function* (running: Editable, agent: Extendable) {
    const now = yield* read
    const search = now.record.config !== known.record.config
    if (!search && now.settings === known.settings) return
    const settings = yield* SweepSettings.of(sweep)
    const places = yield* Places.slots(settings)
    if (search) yield* store.reload(sweep)
    yield* agent.extend(places)
    const change = {
      workers: places.length,
      gpusPerRun: Places.gpusPerRun(places),
      runCap: Sweeps.configOf(now.record)?.runCap ?? null,
      retries: settings.retries,
      deadline: settings.deadline ?? null,
      budget: settings.budget === undefined ? null : Duration.toMillis(Duration.hours(settings.budget))
    }
    yield* running.edit(change, search)
    // Only now: what couldn't be heeded is tried again at the next look.
    known = now
  })

  return {
    /** Follows the sweep's edits as long as it is run. */
    follow: (running: Editable, agent: Extendable) => {
      const obstacle = Obstacle.make((error: Effect.Effect.Error<ReturnType<typeof look>>) =>
        Effect.logWarning("Could not follow an edit of the sweep", error)
      )
      const heeding = Effect.matchEffect(look(running, agent), {
        onFailure: obstacle.met,
        onSuccess: () => obstacle.gone
      })
      // No signal is promised, and a look may fail: now and then there is one anyway.
      const occasions = Stream.merge(api.changes(sweep), Stream.tick("5 seconds"))
      // A sweep that changes all the time is looked at only so often.
      return Stream.runForEach(occasions, () => Effect.zipRight(heeding, Effect.sleep("200 millis")))
    }
  }
})

// internal

type Editable = Pick<RunningScheduler, "edit">
type Extendable = Pick<LaunchAgent["Type"], "extend">
