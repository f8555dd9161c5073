/** Points, smaller being better, and the volume between them and a reference: what at least one of them dominates. */
export interface Coverage {
  /** The volume that the point at a place of `points` would add. */
  readonly gain: (points: Float64Array, at: number) => number
  /** Adds that point. */
  readonly add: (points: Float64Array, at: number) => void
}

/**
 * No points yet, and room for `most`. What a point adds is its own volume less what it shares with the others; and
 * what points cover together is the sum of what each adds to those that are better in the last coordinate, of which
 * all that matters is then the other coordinates (While, Bradstreet and Barone, A fast way of calculating exact
 * hypervolumes, 2012).
 */
export const make = (reference: ArrayLike<number>, most: number): Coverage => {
  const width = reference.length
  const all = new Float64Array(most * width)
  let size = 0
  // Points that are measured in so many coordinates, a layer for each such number.
  const layers = Array.from({ length: width + 1 }, () => new Float64Array(most * width))

  /** The volume of one point in its first coordinates. */
  const box = (points: Float64Array, at: number, dimensions: number): number => {
    let product = 1
    for (let k = 0; k < dimensions; k++) product *= Math.max((reference[k] ?? 0) - (points[at + k] ?? 0), 0)
    return product
  }

  /** Puts what a point shares with each of some others into the layer of so many coordinates: how many say it all. */
  const share = (
    points: Float64Array,
    at: number,
    others: Float64Array,
    from: number,
    to: number,
    dimensions: number
  ): number => {
    const shared = layers[dimensions] ?? all
    let count = 0
    for (let i = from; i < to; i += width) {
      const last = count * width
      for (let k = 0; k < dimensions; k++) shared[last + k] = Math.max(others[i + k] ?? 0, points[at + k] ?? 0)
      let isNeeded = true
      for (let j = 0; j < last && isNeeded; j += width) isNeeded = !covers(shared, j, last, dimensions)
      if (!isNeeded) continue
      let kept = 0
      for (let j = 0; j < last; j += width) {
        if (covers(shared, last, j, dimensions)) continue
        if (kept < j) shared.copyWithin(kept, j, j + dimensions)
        kept += width
      }
      if (kept < last) shared.copyWithin(kept, last, last + dimensions)
      count = kept / width + 1
    }
    return count
  }

  /** The volume that the points of a layer cover. */
  const covered = (dimensions: number, count: number): number => {
    const points = layers[dimensions] ?? all
    if (count <= 1) return count === 0 ? 0 : box(points, 0, dimensions)
    const last = dimensions - 1
    const to = count * width
    sort(points, to, width, last)
    let sum = 0
    if (dimensions === 2) {
      let edge = reference[0] ?? 0
      for (let i = to - width; i >= 0; i -= width) {
        const x = points[i] ?? 0
        sum += (edge - x) * ((reference[1] ?? 0) - (points[i + 1] ?? 0))
        edge = x
      }
      return sum
    }
    for (let i = 0; i < to; i += width) {
      const added = box(points, i, last) - covered(last, share(points, i, points, i + width, to, last))
      sum += ((reference[last] ?? 0) - (points[i + last] ?? 0)) * added
    }
    return sum
  }

  return {
    gain: (points, at) => box(points, at, width) - covered(width, share(points, at, all, 0, size * width, width)),
    add: (points, at) => {
      all.set(points.subarray(at, at + width), size * width)
      size++
    }
  }
}

// internal

/** Whether one point is nowhere worse than another. */
const covers = (points: Float64Array, one: number, other: number, dimensions: number): boolean => {
  for (let k = 0; k < dimensions; k++) if ((points[one + k] ?? 0) > (points[other + k] ?? 0)) return false
  return true
}

/** Sorts the few points before a place by one coordinate, the largest first. */
const sort = (points: Float64Array, to: number, width: number, by: number): void => {
  for (let i = width; i < to; i += width) {
    for (let j = i; j > 0 && (points[j + by] ?? 0) > (points[j - width + by] ?? 0); j -= width) {
      for (let k = 0; k < width; k++) {
        const x = points[j + k] ?? 0
        points[j + k] = points[j - width + k] ?? 0
        points[j - width + k] = x
      }
    }
  }
}
