/** A symmetric matrix as B·diag(values)·Bᵀ. */
export interface Eigen {
  readonly values: Float64Array
  /** Row by row; the k-th column belongs to the k-th value. */
  readonly vectors: Float64Array
}

/**
 * The eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations: as exact as
 * the matrix lets them be, in no order. It takes about n³ times ten steps.
 */
export const decompose = (matrix: Float64Array, n: number): Eigen => {
  const a = matrix.slice()
  const vectors = new Float64Array(n * n)
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0
    let diagonal = 0
    for (let i = 0; i < n; i++) {
      diagonal += Math.abs(a[i * n + i] ?? 0)
      for (let j = i + 1; j < n; j++) off += Math.abs(a[i * n + j] ?? 0)
    }
    if (!(off > 1e-17 * diagonal)) break
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q)
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i] ?? 0), vectors }
}

// internal

/** Rotates in the plane of p and q so that a[p, q] becomes 0. */
const rotate = (a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void => {
  const apq = a[p * n + q] ?? 0
  if (apq === 0) return
  const app = a[p * n + p] ?? 0
  const aqq = a[q * n + q] ?? 0
  const theta = (aqq - app) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < n; k++) {
    const akp = a[k * n + p] ?? 0
    const akq = a[k * n + q] ?? 0
    a[k * n + p] = c * akp - s * akq
    a[k * n + q] = s * akp + c * akq
  }
  for (let k = 0; k < n; k++) {
    const apk = a[p * n + k] ?? 0
    const aqk = a[q * n + k] ?? 0
    a[p * n + k] = c * apk - s * aqk
    a[q * n + k] = s * apk + c * aqk
    const vkp = vectors[k * n + p] ?? 0
    const vkq = vectors[k * n + q] ?? 0
    vectors[k * n + p] = c * vkp - s * vkq
    vectors[k * n + q] = s * vkp + c * vkq
  }
  a[p * n + q] = 0
  a[q * n + p] = 0
  a[p * n + p] = app - t * apq
  a[q * n + q] = aqq + t * apq
}
