import type { RunCurve, Verdict } from "@sweepline/core/EarlyStopping"
import type { EarlyTerminate } from "@sweepline/core/EarlyTerminate"
import type { Metric } from "@sweepline/core/Metric"
import * as Curves from "./Curves.js"
import * as Standings from "./Standings.js"

/**
 * The iterations at which W&B's hyperband judges runs (§5): `max_iter` divided by `eta`, `s`
 * times, where both are given; otherwise `min_iter` times `eta`, a hundred times. Sorted;
 * with a small `eta` some come twice. Empty where nothing is ever judged. Of more than ten thousand, as a mistaken
 * `eta` makes of a large `s`, these are the highest.
 */
export const bands = ({ eta, maxIter, minIter, s }: EarlyTerminate): ReadonlyArray<number> => {
  const found: Array<number> = []
  if (maxIter !== undefined && s !== undefined) {
    let band = maxIter
    for (let k = 0; k < Math.min(s, mostBands); k++) {
      band /= eta
      if (band < 1) break
      found.push(Math.floor(band))
    }
    return found.reverse()
  }
  let band = minIter ?? Number.NaN
  for (let k = 0; k < 100 && band <= Number.MAX_VALUE; k++) {
    found.push(Math.floor(band))
    band *= eta
  }
  return found
}

/**
 * W&B's stopping rule, exactly (§5). An iteration is the number of a logged value, from 1,
 * whatever its step. A running run stands at the largest band that it has reached, and is
 * stopped where its value there (its best value so far, with `strict: false`) is above the
 * cutoff: of all values that runs in any state had at this band, best first, the one with
 * number ⌊m/eta⌋ from 0. Equals survive. A run is judged again whenever the cutoff moves.
 */
export const make = (rule: EarlyTerminate, goal: Metric["goal"]): Curves.Judge => {
  const levels = [...new Set(bands(rule))]
  // W&B takes the inverse first, and with it its rounding: 49 runs at eta 49 give 0, not 1.
  const share = 1 / rule.eta
  const follow = Curves.follow(
    () => start(levels.length),
    (state, index, { id, values }, from) => {
      let { best = Number.POSITIVE_INFINITY, reached = 0 } = state.runs[index] ?? {}
      for (let n = from; n < values.length; n++) {
        const value = Curves.turned(goal, values[n] ?? 0)
        best = Math.min(best, value)
        if (levels[reached] !== n + 1) continue
        const standings = state.standings[reached]
        if (standings !== undefined) Standings.add(standings, { run: id, value, time: 0 })
        reached++
      }
      state.runs[index] = { best, reached }
      return true
    }
  )

  const verdict = (state: State, index: number, curve: RunCurve): Verdict | undefined => {
    const { best = 0, reached = 0 } = state.runs[index] ?? {}
    const rung = levels[reached - 1]
    const sorted = state.standings[reached - 1]?.sorted ?? []
    const cutoff = sorted[Math.trunc(share * sorted.length)]?.value
    if (rung === undefined || cutoff === undefined) return undefined
    const value = rule.strict ? Curves.turned(goal, curve.values[rung - 1] ?? 0) : best
    if (!(value > cutoff)) return undefined
    return {
      run: curve.id,
      rung,
      value: Curves.turned(goal, value),
      threshold: Curves.turned(goal, cutoff),
      peers: Standings.betterThan(sorted, value)
    }
  }

  return (curves) => {
    const state = follow(curves)
    return curves.flatMap((curve, i) => (curve.state === "running" ? (verdict(state, i, curve) ?? []) : []))
  }
}

// internal

const mostBands = 10_000

interface State {
  /** Who stands where, for each band. */
  readonly standings: ReadonlyArray<Standings.Standings>
  /** Each run's best value, and how many bands it has reached. */
  readonly runs: Array<{ readonly best: number; readonly reached: number }>
}

const start = (bands: number): State => ({ standings: Array.from({ length: bands }, Standings.make), runs: [] })
