import type { Points } from "./Points.js"
import * as Skew from "./Skew.js"

/**
 * The squared distances of all pairs of points a > b, by rows: for each column, or for all columns together.
 *
 * Along a skewed axis they are scaled so that their sum stays what it is along the declared one. A skew then says where
 * an axis is stretched, and a weight alone how much its column matters: otherwise a skew that crowds nearly all points
 * together would be the cheapest way to say that a column is idle.
 */
export interface PairDistances {
  /** How many pairs there are. */
  readonly pairs: number
  /** The distances, those of one column after those of another. */
  readonly squares: Float64Array
  /** Measures a numeric column along the axis of a skew; returns the scale. */
  readonly skew: (column: number, skew: number) => number
  /** The derivative, by a column's skew, of the sum of its squares times these shares of the pairs. */
  readonly bySkew: (column: number, shares: Float64Array) => number
}

/** Of points whose columns are unskewed, each by itself or all `together`, in which case none can be skewed. */
export const make = ({ columns, count, numeric, rows }: Points, together: boolean): PairDistances => {
  const pairs = (count * (count - 1)) / 2
  const squares = new Float64Array((together ? 1 : columns) * pairs)
  for (let j = 0; j < columns; j++) {
    let p = together ? 0 : j * pairs
    for (let a = 0; a < count; a++) {
      const x = rows[a * columns + j] ?? 0
      for (let b = 0; b < a; b++, p++) {
        const y = rows[b * columns + j] ?? 0
        squares[p] = (squares[p] ?? 0) + (j < numeric ? (x - y) * (x - y) : x === y ? 0 : 1)
      }
    }
  }
  const sumOf = (column: number): number => {
    let sum = 0
    for (let p = column * pairs; p < (column + 1) * pairs; p++) sum += squares[p] ?? 0
    return sum
  }
  const sums = Float64Array.from({ length: together ? 0 : numeric }, (_, j) => sumOf(j))
  const skews = new Float64Array(columns)
  const scales = new Float64Array(columns).fill(1)
  const bent = new Float64Array(count)
  const slopes = new Float64Array(count)

  const measure = (column: number): void => {
    const skew = skews[column] ?? 0
    for (let a = 0; a < count; a++) bent[a] = Skew.bend(rows[a * columns + column] ?? 0, skew)
    for (let a = 0, p = column * pairs; a < count; a++) {
      const x = bent[a] ?? 0
      for (let b = 0; b < a; b++, p++) squares[p] = (x - (bent[b] ?? 0)) * (x - (bent[b] ?? 0))
    }
    // Where all points are alike, or become so by rounding, there is nothing to scale.
    const scale = skew === 0 ? 1 : (sums[column] ?? 0) / sumOf(column)
    scales[column] = scale > 0 && scale < Number.POSITIVE_INFINITY ? scale : 1
    if (skew === 0) return
    for (let p = column * pairs; p < (column + 1) * pairs; p++) squares[p] = (squares[p] ?? 0) * (scales[column] ?? 1)
  }

  return {
    pairs,
    squares,
    skew: (column, skew) => {
      if (skews[column] !== skew) {
        skews[column] = skew
        measure(column)
      }
      return scales[column] ?? 1
    },
    bySkew: (column, shares) => {
      const skew = skews[column] ?? 0
      for (let a = 0; a < count; a++) {
        const x = rows[a * columns + column] ?? 0
        bent[a] = Skew.bend(x, skew)
        slopes[a] = Skew.bySkew(x, skew)
      }
      let shared = 0
      let change = 0
      let sharedChange = 0
      for (let a = 0, p = 0, q = column * pairs; a < count; a++) {
        const x = bent[a] ?? 0
        const slope = slopes[a] ?? 0
        for (let b = 0; b < a; b++, p++, q++) {
          const share = shares[p] ?? 0
          const by = 2 * (x - (bent[b] ?? 0)) * (slope - (slopes[b] ?? 0))
          change += by
          sharedChange += share * by
          shared += share * (squares[q] ?? 0)
        }
      }
      const sum = sums[column] ?? 0
      return (scales[column] ?? 1) * (sum > 0 ? sharedChange - (shared / sum) * change : sharedChange)
    }
  }
}
