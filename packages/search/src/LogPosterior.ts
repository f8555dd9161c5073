import * as Cholesky from "./Cholesky.js"
import type { Hyperparameters } from "./Hyperparameters.js"
import * as PairDistances from "./PairDistances.js"
import type { Points } from "./Points.js"

/**
 * How improbable hyperparameters are, given points and standardised values: the negative log posterior of a Matérn 5/2
 * process, up to a constant, under weak priors that keep lengths near the size of the cube, and alike, noise small, and
 * axes as they were declared.
 *
 * The hyperparameters are a vector: the logarithms of the columns' weights, of the scale, of the noise above its floor
 * and of the doubt, and then the skews of the numeric columns, which are 0 where they are left out.
 *
 * That lengths are alike until the data tell them apart (their weights' logarithms are normal about a common mean, with
 * deviation 1) is what lets a dozen points suggest good ones. Skews have Cauchy's distribution: most are about 0, and
 * those that aren't may as well be 6 as 12.
 */
export interface LogPosterior {
  /** How many weights the vector has: one for each column, or for more than 64 columns one for all, and no skews. */
  readonly weights: number
  readonly skews: number
  /** Writes the gradient, if it is wanted. */
  readonly negative: (vector: Float64Array, gradient?: Float64Array) => number
  readonly hyperparameters: (vector: Float64Array) => Hyperparameters
}

/** Of points and values; `isolated` says how little each value says of its neighbours (`Isolation`). */
export const make = (points: Points, values: Float64Array, isolated: Float64Array): LogPosterior => {
  const { columns, count: n } = points
  const together = columns > mostLengths
  const weights = together ? 1 : columns
  const skews = together ? 0 : points.numeric
  const firstSkew = weights + 3
  const distances = PairDistances.make(points, together)
  const { pairs, squares } = distances
  const factor = Cholesky.make(n)
  const kernel = new Float64Array(pairs)
  const slope = new Float64Array(pairs)
  const alpha = new Float64Array(n)
  const inverse = new Float64Array(n * n)
  const scratch = new Float64Array(n * n)

  /** The kernel of each pair, and its derivative by the squared distance. */
  const covariances = (vector: Float64Array, scale: number): void => {
    for (let j = 0; j < skews; j++) distances.skew(j, vector[firstSkew + j] ?? 0)
    kernel.fill(0)
    for (let g = 0; g < weights; g++) {
      const weight = Math.exp(vector[g] ?? 0)
      const from = g * pairs
      for (let p = 0; p < pairs; p++) kernel[p] = (kernel[p] ?? 0) + weight * (squares[from + p] ?? 0)
    }
    for (let p = 0; p < pairs; p++) {
      const t = rootFive * Math.sqrt(kernel[p] ?? 0)
      const decay = scale * Math.exp(-t)
      kernel[p] = decay * (1 + t + (t * t) / 3)
      slope[p] = (-5 / 6) * decay * (1 + t)
    }
  }

  const factorise = (diagonal: number, doubt: number): void => {
    for (let a = 0, p = 0; a < n; a++) {
      const row = a * factor.stride
      for (let b = 0; b < a; b++, p++) factor.rows[row + b] = kernel[p] ?? 0
      factor.rows[row + a] = diagonal + (isolated[a] ?? 0) * doubt
    }
    factor.size = 0
    Cholesky.extend(factor, n)
  }

  /** ½·tr((ααᵀ − C⁻¹)·∂C) by the scale, and by what is on the diagonal. `slope` becomes that by each squared distance. */
  const traces = () => {
    Cholesky.solveUpper(factor, alpha)
    Cholesky.inverse(factor, inverse, scratch)
    let byScale = 0
    let byNoise = 0
    let byDoubt = 0
    for (let a = 0, p = 0; a < n; a++) {
      const alphaA = alpha[a] ?? 0
      for (let b = 0; b < a; b++, p++) {
        const w = alphaA * (alpha[b] ?? 0) - (inverse[a * n + b] ?? 0)
        byScale += w * (kernel[p] ?? 0)
        slope[p] = w * (slope[p] ?? 0)
      }
      const w = alphaA * alphaA - (inverse[a * n + a] ?? 0)
      byNoise += 0.5 * w
      byDoubt += 0.5 * w * (isolated[a] ?? 0)
    }
    return { byScale, byNoise, byDoubt }
  }

  const negative = (vector: Float64Array, gradient?: Float64Array): number => {
    const scale = Math.exp(vector[weights] ?? 0)
    const noiseAboveFloor = Math.exp(vector[weights + 1] ?? 0)
    const noise = noiseAboveFloor + noiseFloor
    const doubt = Math.exp(vector[weights + 2] ?? 0)
    covariances(vector, scale)
    factorise(scale + noise, doubt)
    alpha.set(values)
    Cholesky.solveLower(factor, alpha)
    let squared = 0
    for (let i = 0; i < n; i++) squared += (alpha[i] ?? 0) * (alpha[i] ?? 0)
    let value = -Cholesky.halfLogDeterminant(factor) - 0.5 * squared
    let centre = 0
    for (let g = 0; g < weights; g++) centre += (vector[g] ?? 0) / weights
    for (let g = 0; g < weights; g++) {
      const weight = Math.exp(vector[g] ?? 0)
      const away = (vector[g] ?? 0) - centre
      value -= 0.1 / weight + 0.1 * weight + 0.5 * away * away
    }
    value += Math.log(scale) - scale + 0.1 * Math.log(noise) - 30 * noise
    value -= doubt + 0.01 / doubt
    for (let j = firstSkew; j < vector.length; j++) value -= Math.log1p((vector[j] ?? 0) * (vector[j] ?? 0))
    if (gradient === undefined) return -value
    const { byDoubt, byNoise, byScale } = traces()
    for (let g = 0; g < weights; g++) {
      const weight = Math.exp(vector[g] ?? 0)
      const from = g * pairs
      let sum = 0
      for (let p = 0; p < pairs; p++) sum += (slope[p] ?? 0) * (squares[from + p] ?? 0)
      gradient[g] = -(weight * sum + 0.1 / weight - 0.1 * weight - ((vector[g] ?? 0) - centre))
    }
    gradient[weights] = -(byScale + byNoise * scale + 1 - scale)
    gradient[weights + 1] = -(byNoise + 0.1 / noise - 30) * noiseAboveFloor
    gradient[weights + 2] = -(byDoubt * doubt - doubt + 0.01 / doubt)
    for (let j = 0; j < vector.length - firstSkew; j++) {
      const skew = vector[firstSkew + j] ?? 0
      const weight = Math.exp(vector[j] ?? 0)
      gradient[firstSkew + j] = -(weight * distances.bySkew(j, slope) - (2 * skew) / (1 + skew * skew))
    }
    return -value
  }

  return {
    weights,
    skews,
    negative,
    hyperparameters: (vector) => ({
      weights: Float64Array.from({ length: columns }, (_, j) => {
        const weight = Math.exp(vector[together ? 0 : j] ?? 0)
        return j < skews ? weight * distances.skew(j, vector[firstSkew + j] ?? 0) : weight
      }),
      skews: Float64Array.from({ length: columns }, (_, j) => (j < skews ? (vector[firstSkew + j] ?? 0) : 0)),
      scale: Math.exp(vector[weights] ?? 0),
      noise: Math.exp(vector[weights + 1] ?? 0) + noiseFloor,
      doubt: Math.exp(vector[weights + 2] ?? 0)
    })
  }
}

// internal

const mostLengths = 64
/** So small that the best of values which span decades can still be told from its neighbours. */
const noiseFloor = 1e-9
const rootFive = 2.23606797749979
