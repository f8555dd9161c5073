/**
 * A lower-triangular factor L of a symmetric positive definite matrix, C = L·Lᵀ, stored by
 * rows with room to grow.
 */
export interface Factor {
  /** Rows of L, `stride` apart; what lies above the diagonal is not read. */
  readonly rows: Float64Array
  readonly stride: number
  /** How many rows are there. */
  size: number
}

/** An empty factor with room for `capacity` rows. */
export const make = (capacity: number): Factor => ({
  rows: new Float64Array(capacity * capacity),
  stride: capacity,
  size: 0
})

/**
 * Appends rows to the factor: row i of the matrix, from column 0 to the diagonal, has been
 * written to row i of `rows`. Earlier rows stay as they are, so extending a factor of n rows
 * by one costs n², not n³. A pivot that rounding made nonpositive is taken as `floor`.
 */
export const extend = (self: Factor, size: number, floor = 1e-12): void => {
  const { rows, stride } = self
  for (let i = self.size; i < size; i++) {
    const p = i * stride
    for (let j = 0; j < i; j++) {
      const q = j * stride
      rows[p + j] = ((rows[p + j] ?? 0) - dot(rows, p, q, j)) / (rows[q + j] ?? 1)
    }
    const pivot = (rows[p + i] ?? 0) - dot(rows, p, p, i)
    rows[p + i] = Math.sqrt(pivot > floor ? pivot : floor)
  }
  self.size = size
}

/** Solves L·x = b in place, for the first `n` rows. */
export const solveLower = (self: Factor, b: Float64Array, n = self.size): void => {
  const { rows, stride } = self
  for (let i = 0; i < n; i++) {
    const p = i * stride
    b[i] = ((b[i] ?? 0) - dotWith(rows, p, b, i)) / (rows[p + i] ?? 1)
  }
}

/** Solves Lᵀ·x = b in place, for the first `n` rows. */
export const solveUpper = (self: Factor, b: Float64Array, n = self.size): void => {
  const { rows, stride } = self
  for (let i = n - 1; i >= 0; i--) {
    const p = i * stride
    const x = (b[i] ?? 0) / (rows[p + i] ?? 1)
    b[i] = x
    for (let j = 0; j < i; j++) b[j] = (b[j] ?? 0) - (rows[p + j] ?? 0) * x
  }
}

/**
 * Solves L·X = B in place for four right-hand sides at once, interleaved (the four values of
 * row i stand at 4·i). Two rows at a time: each loaded value is used in two or four products
 * instead of one, and the loads are what this loop waits for.
 */
export const solveLower4 = (self: Factor, b: Float64Array): void => {
  const { rows, size, stride } = self
  for (let i = 0; i < size; i += 2) {
    const p = i * stride
    const q = i + 1 < size ? p + stride : p
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    let t0 = 0
    let t1 = 0
    let t2 = 0
    let t3 = 0
    for (let k = 0, r = 0; k < i; k++, r += 4) {
      const l = rows[p + k] ?? 0
      const m = rows[q + k] ?? 0
      const b0 = b[r] ?? 0
      const b1 = b[r + 1] ?? 0
      const b2 = b[r + 2] ?? 0
      const b3 = b[r + 3] ?? 0
      s0 += l * b0
      s1 += l * b1
      s2 += l * b2
      s3 += l * b3
      t0 += m * b0
      t1 += m * b1
      t2 += m * b2
      t3 += m * b3
    }
    finish(b, 4 * i, 1 / (rows[p + i] ?? 1), s0, s1, s2, s3)
    if (q === p) return
    const m = rows[q + i] ?? 0
    const r = 4 * i
    t0 += m * (b[r] ?? 0)
    t1 += m * (b[r + 1] ?? 0)
    t2 += m * (b[r + 2] ?? 0)
    t3 += m * (b[r + 3] ?? 0)
    finish(b, r + 4, 1 / (rows[q + i + 1] ?? 1), t0, t1, t2, t3)
  }
}

/** The sum of ln Lᵢᵢ: half the log determinant of C. */
export const halfLogDeterminant = (self: Factor): number => {
  let sum = 0
  for (let i = 0; i < self.size; i++) sum += Math.log(self.rows[i * self.stride + i] ?? 1)
  return sum
}

/** Writes the lower triangle of C⁻¹ to `out`, rows `size` apart; `scratch` is as large and is overwritten. */
export const inverse = (self: Factor, out: Float64Array, scratch: Float64Array): void => {
  const { rows, size: n, stride } = self
  // The columns of L⁻¹ as rows of m, so that both passes run along contiguous memory.
  const m = scratch
  for (let j = 0; j < n; j++) {
    const column = j * n
    m[column + j] = 1 / (rows[j * stride + j] ?? 1)
    for (let i = j + 1; i < n; i++) {
      const p = i * stride
      let sum = 0
      for (let k = j; k < i; k++) sum += (rows[p + k] ?? 0) * (m[column + k] ?? 0)
      m[column + i] = -sum / (rows[p + i] ?? 1)
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let a = 0
      let b = 0
      const p = i * n
      const q = j * n
      let k = i
      for (; k + 1 < n; k += 2) {
        a += (m[p + k] ?? 0) * (m[q + k] ?? 0)
        b += (m[p + k + 1] ?? 0) * (m[q + k + 1] ?? 0)
      }
      if (k < n) a += (m[p + k] ?? 0) * (m[q + k] ?? 0)
      out[p + j] = a + b
    }
  }
}

// internal

const finish = (b: Float64Array, r: number, inverse: number, s0: number, s1: number, s2: number, s3: number): void => {
  b[r] = ((b[r] ?? 0) - s0) * inverse
  b[r + 1] = ((b[r + 1] ?? 0) - s1) * inverse
  b[r + 2] = ((b[r + 2] ?? 0) - s2) * inverse
  b[r + 3] = ((b[r + 3] ?? 0) - s3) * inverse
}

/** The dot product of two rows of one matrix; four sums, because one would wait for itself. */
const dot = (a: Float64Array, p: number, q: number, n: number): number => {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < n; k += 4) {
    s0 += (a[p + k] ?? 0) * (a[q + k] ?? 0)
    s1 += (a[p + k + 1] ?? 0) * (a[q + k + 1] ?? 0)
    s2 += (a[p + k + 2] ?? 0) * (a[q + k + 2] ?? 0)
    s3 += (a[p + k + 3] ?? 0) * (a[q + k + 3] ?? 0)
  }
  for (; k < n; k++) s0 += (a[p + k] ?? 0) * (a[q + k] ?? 0)
  return s0 + s1 + (s2 + s3)
}

const dotWith = (a: Float64Array, p: number, b: Float64Array, n: number): number => {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < n; k += 4) {
    s0 += (a[p + k] ?? 0) * (b[k] ?? 0)
    s1 += (a[p + k + 1] ?? 0) * (b[k + 1] ?? 0)
    s2 += (a[p + k + 2] ?? 0) * (b[k + 2] ?? 0)
    s3 += (a[p + k + 3] ?? 0) * (b[k + 3] ?? 0)
  }
  for (; k < n; k++) s0 += (a[p + k] ?? 0) * (b[k] ?? 0)
  return s0 + s1 + (s2 + s3)
}
