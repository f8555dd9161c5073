import type { RunCurve, Verdict } from "@sweepline/core/EarlyStopping"
import type { EarlyTerminate } from "@sweepline/core/EarlyTerminate"
import type { Metric } from "@sweepline/core/Metric"
import * as Curves from "./Curves.js"
import * as Hyperband from "./Hyperband.js"
import * as Standings from "./Standings.js"

/**
 * The steps at which `asha` and `median` judge: `min_iter` (1 where there is none) times each
 * power of `eta`, below `max_iter` where there is one; or, given `max_iter` and `s`,
 * hyperband's bands. Rising, each once.
 */
export const steps = (rule: EarlyTerminate): ReadonlyArray<number> => {
  const last = rule.maxIter ?? Number.POSITIVE_INFINITY
  const all = Hyperband.bands(rule.s === undefined ? { ...rule, minIter: rule.minIter ?? 1, maxIter: undefined } : rule)
  return [...new Set(all)].filter((step) => step < last)
}

/** A run at the highest rung that it has come to, and what it had when it came. */
export interface Arrival extends Standings.Standing {
  readonly rung: number
}

/** How far a run has come. */
export interface Climb {
  /** How many rungs it has reached. */
  readonly reached: number
  /** The best value so far; smaller is better. */
  readonly best: number
  /** Where it came to last. Of several rungs that one value reaches, it came to the highest only. */
  readonly arrival: Arrival | undefined
}

/** A run that has logged nothing. */
export const ground: Climb = { reached: 0, best: Number.POSITIVE_INFINITY, arrival: undefined }

/**
 * Takes a curve's n-th value. A rung is reached with the first value at its step or beyond; a
 * step smaller than an earlier one, as after a resume, reaches nothing. What counts there is
 * that value, or the best by then.
 */
export const climb = (
  rungs: ReadonlyArray<number>,
  goal: Metric["goal"],
  counts: "value" | "best",
  self: Climb,
  { id, steps: at, times, values }: RunCurve,
  n: number
): Climb => {
  const value = Curves.turned(goal, values[n] ?? 0)
  const best = Math.min(self.best, value)
  let { reached } = self
  while ((rungs[reached] ?? Number.POSITIVE_INFINITY) <= (at[n] ?? 0)) reached++
  if (reached === self.reached) return { ...self, best }
  const arrival = { run: id, rung: reached - 1, value: counts === "best" ? best : value, time: times[n] ?? 0 }
  return { reached, best, arrival }
}

/** Decides on a run by its arrival at a rung and whoever was there by then, best first. */
export type Decide = (arrival: Arrival, present: ReadonlyArray<Standings.Standing>) => number | undefined

/**
 * Judges running runs where they stand, each by what was there when it came: who comes later
 * changes nothing, so that a run is judged once at each rung. `decide` answers the threshold
 * for one to stop.
 */
export const judge = (rungs: ReadonlyArray<number>, goal: Metric["goal"], decide: Decide) => {
  // What was decided of a run stays until somebody is told who had come before it.
  const decided = new WeakMap<Arrival, { readonly size: number; readonly verdict: Verdict | undefined }>()
  const verdict = (arrival: Arrival, standings: Standings.Standings): Verdict | undefined => {
    const known = decided.get(arrival)
    const isKnown = known !== undefined && !Standings.isNewBy(standings, known.size, arrival.time)
    const found = isKnown ? known.verdict : reasoned(arrival, Standings.by(standings, arrival.time))
    decided.set(arrival, { size: standings.told.length, verdict: found })
    return found
  }
  const reasoned = (arrival: Arrival, present: ReadonlyArray<Standings.Standing>): Verdict | undefined => {
    const threshold = decide(arrival, present)
    if (threshold === undefined) return undefined
    return {
      run: arrival.run,
      rung: rungs[arrival.rung] ?? 0,
      value: Curves.turned(goal, arrival.value),
      threshold: Curves.turned(goal, threshold),
      peers: Standings.betterThan(present, arrival.value)
    }
  }
  return (
    curves: ReadonlyArray<RunCurve>,
    climbs: ReadonlyArray<Climb>,
    standings: ReadonlyArray<Standings.Standings>
  ): ReadonlyArray<Verdict> =>
    curves.flatMap(({ state }, i) => {
      const arrival = climbs[i]?.arrival
      const there = arrival === undefined ? undefined : standings[arrival.rung]
      if (state !== "running" || arrival === undefined || there === undefined) return []
      return verdict(arrival, there) ?? []
    })
}
