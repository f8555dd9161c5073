import * as Normal from "@sweepline/search/Normal"

/**
 * The one-sided Mann–Whitney test: how likely values at least this much larger than others
 * would be if both came from one distribution. By the normal approximation with corrections
 * for ties and continuity, as is usual from eight values on.
 */
export const chanceOfLarger = (values: ReadonlyArray<number>, others: ReadonlyArray<number>): number => {
  const [n, m] = [values.length, others.length]
  const pooled = [...values, ...others].sort((a, b) => a - b)
  let wins = 0
  for (const value of values) {
    for (const other of others) wins += value > other ? 1 : value === other ? 0.5 : 0
  }
  let ties = 0
  for (let first = 0, next = 0; first < pooled.length; first = next) {
    while (next < pooled.length && pooled[next] === pooled[first]) next++
    const tied = next - first
    ties += tied * (tied * tied - 1)
  }
  const total = n + m
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  return variance > 0 ? 1 - Normal.cdf((wins - (n * m) / 2 - 0.5) / Math.sqrt(variance)) : 1
}

/** The middle of some values, or of the two in the middle; NaN of none. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}
