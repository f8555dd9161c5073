import type { PastRun } from "@sweepline/core/Search"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Curves from "./Curves.js"
import * as Hyperband from "./Hyperband.js"
import * as Rungs from "./Rungs.js"

/** The best value that a run had by each rung that it reached, lowest rung first; larger is better. */
export type Marks = ReadonlyArray<number>

/** A run with what it had at the rungs of its sweep's stopping rule, instead of its whole curve. */
export interface MarkedRun extends PastRun {
  readonly marks?: Marks | undefined
}

/**
 * The marks of runs whose curves tell something of others: of those that finished, and of those
 * that were stopped early. `undefined` for any other, and in a sweep that stops none.
 */
export const reader = ({
  earlyTerminate: rule,
  metric
}: Pick<SweepConfig, "earlyTerminate" | "metric">): ((run: MarkedRun) => Marks | undefined) => {
  if (rule === undefined || metric === undefined) return () => undefined
  const byCount = rule.type === "hyperband"
  const rungs = byCount ? [...new Set(Hyperband.bands(rule))] : Rungs.steps(rule)
  return ({ curve, marks, state, stoppedEarly }) => {
    if (marks !== undefined || curve === undefined) return marks
    if (state !== "finished" && stoppedEarly !== true) return undefined
    const found: Array<number> = []
    let best = Number.NEGATIVE_INFINITY
    for (const [n, value] of curve.values.entries()) {
      best = Math.max(best, -Curves.turned(metric.goal, value))
      const at = byCount ? n + 1 : (curve.steps[n] ?? 0)
      while ((rungs[found.length] ?? Number.POSITIVE_INFINITY) <= at) found.push(best)
    }
    return found
  }
}
