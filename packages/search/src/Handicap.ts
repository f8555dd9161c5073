import type { Marks } from "./Marks.js"

/** A run that finished: its outcome, and what it had at the rungs. Larger is better. */
export interface Finisher {
  readonly value: number
  readonly marks: Marks
}

/**
 * What runs that were stopped early count as, beside those that finished. Their own best values
 * would say too little of them: a run that was stopped after one epoch isn't as much worse as its
 * loss is. So each counts as if it had gone on to improve as the median finisher did from the rung
 * at which it stood last; but not as better than the median finisher, since the rule that stopped it
 * found it worse, and never as worse than it was. Where nobody finished, its best is all that is known.
 */
export const make = (finishers: ReadonlyArray<Finisher>): ((best: number, marks: Marks) => number) => {
  const rungs = new Map<number, { readonly gain: number; readonly outcome: number } | undefined>()
  const at = (rung: number) => {
    if (!rungs.has(rung)) rungs.set(rung, typical(finishers, rung))
    return rungs.get(rung)
  }
  return (best, marks) => {
    const other = at(marks.length - 1)
    return other === undefined ? best : Math.max(best, Math.min(best + other.gain, other.outcome))
  }
}

// internal

const typical = (finishers: ReadonlyArray<Finisher>, rung: number) => {
  const reached = finishers.filter(({ marks }) => marks.length > rung && rung >= 0)
  if (reached.length === 0) return undefined
  return {
    gain: median(reached.map(({ marks, value }) => value - (marks[rung] ?? value))),
    outcome: median(reached.map(({ value }) => value))
  }
}

const median = (values: Array<number>): number => {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : upper / 2 + (sorted[half - 1] ?? upper) / 2
}
