import type { Dimension } from "./Dimension.js"
import type { Stream } from "./Random.js"
import type { Space } from "./Space.js"

/** The points of a space that runs have, so that none is suggested again while others are left. */
export interface Unseen {
  /** Takes the point of a run. */
  readonly add: (coordinates: Float64Array) => void
  /** Whether no run has this point. Always so where a dimension is continuous. */
  readonly has: (coordinates: Float64Array) => boolean
  /** A point that no run has, if there is one to be found: drawn at random, and where few are left, looked for. */
  readonly draw: (random: Stream) => Float64Array | undefined
}

/** A space of which no run has a point yet. */
export const make = (space: Space): Unseen => {
  const { dimensions, points } = space
  const isFinite = Number.isFinite(points)
  const seen = new Set<number | string>()
  const keyOf = points <= Number.MAX_SAFE_INTEGER ? index(dimensions) : text(dimensions)
  const has = (coordinates: Float64Array) => !isFinite || !seen.has(keyOf(coordinates))
  return {
    add: (coordinates) => void (isFinite && seen.add(keyOf(coordinates))),
    has,
    draw: (random) => {
      for (let k = 0; k < 64; k++) {
        const coordinates = Float64Array.from(dimensions, ({ draw }) => draw(random.uniform()))
        if (has(coordinates)) return coordinates
      }
      if (!(points < 4 * seen.size + 4096)) return undefined
      const offset = random.integer(points)
      for (let k = 0; k < points; k++) {
        const coordinates = pointAt(dimensions, (offset + k) % points)
        if (has(coordinates)) return coordinates
      }
      return undefined
    }
  }
}

// internal

const index = (dimensions: ReadonlyArray<Dimension>) => (coordinates: Float64Array) => {
  let number = 0
  for (const [i, { levelOf, levels }] of dimensions.entries()) number = number * levels + levelOf(coordinates[i] ?? 0)
  return number
}

const text = (dimensions: ReadonlyArray<Dimension>) => (coordinates: Float64Array) =>
  dimensions.map(({ levelOf }, i) => levelOf(coordinates[i] ?? 0)).join()

const pointAt = (dimensions: ReadonlyArray<Dimension>, number: number): Float64Array => {
  let rest = number
  const coordinates = new Float64Array(dimensions.length)
  for (let i = dimensions.length - 1; i >= 0; i--) {
    const { coordinateOf, levels } = dimensions[i] ?? { coordinateOf: () => 0, levels: 1 }
    const level = rest % levels
    rest = Math.floor(rest / levels)
    coordinates[i] = coordinateOf(level)
  }
  return coordinates
}
