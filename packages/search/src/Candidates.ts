import type { Columns } from "./Columns.js"
import type { Stream } from "./Random.js"
import * as Sobol from "./Sobol.js"
import type { Space } from "./Space.js"

/**
 * The points among which the n-th ask looks for the best, as rows of its columns, the incumbent last. `most` bounds how
 * many are from all over the space, of which there are fewer in many dimensions.
 */
export type Candidates = (
  columns: Columns,
  incumbent: Float64Array,
  n: number,
  most: number,
  random: Stream
) => Float64Array

/** Sobol points, and points near the incumbent; or, where it is small, the space. */
export const make = (space: Space, width: number, seed: number): Candidates => {
  return (columns, incumbent, n, most, random) => {
    const all = space.points <= most
    const global = all ? space.points : Math.max(64, Math.min(most, Math.floor((40 * most) / width)))
    const local = all ? 0 : localCount
    const out = new Float64Array((global + local + 1) * width)
    const sequence = Sobol.make(width, seed, "candidates", n)
    const us = new Float64Array(width)
    for (let i = 0; i < global; i++) {
      if (!all) sequence.point(i, us)
      out.set(all ? pointAt(columns, i) : draw(columns, us), i * width)
    }
    for (let i = 0; i < local; i++) out.set(near(columns, incumbent, i, random), (global + i) * width)
    out.set(incumbent, (global + local) * width)
    return out
  }
}

/** The row of a point of the unit cube. */
export const draw = ({ dimensions }: Columns, us: Float64Array): Float64Array =>
  us.map((u, j) => dimensions[j]?.draw(u) ?? u)

// internal

/** How many points near the incumbent. */
const localCount = 64

/** The point of a finite space with a number in mixed radix. */
const pointAt = (columns: Columns, index: number): Float64Array => {
  let rest = index
  return Float64Array.from(columns.dimensions, ({ coordinateOf, levels }) => {
    const level = rest % levels
    rest = Math.floor(rest / levels)
    return coordinateOf(level)
  })
}

/** A point near another: a few columns moved by a step whose size shrinks as `i` grows. */
const near = (columns: Columns, row: Float64Array, i: number, random: Stream): Float64Array => {
  const width = row.length
  const reach = 0.2 * Math.exp(-i / 12)
  const share = Math.max(0.3, Math.min(1, 3 / width))
  const forced = random.integer(width)
  return row.map((x, j) => {
    const dimension = columns.dimensions[j]
    if (dimension === undefined || !(j === forced || random.uniform() < share)) return x
    if (dimension.kind === "categorical") return random.uniform() < 0.5 ? x : random.integer(dimension.levels)
    const step = (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2 * reach
    const moved = Math.min(Math.max(x + step, 0), 1)
    return dimension.kind === "continuous" ? moved : dimension.coordinateOf(dimension.levelOf(moved))
  })
}
