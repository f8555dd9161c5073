import type { EarlyTerminate } from "@sweepline/core/EarlyTerminate"
import type { Metric } from "@sweepline/core/Metric"
import * as Curves from "./Curves.js"
import * as Rungs from "./Rungs.js"
import * as Standings from "./Standings.js"

/**
 * Asynchronous successive halving in its stopping form (§9.4): a run that comes to a rung is
 * stopped where more than 1/eta of the runs that have come there, itself included, are
 * strictly better. Rungs are real steps (`Rungs.steps`), and each run is judged once at each.
 *
 * What counts is the value with which it comes; with `strict: false`, the best it had by then.
 */
export const make = (rule: EarlyTerminate, goal: Metric["goal"]): Curves.Judge => {
  const rungs = Rungs.steps(rule)
  const follow = Curves.follow(
    () => ({ climbs: new Array<Rungs.Climb>(), standings: rungs.map(Standings.make) }),
    (state, index, curve, from) => {
      let climb = state.climbs[index] ?? Rungs.ground
      for (let n = from; n < curve.values.length; n++) {
        const { arrival: before } = climb
        climb = Rungs.climb(rungs, goal, rule.strict ? "value" : "best", climb, curve, n)
        const standings = climb.arrival === before ? undefined : state.standings[climb.reached - 1]
        if (climb.arrival !== undefined && standings !== undefined) Standings.add(standings, climb.arrival)
      }
      state.climbs[index] = climb
      return true
    }
  )
  const judge = Rungs.judge(rungs, goal, ({ value }, present) => {
    const threshold = present[Math.floor(present.length / rule.eta)]?.value ?? value
    return value > threshold ? threshold : undefined
  })
  return (curves) => {
    const { climbs, standings } = follow(curves)
    return judge(curves, climbs, standings)
  }
}
