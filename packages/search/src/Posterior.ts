import * as Cholesky from "./Cholesky.js"
import type { Hyperparameters } from "./Hyperparameters.js"
import type { Points } from "./Points.js"

/** What a Gaussian process predicts from measured points, and pending ones whose values aren't known yet. */
export interface Posterior {
  readonly columns: number
  readonly numeric: number
  readonly weights: Float64Array
  /** The mean at each measured point, which noise keeps from its value, and then at each pending one. */
  readonly fitted: Float64Array
  /** Mean and standard deviation, without the noise, of many points given as rows. */
  readonly predictMany: (rows: Float64Array, count: number, mean: Float64Array, deviation: Float64Array) => void
  /**
   * Mean and variance of one point, and their derivatives by the numeric columns. The arrays
   * handed in are written to.
   */
  readonly predict: (
    x: Float64Array,
    meanSlope: Float64Array,
    varianceSlope: Float64Array
  ) => { readonly mean: number; readonly variance: number }
}

/**
 * Conditions a process on measured points. Pending points count as measured at their
 * predicted mean: that leaves the mean as it is everywhere and takes away the variance near
 * them, so the next suggestion goes elsewhere. They extend the factor at n² each.
 */
export const make = (
  hyperparameters: Hyperparameters,
  measured: Points,
  values: Float64Array,
  isolated: Float64Array,
  pending: Points
): Posterior => {
  const { doubt, noise, scale, weights } = hyperparameters
  const { columns, numeric } = measured
  const n = measured.count
  const total = n + pending.count
  const roots = weights.map(Math.sqrt)
  const scaled = new Float64Array(total * columns)
  const scaleRow = (from: Float64Array, offset: number, to: Float64Array, at: number) => {
    for (let j = 0; j < columns; j++) {
      const x = from[offset + j] ?? 0
      to[at + j] = j < numeric ? x * (roots[j] ?? 0) : x
    }
  }
  for (let i = 0; i < n; i++) scaleRow(measured.rows, i * columns, scaled, i * columns)
  for (let i = n; i < total; i++) scaleRow(pending.rows, (i - n) * columns, scaled, i * columns)

  const distance = (a: Float64Array, p: number, b: Float64Array, q: number): number => {
    let sum = 0
    for (let j = 0; j < numeric; j++) {
      const difference = (a[p + j] ?? 0) - (b[q + j] ?? 0)
      sum += difference * difference
    }
    for (let j = numeric; j < columns; j++) if (a[p + j] !== b[q + j]) sum += weights[j] ?? 0
    return sum
  }

  const factor = Cholesky.make(total)
  for (let i = 0; i < total; i++) {
    const row = i * total
    for (let j = 0; j < i; j++) {
      factor.rows[row + j] =
        scale * correlation(rootFive * Math.sqrt(distance(scaled, i * columns, scaled, j * columns)))
    }
    factor.rows[row + i] = scale + noise + (isolated[i] ?? 0) * doubt
  }
  Cholesky.extend(factor, total)
  const alpha = Float64Array.from({ length: n }, (_, i) => values[i] ?? 0)
  Cholesky.solveLower(factor, alpha, n)
  Cholesky.solveUpper(factor, alpha, n)

  const four = new Float64Array(4 * total)
  const block = new Float64Array(4 * columns)
  const cross = new Float64Array(total)
  const slope = new Float64Array(total)
  const point = new Float64Array(columns)

  const fitted = Float64Array.from({ length: total }, (_, i) => {
    // K·α + noise·α is the values, so the mean at a measured point needs no sum.
    if (i < n) return (values[i] ?? 0) - (noise + (isolated[i] ?? 0) * doubt) * (alpha[i] ?? 0)
    let sum = 0
    for (let k = 0; k < n; k++) {
      sum +=
        scale * correlation(rootFive * Math.sqrt(distance(scaled, i * columns, scaled, k * columns))) * (alpha[k] ?? 0)
    }
    return sum
  })

  return {
    columns,
    numeric,
    weights,
    fitted,
    predictMany: (rows, count, mean, deviation) => {
      for (let first = 0; first < count; first += 4) {
        const lanes = Math.min(4, count - first)
        // Columns by column, four points side by side; where there are fewer, the last is repeated.
        for (let lane = 0; lane < 4; lane++) {
          const from = (first + Math.min(lane, lanes - 1)) * columns
          for (let j = 0; j < columns; j++) {
            const x = rows[from + j] ?? 0
            block[4 * j + lane] = j < numeric ? x * (roots[j] ?? 0) : x
          }
        }
        let m0 = 0
        let m1 = 0
        let m2 = 0
        let m3 = 0
        for (let i = 0, p = 0; i < total; i++) {
          let d0 = 0
          let d1 = 0
          let d2 = 0
          let d3 = 0
          let q = 0
          for (let j = 0; j < numeric; j++, p++, q += 4) {
            const x = scaled[p] ?? 0
            const e0 = x - (block[q] ?? 0)
            const e1 = x - (block[q + 1] ?? 0)
            const e2 = x - (block[q + 2] ?? 0)
            const e3 = x - (block[q + 3] ?? 0)
            d0 += e0 * e0
            d1 += e1 * e1
            d2 += e2 * e2
            d3 += e3 * e3
          }
          for (let j = numeric; j < columns; j++, p++, q += 4) {
            const x = scaled[p] ?? 0
            const weight = weights[j] ?? 0
            if (x !== block[q]) d0 += weight
            if (x !== block[q + 1]) d1 += weight
            if (x !== block[q + 2]) d2 += weight
            if (x !== block[q + 3]) d3 += weight
          }
          const r = 4 * i
          const k0 = (four[r] = scale * correlation(rootFive * Math.sqrt(d0)))
          const k1 = (four[r + 1] = scale * correlation(rootFive * Math.sqrt(d1)))
          const k2 = (four[r + 2] = scale * correlation(rootFive * Math.sqrt(d2)))
          const k3 = (four[r + 3] = scale * correlation(rootFive * Math.sqrt(d3)))
          if (i >= n) continue
          const weight = alpha[i] ?? 0
          m0 += k0 * weight
          m1 += k1 * weight
          m2 += k2 * weight
          m3 += k3 * weight
        }
        const means = [m0, m1, m2, m3]
        for (let lane = 0; lane < lanes; lane++) mean[first + lane] = means[lane] ?? 0
        Cholesky.solveLower4(factor, four)
        for (let lane = 0; lane < lanes; lane++) {
          let explained = 0
          for (let i = lane; i < 4 * total; i += 4) explained += (four[i] ?? 0) * (four[i] ?? 0)
          deviation[first + lane] = Math.sqrt(atLeastNothing(scale - explained))
        }
      }
    },
    predict: (x, meanSlope, varianceSlope) => {
      scaleRow(x, 0, point, 0)
      let mean = 0
      for (let i = 0; i < total; i++) {
        const t = rootFive * Math.sqrt(distance(scaled, i * columns, point, 0))
        const decay = scale * Math.exp(-t)
        const k = decay * (1 + t + (t * t) / 3)
        cross[i] = k
        slope[i] = (-5 / 3) * decay * (1 + t)
        if (i < n) mean += k * (alpha[i] ?? 0)
      }
      Cholesky.solveLower(factor, cross)
      let explained = 0
      for (let i = 0; i < total; i++) explained += (cross[i] ?? 0) * (cross[i] ?? 0)
      Cholesky.solveUpper(factor, cross)
      meanSlope.fill(0)
      varianceSlope.fill(0)
      for (let i = 0; i < total; i++) {
        const s = slope[i] ?? 0
        const a = i < n ? s * (alpha[i] ?? 0) : 0
        const b = -2 * s * (cross[i] ?? 0)
        for (let j = 0, q = i * columns; j < numeric; j++, q++) {
          const difference = (point[j] ?? 0) - (scaled[q] ?? 0)
          meanSlope[j] = (meanSlope[j] ?? 0) + a * difference
          varianceSlope[j] = (varianceSlope[j] ?? 0) + b * difference
        }
      }
      for (let j = 0; j < numeric; j++) {
        meanSlope[j] = (meanSlope[j] ?? 0) * (roots[j] ?? 0)
        varianceSlope[j] = (varianceSlope[j] ?? 0) * (roots[j] ?? 0)
      }
      return { mean, variance: atLeastNothing(scale - explained) }
    }
  }
}

// internal

const rootFive = 2.23606797749979

/** Matérn 5/2 at t = √5 times the distance. */
const correlation = (t: number): number => Math.exp(-t) * (1 + t + (t * t) / 3)

const atLeastNothing = (variance: number): number => (variance > 0 ? variance : 0) + 1e-12
