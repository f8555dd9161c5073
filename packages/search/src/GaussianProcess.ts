import * as Cholesky from "./Cholesky.js"
import * as Lbfgs from "./Lbfgs.js"

/** Points as rows of one array. The first `numeric` columns are numbers, the rest categories, which are equal or not. */
export interface Points {
  readonly rows: Float64Array
  readonly count: number
  readonly columns: number
  readonly numeric: number
}

/** What a fit settles: one weight (1/ℓ²) for each column, the signal's variance and the noise's. */
export interface Hyperparameters {
  readonly weights: Float64Array
  readonly scale: number
  readonly noise: number
  /** What bad values have on top of the noise, as far as they stand alone (`Isolation`): how little they say of their neighbours. */
  readonly doubt: number
}

/**
 * The most probable hyperparameters of a Matérn 5/2 process with one length for each
 * column, given standardised values (zero mean, unit variance), under weak priors that keep
 * lengths near the size of the cube, and alike, and noise small. From a fixed start: the answer
 * depends on the points and values alone. Beyond 64 columns all share one length.
 *
 * That lengths are alike until the data tell them apart (their weights' logarithms are normal
 * about a common mean, with deviation 1) is what lets a dozen points suggest good ones.
 */
export const fit = (points: Points, values: Float64Array, isolated: Float64Array): Hyperparameters => {
  const { columns, count: n } = points
  const groups = columns > maxLengths ? 1 : columns
  const pairs = (n * (n - 1)) / 2
  const distances = squaredDistances(points, groups, pairs)
  const factor = Cholesky.make(n)
  const kernel = new Float64Array(pairs)
  const slope = new Float64Array(pairs)
  const alpha = new Float64Array(n)
  const inverse = new Float64Array(n * n)
  const scratch = new Float64Array(n * n)
  const negativeLogPosterior = (logs: Float64Array, gradient: Float64Array): number => {
    const scale = Math.exp(logs[groups] ?? 0)
    const noiseAboveFloor = Math.exp(logs[groups + 1] ?? 0)
    const noise = noiseAboveFloor + noiseFloor
    const doubt = Math.exp(logs[groups + 2] ?? 0)
    covariances(logs, distances, groups, scale, kernel, slope)
    factorise(factor, kernel, n, scale + noise, doubt, isolated)
    alpha.set(values)
    Cholesky.solveLower(factor, alpha)
    let fitTerm = 0
    for (let i = 0; i < n; i++) fitTerm += (alpha[i] ?? 0) * (alpha[i] ?? 0)
    Cholesky.solveUpper(factor, alpha)
    Cholesky.inverse(factor, inverse, scratch)
    let value = -Cholesky.halfLogDeterminant(factor) - 0.5 * fitTerm
    // ½·tr((ααᵀ − C⁻¹)·∂C), over pairs once, and the diagonal.
    let scaleSum = 0
    let trace = 0
    let isolatedTrace = 0
    for (let a = 0, p = 0; a < n; a++) {
      const alphaA = alpha[a] ?? 0
      for (let b = 0; b < a; b++, p++) {
        const w = alphaA * (alpha[b] ?? 0) - (inverse[a * n + b] ?? 0)
        scaleSum += w * (kernel[p] ?? 0)
        slope[p] = w * (slope[p] ?? 0)
      }
      const w = alphaA * alphaA - (inverse[a * n + a] ?? 0)
      trace += w
      isolatedTrace += w * (isolated[a] ?? 0)
    }
    let centre = 0
    for (let g = 0; g < groups; g++) centre += (logs[g] ?? 0) / groups
    for (let g = 0; g < groups; g++) {
      const weight = Math.exp(logs[g] ?? 0)
      const away = (logs[g] ?? 0) - centre
      const from = g * pairs
      let sum = 0
      for (let p = 0; p < pairs; p++) sum += (slope[p] ?? 0) * (distances[from + p] ?? 0)
      value -= 0.1 / weight + 0.1 * weight + 0.5 * away * away
      gradient[g] = -(weight * sum + 0.1 / weight - 0.1 * weight - away)
    }
    value += Math.log(scale) - scale + 0.1 * Math.log(noise) - 30 * noise
    gradient[groups] = -(scaleSum + 0.5 * trace * scale + 1 - scale)
    gradient[groups + 1] = -(0.5 * trace + 0.1 / noise - 30) * noiseAboveFloor
    value -= doubt + 0.01 / doubt
    gradient[groups + 2] = -(0.5 * isolatedTrace * doubt - doubt + 0.01 / doubt)
    return -value
  }
  const start = new Float64Array(groups + 3)
  start[groups + 2] = Math.log(0.1)
  if (groups < columns) start[0] = Math.log(16 / columns)
  const { x } = Lbfgs.minimize(
    negativeLogPosterior,
    start,
    start.map((_, i) => (i > groups ? -20 : -9)),
    start.map((_, i) => (i > groups ? 2 : 9)),
    { maxIterations: 60, gradientTolerance: 1e-2, valueTolerance: 1e-4 }
  )
  return {
    weights: Float64Array.from({ length: columns }, (_, j) => Math.exp(x[groups === 1 ? 0 : j] ?? 0)),
    scale: Math.exp(x[groups] ?? 0),
    noise: Math.exp(x[groups + 1] ?? 0) + noiseFloor,
    doubt: Math.exp(x[groups + 2] ?? 0)
  }
}

