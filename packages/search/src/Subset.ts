import type { Points } from "./Points.js"

/**
 * Which rows a model keeps when there are more than it can afford, by a rule of the values
 * and the order alone: the best, the newest, and for the rest rows far from each other.
 *
 * `anchors` are rows in the order in which they are wanted for their distance. The answer
 * is sorted.
 */
export const choose = (
  values: Float64Array,
  anchors: Int32Array,
  sizes: { readonly total: number; readonly best: number; readonly newest: number }
): Int32Array => {
  const n = values.length
  if (n <= sizes.total) return Int32Array.from({ length: n }, (_, i) => i)
  const chosen = new Set<number>()
  const ranked = Int32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => (values[b] ?? 0) - (values[a] ?? 0) || b - a
  )
  for (let i = 0; i < sizes.best; i++) chosen.add(ranked[i] ?? 0)
  for (let i = n - sizes.newest; i < n; i++) chosen.add(i)
  for (const anchor of anchors) {
    if (chosen.size >= sizes.total) break
    chosen.add(anchor)
  }
  for (let i = sizes.best; i < n && chosen.size < sizes.total; i++) chosen.add(ranked[i] ?? 0)
  return Int32Array.from(chosen).sort()
}

/**
 * `count` rows, each the farthest from all before it, starting from `first`; ties go to the
 * earlier row. Categories that differ are one apart.
 */
export const farthest = (points: Points, first: number, count: number): Int32Array => {
  const { columns, count: n, numeric, rows } = points
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY)
  const out = new Int32Array(Math.min(count, n))
  let current = first
  for (let k = 0; k < out.length; k++) {
    out[k] = current
    let next = 0
    let far = -1
    const p = current * columns
    for (let i = 0; i < n; i++) {
      const q = i * columns
      let sum = 0
      for (let j = 0; j < numeric; j++) {
        const difference = (rows[p + j] ?? 0) - (rows[q + j] ?? 0)
        sum += difference * difference
      }
      for (let j = numeric; j < columns; j++) if (rows[p + j] !== rows[q + j]) sum += 1
      const least = Math.min(sum, nearest[i] ?? 0)
      nearest[i] = least
      if (least > far) {
        far = least
        next = i
      }
    }
    current = next
  }
  return out
}
