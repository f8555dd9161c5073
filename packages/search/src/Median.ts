import type { RunCurve } from "@sweepline/core/EarlyStopping"
import type { EarlyTerminate } from "@sweepline/core/EarlyTerminate"
import type { Metric } from "@sweepline/core/Metric"
import * as Curves from "./Curves.js"
import * as Rungs from "./Rungs.js"
import * as Standings from "./Standings.js"

/**
 * The median rule (§9.4): a run that comes to a rung is stopped where its best value so far
 * is worse than the median of what the runs that had finished by then had at this rung.
 * While fewer than five had, none is stopped. Rungs are real steps (`Rungs.steps`), and each
 * run is judged once at each.
 */
export const make = (rule: EarlyTerminate, goal: Metric["goal"]): Curves.Judge => {
  const rungs = Rungs.steps(rule)
  const follow = Curves.follow(
    () => start(rungs),
    (state, index, curve, from) => {
      // A finished run that grows after all would have counted otherwise.
      if (state.counted.has(index)) return false
      const marks = (state.marks[index] ??= [])
      let climb = state.climbs[index] ?? Rungs.ground
      for (let n = from; n < curve.values.length; n++) {
        climb = Rungs.climb(rungs, goal, "best", climb, curve, n)
        while (marks.length < climb.reached) marks.push(Curves.turned(goal, curve.values[n] ?? 0))
      }
      state.climbs[index] = climb
      return true
    }
  )
  const judge = Rungs.judge(rungs, goal, ({ value }, present) => {
    const threshold = present.length < leastFinished ? value : middle(present)
    return value > threshold ? threshold : undefined
  })
  return (curves) => {
    const state = follow(curves)
    for (const [i, curve] of curves.entries()) {
      if (curve.state === "finished" && !state.counted.has(i)) count(state, i, curve)
    }
    return judge(curves, state.climbs, state.standings)
  }
}

// internal

const leastFinished = 5

interface State {
  readonly climbs: Array<Rungs.Climb>
  /** What each run had at each rung that it has reached. */
  readonly marks: Array<Array<number>>
  /** The finished runs that stand in the standings. */
  readonly counted: Set<number>
  /** The finished runs of each rung; their time is that of their last value. */
  readonly standings: ReadonlyArray<Standings.Standings>
}

const start = (rungs: ReadonlyArray<number>): State => ({
  climbs: [],
  marks: [],
  counted: new Set(),
  standings: rungs.map(Standings.make)
})

const count = (state: State, index: number, { id, times }: RunCurve): void => {
  state.counted.add(index)
  const time = times[times.length - 1] ?? 0
  for (const [rung, value] of (state.marks[index] ?? []).entries()) {
    const standings = state.standings[rung]
    if (standings !== undefined) Standings.add(standings, { run: id, value, time })
  }
}

const middle = (sorted: ReadonlyArray<Standings.Standing>): number => {
  const half = sorted.length >> 1
  const upper = sorted[half]?.value ?? 0
  return sorted.length % 2 === 1 ? upper : upper / 2 + (sorted[half - 1]?.value ?? upper) / 2
}