// internal

const maxLengths = 64
/** So small that the best of values which span decades can still be told from its neighbours. */
const noiseFloor = 1e-9
const rootFive = 2.23606797749979

/** For each column (or for all together), the squared distance of each pair of points a > b, by rows. */
const squaredDistances = (points: Points, groups: number, pairs: number): Float64Array => {
  const { columns, count, numeric, rows } = points
  const out = new Float64Array(groups * pairs)
  for (let j = 0; j < columns; j++) {
    let p = groups === 1 ? 0 : j * pairs
    for (let a = 0; a < count; a++) {
      const x = rows[a * columns + j] ?? 0
      for (let b = 0; b < a; b++, p++) {
        const y = rows[b * columns + j] ?? 0
        out[p] = (out[p] ?? 0) + (j < numeric ? (x - y) * (x - y) : x === y ? 0 : 1)
      }
    }
  }
  return out
}

/** The kernel of each pair, and its derivative by the squared distance. */
const covariances = (
  logs: Float64Array,
  distances: Float64Array,
  groups: number,
  scale: number,
  kernel: Float64Array,
  slope: Float64Array
): void => {
  const pairs = kernel.length
  kernel.fill(0)
  for (let g = 0; g < groups; g++) {
    const weight = Math.exp(logs[g] ?? 0)
    const from = g * pairs
    for (let p = 0; p < pairs; p++) kernel[p] = (kernel[p] ?? 0) + weight * (distances[from + p] ?? 0)
  }
  for (let p = 0; p < pairs; p++) {
    const t = rootFive * Math.sqrt(kernel[p] ?? 0)
    const decay = scale * Math.exp(-t)
    kernel[p] = decay * (1 + t + (t * t) / 3)
    slope[p] = (-5 / 6) * decay * (1 + t)
  }
}

const factorise = (
  factor: Cholesky.Factor,
  kernel: Float64Array,
  n: number,
  diagonal: number,
  doubt: number,
  isolated: Float64Array
): void => {
  for (let a = 0, p = 0; a < n; a++) {
    const row = a * factor.stride
    for (let b = 0; b < a; b++, p++) factor.rows[row + b] = kernel[p] ?? 0
    factor.rows[row + a] = diagonal + (isolated[a] ?? 0) * doubt
  }
  factor.size = 0
  Cholesky.extend(factor, n)
}
