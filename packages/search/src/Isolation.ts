import type { Points } from "./Points.js"

/** Which values say little of their neighbours, and which of these are of runs that diverged (`Standard`). */
export interface Bad {
  readonly floored: ArrayLike<number>
  readonly diverged: ArrayLike<number>
}

/**
 * How little each value says of its neighbours, from 0 to 1: of a run that diverged, the share of its nearest neighbours
 * that didn't; 1 for other bad values, and 0 for good ones.
 *
 * Any run may diverge. Where its neighbours did, too, it is the region that is bad, and to doubt it would be to go there
 * again and again.
 */
export const make = (points: Points, { diverged, floored }: Bad): Float64Array => {
  const { columns, count, numeric, rows } = points
  const distance = (a: number, b: number): number => {
    let sum = 0
    for (let j = 0; j < numeric; j++) {
      const away = (rows[a * columns + j] ?? 0) - (rows[b * columns + j] ?? 0)
      sum += away * away
    }
    for (let j = numeric; j < columns; j++) if (rows[a * columns + j] !== rows[b * columns + j]) sum += 1
    return sum
  }
  return Float64Array.from({ length: count }, (_, i) => {
    if (floored[i] !== 1 || diverged[i] !== 1) return floored[i] ?? 0
    const nearest: Array<{ readonly away: number; readonly good: boolean }> = []
    for (let k = 0; k < count; k++) {
      if (k === i) continue
      const away = distance(i, k)
      if (nearest.length === neighbours && away >= (nearest.at(-1)?.away ?? 0)) continue
      nearest.push({ away, good: diverged[k] !== 1 })
      nearest.sort((a, b) => a.away - b.away)
      if (nearest.length > neighbours) nearest.pop()
    }
    return nearest.length === 0 ? 1 : nearest.filter(({ good }) => good).length / nearest.length
  })
}

/**
 * The same where runs failed, too, by the `chances` of each run to fail or diverge, as the others tell (`Failures`): how
 * likely it was not to, against how likely that was where runs are good, or of all runs.
 *
 * Where it was to be expected, and isn't where runs are good, it is the region that is bad. Where it is as likely
 * everywhere, however likely that is, it was chance, and to believe it would be to leave the best region for that.
 */
export const byChances = (chances: Float64Array, { diverged, floored }: Bad): Float64Array => {
  let good = 0
  let elsewhere = 0
  chances.forEach((chance, i) => {
    if (diverged[i] === 1) return
    good++
    elsewhere += 1 - chance
  })
  // Good runs between many that failed at one point look as if they should have, too.
  const usual = Math.max(elsewhere / Math.max(good, 1), Math.max(good, 1) / chances.length)
  return chances.map((chance, i) => (diverged[i] === 1 ? Math.min((1 - chance) / usual, 1) : (floored[i] ?? 0)))
}

// internal

/** Few, so that a region shows as soon as a handful of runs went there. */
const neighbours = 3
