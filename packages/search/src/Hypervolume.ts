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
  const { losses, reference } = lossesOf(outcomes, points)
  const gains = losses.map((loss) => volume(loss, reference))
  const lookedAt = new Int32Array(points.length)
  const chosen: Array<number> = []
  const covered: Array<Loss> = []
  const left = Heap.make<number>((i, j) => {
    const difference = (gains[i] ?? 0) - (gains[j] ?? 0)
    return difference > 0 || (difference === 0 && i < j)
  })
  for (const i of points.keys()) left.add(i)
  for (let best = left.take(); best !== undefined && chosen.length < count; best = left.take()) {
    // What a point adds only shrinks, so the best by old figures that is still so by new ones is the best.
    if (chosen.length < most && lookedAt[best] !== chosen.length) {
      lookedAt[best] = chosen.length
      gains[best] = added(losses[best] ?? [], covered, reference)
      left.add(best)
    } else {
      chosen.push(best)
      covered.push(losses[best] ?? [])
    }
  }
  return chosen.map((i) => points[i] ?? 0)
}

/** The volume between points, of which smaller is better, and a reference that is worse than each. */
export const hypervolume = (points: ReadonlyArray<Loss>, reference: Loss): number => {
  let sum = 0
  for (const [i, point] of points.entries()) sum += added(point, points.slice(i + 1), reference)
  return sum
}

// internal

const most = 32

type Loss = ReadonlyArray<number>

const volume = (point: Loss, reference: Loss): number =>
  point.reduce((product, x, k) => product * Math.max((reference[k] ?? 0) - x, 0), 1)

/** The volume that a point dominates and others don't: its own less that of what they share with it. */
const added = (point: Loss, others: ReadonlyArray<Loss>, reference: Loss): number => {
  const shared = others.map((other) => other.map((x, k) => Math.max(x, point[k] ?? 0)))
  return volume(point, reference) - hypervolume(undominated(shared), reference)
}

const undominated = (points: ReadonlyArray<Loss>): ReadonlyArray<Loss> =>
  points.filter(
    (point, i) =>
      !points.some(
        (other, j) =>
          other.every((x, k) => x <= (point[k] ?? 0)) && (j < i || other.some((x, k) => x < (point[k] ?? 0)))
      )
  )

/** The points in units of each objective's largest loss, which keeps products in range, and Optuna's reference point. */
const lossesOf = ({ objectives, values }: Outcomes, points: ReadonlyArray<number>) => {
  const scales = Array.from({ length: objectives }, (_, k) =>
    points.reduce((scale, i) => Math.max(scale, Math.abs(values[i * objectives + k] ?? 0)), 0)
  )
  const losses = points.map((i) =>
    scales.map((scale, k) => (scale === 0 ? 0 : -(values[i * objectives + k] ?? 0) / scale))
  )
  const reference = scales.map((_, k) => {
    const worst = losses.reduce((largest, loss) => Math.max(largest, loss[k] ?? 0), Number.NEGATIVE_INFINITY)
    return worst === 0 ? 1e-12 : Math.max(1.1 * worst, 0.9 * worst)
  })
  return { losses, reference }
}
