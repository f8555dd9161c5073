import * as Coverage from "./Coverage.js"
import * as Heap from "./Heap.js"
import type { Outcomes } from "./ParetoFront.js"

/**
 * `count` of the given points, chosen one by one by how much each adds to the volume that the
 * chosen ones dominate together (§9.3): of points that are equally good, those that cover
 * more. Ties go to the earlier point. After `most` points the rest goes by what each added
 * when it was looked at last, for an exact choice among hundreds would take too long.
 */
export const spread = (outcomes: Outcomes, points: ReadonlyArray<number>, count: number): ReadonlyArray<number> => {
  if (count >= points.length) return points
  const { objectives } = outcomes
  const losses = lossesOf(outcomes, points)
  const coverage = Coverage.make(referenceOf(losses, objectives), most)
  const gains = Float64Array.from(points, (_, i) => coverage.gain(losses, i * objectives))
  const lookedAt = new Int32Array(points.length)
  const chosen: Array<number> = []
  const left = Heap.make<number>((i, j) => {
    const difference = (gains[i] ?? 0) - (gains[j] ?? 0)
    return difference > 0 || (difference === 0 && i < j)
  })
  for (const i of points.keys()) left.add(i)
  for (let best = left.take(); best !== undefined && chosen.length < count; best = left.take()) {
    // What a point adds only shrinks, so the best by old figures that is still so by new ones is the best.
    if (chosen.length < most && lookedAt[best] !== chosen.length) {
      lookedAt[best] = chosen.length
      gains[best] = coverage.gain(losses, best * objectives)
      left.add(best)
    } else {
      if (chosen.length < most) coverage.add(losses, best * objectives)
      chosen.push(best)
    }
  }
  return chosen.map((i) => points[i] ?? 0)
}

/** The volume between points, of which smaller is better, and a reference that is worse than each. */
export const hypervolume = (points: ReadonlyArray<ReadonlyArray<number>>, reference: ReadonlyArray<number>): number => {
  const coverage = Coverage.make(reference, points.length)
  const all = Float64Array.from(points.flat())
  let sum = 0
  for (let at = 0; at < all.length; at += reference.length) {
    sum += coverage.gain(all, at)
    coverage.add(all, at)
  }
  return sum
}

// internal

const most = 32

/** The points, smaller being better, in units of each objective's largest loss, which keeps products in range. */
const lossesOf = ({ objectives, values }: Outcomes, points: ReadonlyArray<number>): Float64Array => {
  const scales = new Float64Array(objectives)
  for (const i of points) {
    for (let k = 0; k < objectives; k++) {
      scales[k] = Math.max(scales[k] ?? 0, Math.abs(values[i * objectives + k] ?? 0))
    }
  }
  const losses = new Float64Array(points.length * objectives)
  for (const [row, i] of points.entries()) {
    for (let k = 0; k < objectives; k++) {
      const scale = scales[k] ?? 0
      losses[row * objectives + k] = scale === 0 ? 0 : -(values[i * objectives + k] ?? 0) / scale
    }
  }
  return losses
}

/** Optuna's reference point: a tenth of it beyond the largest loss of each objective. */
const referenceOf = (losses: Float64Array, objectives: number): Float64Array => {
  const worst = new Float64Array(objectives).fill(Number.NEGATIVE_INFINITY)
  for (const [i, loss] of losses.entries()) worst[i % objectives] = Math.max(worst[i % objectives] ?? 0, loss)
  return worst.map((loss) => (loss === 0 ? 1e-12 : Math.max(1.1 * loss, 0.9 * loss)))
}
