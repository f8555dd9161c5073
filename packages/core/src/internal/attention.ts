import * as Duration from "effect/Duration"
import type { Event } from "../Event.js"
import type { SchedulerModel } from "./model.js"

/** What is to be applied in a pass because of the time that it comes at; to be asked in each. */
export type Attention = (model: SchedulerModel, now: number) => ReadonlyArray<Event>

/**
 * Notices that nobody listened for a while: the machine was suspended, for example, or this process was stopped, or the
 * clock was set forward. What its runs did meanwhile can't be told, so that time doesn't count: the answer moves the last
 * sign of life of each forward by it.
 */
export const make = (pollInterval: Duration.Duration): Attention => {
  const interval = Duration.toMillis(pollInterval)
  let last: number | undefined
  return (model, now) => {
    const away = last === undefined ? 0 : now - last - interval
    last = now
    if (away <= slack || model.policy.runTimeout === null) return []
    return Array.from(model.runs.values()).flatMap(({ activeAt, attempt, id, phase }): ReadonlyArray<Event> =>
      phase === "Managed" && activeAt !== undefined
        ? [{ _tag: "RunActive", at: Math.min(now, activeAt + away), run: id, attempt }]
        : []
    )
  }
}

// internal

/** By how many milliseconds a pass may be late on a busy machine. */
const slack = 1000
