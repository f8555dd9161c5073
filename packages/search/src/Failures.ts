import * as Cholesky from "./Cholesky.js"
import * as GaussianProcess from "./GaussianProcess.js"
import type { Hyperparameters } from "./Hyperparameters.js"
import type { Points } from "./Points.js"
import * as Skew from "./Skew.js"

/**
 * A Gaussian process of which runs fail, beside the one of what they report: labels are 1 for a run that did and 0 for
 * others, all as noisy as they are found to be. Where that depends on the place it says how; where it doesn't, all is
 * noise, and it says everywhere how many fail.
 *
 * That failures are modelled by a process of their own is from Bachoc, Helbert and Picheny, "Gaussian Process
 * Optimization with Failures: Classification and Convergence Proof" (Journal of Global Optimization 78, 2020). They take
 * the sign of a latent process; this is the least squares of Rasmussen and Williams (2006), §6.5, and §5.4.2 for
 * leaving one out, which are the sums that a fit has anyway.
 */
export const learn = (points: Points, failed: ArrayLike<number>): Hyperparameters | undefined => {
  const { deviation, values } = labelled(points.count, failed)
  return deviation > 0 ? GaussianProcess.fit(points, values, new Float64Array(points.count).fill(1)) : undefined
}

/** How likely each run was to fail, by all others. */
export const chances = (
  { columns, count, numeric, rows }: Points,
  failed: ArrayLike<number>,
  { doubt, noise, scale, skews, weights }: Hyperparameters
): Float64Array => {
  const { deviation, values } = labelled(count, failed)
  const bent = rows.map((x, i) => (i % columns < numeric ? Skew.bend(x, skews[i % columns] ?? 0) : x))
  const factor = Cholesky.make(count)
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) {
      let squared = 0
      for (let j = 0; j < columns; j++) {
        const away = (bent[a * columns + j] ?? 0) - (bent[b * columns + j] ?? 0)
        squared += (weights[j] ?? 0) * (j < numeric ? away * away : away === 0 ? 0 : 1)
      }
      const t = Math.sqrt(5 * squared)
      factor.rows[a * factor.stride + b] = scale * Math.exp(-t) * (1 + t + (t * t) / 3)
    }
    factor.rows[a * factor.stride + a] = scale + noise + doubt
  }
  Cholesky.extend(factor, count)
  const alpha = values.slice()
  Cholesky.solveLower(factor, alpha)
  Cholesky.solveUpper(factor, alpha)
  const column = new Float64Array(count)
  return alpha.map((pull, i) => {
    column.fill(0)
    column[i] = 1
    Cholesky.solveLower(factor, column)
    const precision = column.reduce((sum, x) => sum + x * x, 0)
    return Math.min(Math.max((failed[i] ?? 0) - (deviation * pull) / precision, 0), 1)
  })
}

// internal

/** Labels of zero mean and unit variance, where they aren't all the same. */
const labelled = (count: number, failed: ArrayLike<number>) => {
  const labels = Float64Array.from({ length: count }, (_, i) => failed[i] ?? 0)
  const mean = labels.reduce((sum, label) => sum + label, 0) / Math.max(count, 1)
  const deviation = Math.sqrt(mean * (1 - mean))
  return { deviation, values: labels.map((label) => (label - mean) / (deviation > 0 ? deviation : 1)) }
}
