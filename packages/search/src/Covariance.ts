import * as Eigen from "./Eigen.js"

/** The covariance of a search distribution, up to its step size. It is never changed: an update makes a new one. */
export interface Covariance {
  /** Turns independent standard normal numbers into a step. */
  readonly colour: (z: Float64Array) => Float64Array
  /** C^(−1/2) times a step: turns steps into what would be standard normal. */
  readonly whiten: (y: Float64Array) => Float64Array
  /** keep·C + Σ weight·step·stepᵀ. */
  readonly update: (
    keep: number,
    steps: ReadonlyArray<{ readonly weight: number; readonly y: Float64Array }>
  ) => Covariance
  /** The largest standard deviation of any direction, and the ratio of the largest variance to the smallest. */
  readonly largest: number
  readonly condition: number
}

/** All covariances between n coordinates: n² numbers. */
export const full = (n: number): Covariance => {
  const identity = new Float64Array(n * n)
  for (let i = 0; i < n; i++) identity[i * n + i] = 1
  return ofMatrix(identity, n)
}

/** Variances alone, for spaces in which all covariances are too many to learn. */
export const diagonal = (n: number): Covariance => ofVariances(new Float64Array(n).fill(1))

// internal

const ofMatrix = (matrix: Float64Array, n: number): Covariance => {
  const { values, vectors } = Eigen.decompose(matrix, n)
  const roots = values.map((value) => Math.sqrt(Math.max(value, 1e-300)))
  return {
    colour: (z) =>
      rotated(
        vectors,
        n,
        z.map((x, k) => x * (roots[k] ?? 0))
      ),
    whiten: (y) =>
      rotated(
        vectors,
        n,
        turned(vectors, n, y).map((x, k) => x / (roots[k] ?? 1))
      ),
    update: (keep, steps) => {
      const next = matrix.map((x) => keep * x)
      for (const { weight, y } of steps) {
        for (let i = 0; i < n; i++) {
          const scaled = weight * (y[i] ?? 0)
          for (let j = 0; j <= i; j++) {
            const sum = (next[i * n + j] ?? 0) + scaled * (y[j] ?? 0)
            next[i * n + j] = sum
            next[j * n + i] = sum
          }
        }
      }
      return ofMatrix(next, n)
    },
    ...spread(values)
  }
}

const ofVariances = (variances: Float64Array): Covariance => {
  const roots = variances.map((variance) => Math.sqrt(Math.max(variance, 1e-300)))
  return {
    colour: (z) => z.map((x, i) => x * (roots[i] ?? 0)),
    whiten: (y) => y.map((x, i) => x / (roots[i] ?? 1)),
    update: (keep, steps) =>
      ofVariances(
        variances.map((variance, i) =>
          steps.reduce((sum, { weight, y }) => sum + weight * (y[i] ?? 0) * (y[i] ?? 0), keep * variance)
        )
      ),
    ...spread(variances)
  }
}

const spread = (variances: Float64Array): Pick<Covariance, "condition" | "largest"> => {
  let least = Number.POSITIVE_INFINITY
  let most = 0
  for (const variance of variances) {
    least = Math.min(least, variance)
    most = Math.max(most, variance)
  }
  return { largest: Math.sqrt(most), condition: least > 0 ? most / least : Number.POSITIVE_INFINITY }
}

/** B·x. */
const rotated = (vectors: Float64Array, n: number, x: Float64Array): Float64Array => {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let k = 0; k < n; k++) sum += (vectors[i * n + k] ?? 0) * (x[k] ?? 0)
    out[i] = sum
  }
  return out
}

/** Bᵀ·y. */
const turned = (vectors: Float64Array, n: number, y: Float64Array): Float64Array => {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const x = y[i] ?? 0
    for (let k = 0; k < n; k++) out[k] = (out[k] ?? 0) + (vectors[i * n + k] ?? 0) * x
  }
  return out
}
