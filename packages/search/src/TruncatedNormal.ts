import * as Normal from "./Normal.js"

/**
 * The logarithm of the mass that a normal distribution has between two bounds, accurate
 * where the mass itself has long underflowed. −Infinity where the bounds are one.
 */
export const logMass = (low: number, high: number, mean: number, deviation: number): number => {
  const a = (low - mean) / deviation
  const b = (high - mean) / deviation
  if (!(a < b)) return Number.NEGATIVE_INFINITY
  // A right tail is taken as the left one that mirrors it.
  if (a > 0) return logDifference(Normal.logCdf(-a), Normal.logCdf(-b))
  if (b < 0) return logDifference(Normal.logCdf(b), Normal.logCdf(a))
  return Math.log1p(-Normal.cdf(a) - Normal.cdf(-b))
}

/** What the log density of a normal distribution cut off at 0 and 1 lacks from −z²/2. */
export const logNormaliser = (mean: number, deviation: number): number =>
  Math.log(deviation) + halfLogTwoPi + logMass(0, 1, mean, deviation)

/** The value at percentile `u` of a normal distribution cut off at 0 and 1, whose mean lies between. */
export const quantile = (u: number, mean: number, deviation: number): number => {
  const low = Normal.cdf(-mean / deviation)
  const above = Normal.cdf((mean - 1) / deviation)
  // From the nearer end, so that neither tail loses its digits.
  const fromLow = low + u * (1 - above - low)
  const fromHigh = above + (1 - u) * (1 - above - low)
  const z = fromLow < 0.5 ? Normal.quantile(fromLow) : -Normal.quantile(fromHigh)
  return Math.min(Math.max(mean + deviation * z, 0), 1)
}

// internal

const halfLogTwoPi = 0.9189385332046728

/** ln(e^a − e^b) for a ≥ b. */
const logDifference = (a: number, b: number): number => {
  const gap = b - a
  return a + (gap > -Math.LN2 ? Math.log(-Math.expm1(gap)) : Math.log1p(-Math.exp(gap)))
}
