import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import type * as Stream from "effect/Stream"
import type { Happening } from "../Happening.js"
import * as SchedulerMetrics from "../SchedulerMetrics.js"
import type { SchedulerModel } from "../SchedulerModel.js"
import * as SchedulerNarration from "../SchedulerNarration.js"
import * as Signal from "../Signal.js"
import { countEvent } from "./countEvent.js"
import { meter } from "./metering.js"

/** Tells what happens to a scheduler: in the log, in the metrics, and to those who listen. */
export interface Chronicle {
  /** Tells of one pass: what has happened, in order, since the model was this one. */
  readonly tell: (before: SchedulerModel, happenings: ReadonlyArray<Happening>) => Effect.Effect<void>
  /** What is told from now on; a slow reader misses the oldest. */
  readonly happenings: Stream.Stream<Happening>
}

/** With the metric labels and the log level that the caller has now. */
export const make: Effect.Effect<Chronicle> = Effect.gen(function* () {
  const count = yield* meter
  const audible = yield* FiberRef.get(FiberRef.currentMinimumLogLevel)
  const signal = Signal.make<Happening>({ latest: kept })

  return {
    tell: Effect.fnUntraced(function* (before, happenings) {
      let from = before
      for (const { event, model } of happenings) {
        for (const line of SchedulerNarration.lines(from, event, model)) {
          if (LogLevel.greaterThanEqual(line.level, audible)) yield* SchedulerNarration.say(line)
        }
        countEvent(count, from, event, model)
        from = model
      }
      for (const happening of happenings) signal.emit(happening)
      count(SchedulerMetrics.passes, 1)
    }),
    happenings: signal.changes
  }
})

// internal

/** How many happenings a slow reader may be behind. */
const kept = 4096
