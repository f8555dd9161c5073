import type { Hyperparameters } from "./Hyperparameters.js"
import * as Lbfgs from "./Lbfgs.js"
import * as LogPosterior from "./LogPosterior.js"
import type { Points } from "./Points.js"

/**
 * The most probable hyperparameters of a process, given standardised values (zero mean, unit variance), as far as they
 * are found from fixed starts: the answer depends on the points and values alone.
 *
 * Axes are taken as they were declared, first. Where one is logarithmic in truth, differences at its end look like noise,
 * and no small step leads out of that. So if there is noise, each axis is tried with a skew (`Skew`), and then all those
 * together at whose ends the best point lies. Only what is clearly more probable replaces the declared axes.
 */
export const fit = (points: Points, values: Float64Array, isolated: Float64Array): Hyperparameters => {
  const posterior = LogPosterior.make(points, values, isolated)
  const { skews, weights } = posterior
  const start = new Float64Array(weights + 3)
  start[weights + 2] = Math.log(0.1)
  if (weights < points.columns) start[0] = Math.log(16 / points.columns)
  const straight = descend(posterior, start)
  if (skews === 0 || (straight.x[weights + 1] ?? 0) < leastLogNoise) return posterior.hyperparameters(straight.x)
  const one = skewedOneByOne(posterior, { ...straight, x: joined(straight.x, new Float64Array(skews)) })
  const ends = skewsAtEnds(points, values, skews)
  if (ends.every((skew) => skew === 0)) return posterior.hyperparameters(one.x)
  const goal = one.value - clear
  const all = descend(posterior, joined(start, ends), goal)
  return posterior.hyperparameters(all.value < goal ? skewedOneByOne(posterior, all).x : one.x)
}

// internal

/** A thousandth of the values' variance. */
const leastLogNoise = Math.log(1e-3)
/** By how much a log posterior must be better for axes not to be taken as they were declared. */
const clear = 3
/** About six decades. */
const mostSkew = 14
const endSkew = 8
const triedSkews = [6, 0, -6]
/** How far from the skew that an axis has another must be to be worth a try: nearer ones are found by descending. */
const apart = 3
/** How near to its end the best point must lie for an axis to be tried with a skew among others. */
const end = 0.05

/** What a start leads to; or, where that won't come below a `goal`, some of the way. */
const descend = (
  { negative, weights }: LogPosterior.LogPosterior,
  start: Float64Array,
  goal = Number.POSITIVE_INFINITY
): Lbfgs.Minimum =>
  Lbfgs.minimize(
    negative,
    start,
    start.map((_, i) => (i > weights + 2 ? -mostSkew : i > weights ? -20 : -9)),
    start.map((_, i) => (i > weights + 2 ? mostSkew : i > weights ? 2 : 9)),
    { maxIterations: 60, gradientTolerance: 1e-2, valueTolerance: 1e-4, goal }
  )

/** Where another skew of an axis is better at once, all the rest being as it is, what that leads to. */
const skewedOneByOne = (posterior: LogPosterior.LogPosterior, found: Lbfgs.Minimum): Lbfgs.Minimum => {
  const vector = found.x.slice()
  let value = found.value
  for (let i = posterior.weights + 3; i < vector.length; i++) {
    let best = vector[i] ?? 0
    for (const skew of triedSkews.filter((each) => Math.abs(each - (found.x[i] ?? 0)) > apart)) {
      vector[i] = skew
      const tried = posterior.negative(vector)
      if (!(tried < value)) continue
      value = tried
      best = skew
    }
    vector[i] = best
  }
  if (!(value < found.value)) return found
  const skewed = descend(posterior, vector)
  return skewed.value < found.value - clear ? skewed : found
}

/** Skews that stretch the ends at which the best point lies. */
const skewsAtEnds = ({ columns, rows }: Points, values: Float64Array, count: number): Float64Array => {
  const best = values.reduce((top, value, i) => (value > (values[top] ?? 0) ? i : top), 0)
  return Float64Array.from({ length: count }, (_, j) => {
    const x = rows[best * columns + j] ?? 0
    return x < end ? endSkew : x > 1 - end ? -endSkew : 0
  })
}

const joined = (one: Float64Array, other: Float64Array): Float64Array => {
  const both = new Float64Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
