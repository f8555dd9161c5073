import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Event } from "../Event.js"
import type { Journal } from "../Journal.js"
import type { JournalUnavailable } from "../JournalUnavailable.js"
import type { LeaseHeldError } from "../LeaseHeldError.js"
import * as Obstacle from "../Obstacle.js"
import type { SweepId } from "../SweepId.js"

/** How a scheduler writes its journal. */
export interface PatientJournal {
  /**
   * Appends events. Where the disk is full, for example, it waits for room: nothing is decided meanwhile, and the runs go
   * on. Only the first append of a scheduler doesn't wait: nothing has begun yet, and whoever started it is still there.
   */
  readonly append: (events: ReadonlyArray<Event>) => Effect.Effect<void, JournalUnavailable | LeaseHeldError>
  /** Somebody wants the scheduler to end: nothing is waited for any more. */
  readonly hurry: () => void
}

/** How often a journal that can't be written is tried again. */
export const retrySchedule = Schedule.spaced("1 second")

/** The journal of a sweep, for one scheduler. */
export const make = (journal: Journal["Type"], sweep: SweepId): PatientJournal => {
  const hurried = Effect.unsafeMakeLatch(false)
  let begun = false

  const obstacle = Obstacle.make(say)

  const waiting = (events: ReadonlyArray<Event>, first: JournalUnavailable) =>
    journal
      .append(sweep, events)
      .pipe(
        Effect.tapErrorTag("JournalUnavailable", obstacle.met),
        Effect.retry({ schedule: retrySchedule, while: mayHeal }),
        Effect.tap(obstacle.gone),
        Effect.delay("1 second"),
        Effect.raceFirst(Effect.zipRight(hurried.await, first))
      )

  return {
    append: (events) =>
      journal.append(sweep, events).pipe(
        Effect.catchIf(
          (error): error is JournalUnavailable => begun && mayHeal(error),
          (error) => Effect.zipRight(obstacle.met(error), waiting(events, error))
        ),
        Effect.tap(() => {
          begun = true
        })
      ),
    hurry: () => {
      hurried.unsafeOpen()
    }
  }
}

// internal

const mayHeal = (error: JournalUnavailable | LeaseHeldError): boolean =>
  error._tag === "JournalUnavailable" && error.mayHeal === true

const say = ({ detail }: JournalUnavailable) =>
  Effect.annotateLogs(
    Effect.logWarning("The journal can't be written"),
    "problem",
    `The sweep waits until its journal can be written: ${detail}.`
  )
