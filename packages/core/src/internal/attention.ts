import * as Duration from "effect/Duration"
import type { Event } from "../Event.js"
import type { SchedulerModel } from "./model.js"
import type { Moment } from "./moment.js"

/** What is to be applied before the events of a pass because of the time that it comes at; to be asked in each. */
export type Attention = (model: SchedulerModel, moment: Moment) => ReadonlyArray<Event>

/**
 * Notices that time has passed which doesn't count. Where the machine was suspended, or its clock was set, no time passed
 * for runs that are `here`, on the same machine. And where nobody listened for a while, for one of these reasons or since
 * this process was stopped, what runs did meanwhile can't be told: the last sign of life of each moves forward by it.
 */
export const make = (options: { readonly pollInterval: Duration.Duration; readonly here: boolean }): Attention => {
  const interval = Duration.toMillis(options.pollInterval)
  let last: Moment | undefined
  return (model, moment) => {
    const before = last ?? moment
    last = moment
    const passed = moment.now - before.now
    const jump = passed - (moment.awake - before.awake)
    const by = options.here && Math.abs(jump) > slack ? Math.round(jump) : 0
    const move: ReadonlyArray<Event> =
      by !== 0 && (model.runs.size > 0 || model.end !== undefined) ? [{ _tag: "ClockMoved", at: moment.now, by }] : []
    const away = passed - by - interval
    if (away <= slack || model.policy.runTimeout === null) return move
    const heard = Array.from(model.runs.values()).flatMap(({ activeAt, attempt, id, phase }): ReadonlyArray<Event> =>
      phase === "Managed" && activeAt !== undefined
        ? [{ _tag: "RunActive", at: Math.min(moment.now, activeAt + by + away), run: id, attempt }]
        : []
    )
    return [...move, ...heard]
  }
}

// internal

/** By how many milliseconds a pass may be late on a busy machine. */
const slack = 1000
