import * as Duration from "effect/Duration"
import type { Event } from "../Event.js"
import type { SchedulerModel } from "./model.js"

/**
 * Notices that nobody listened for a while: the machine was suspended, for example, or this process was stopped, or the
 * clock was set. What its runs did meanwhile can't be told, so the answer is a sign of life of each that is watched for
 * them, and they have their whole time again. To be asked at each pass.
 */
export const make = (
  pollInterval: Duration.Duration
): ((model: SchedulerModel, now: number) => ReadonlyArray<Event>) => {
  const longest = Duration.toMillis(pollInterval) + slack
  let last: number | undefined
  return (model, now) => {
    const wasAway = last !== undefined && now - last > longest
    last = now
    if (!wasAway || model.policy.runTimeout === null) return []
    const managed = Array.from(model.runs.values()).filter(({ phase }) => phase === "Managed")
    return managed.map(({ attempt, id }) => ({ _tag: "RunActive", at: now, run: id, attempt }))
  }
}

// internal

/** By how many milliseconds a pass may be late on a busy machine. */
const slack = 1000
