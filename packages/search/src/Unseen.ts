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
    draw: (random) => find({ dimensions, points, taken: seen.size, isNew: has }, random)
  }
}

/** Where to look for a point that no run has. */
export interface Search {
  readonly dimensions: ReadonlyArray<Dimension>
  /** How many points there are. */
  readonly points: number
  /** How many of them runs have, at most. */
  readonly taken: number
  readonly isNew: (coordinates: Float64Array) => boolean
}

/**
 * Draws at random first. Where few points are left, all are looked at; where there are many, but drawn ones are nearly
 * always the same few, the nearest to one of those, or any.
 */
export const find = (search: Search, random: Stream): Float64Array | undefined => {
  const { dimensions, isNew, points, taken } = search
  let drawn = new Float64Array(dimensions.length)
  for (let k = 0; k < draws; k++) {
    drawn = Float64Array.from(dimensions, ({ draw }) => draw(random.uniform()))
    if (isNew(drawn)) return drawn
  }
  if (points < 4 * taken + 4096) {
    const offset = random.integer(points)
    for (let k = 0; k < points; k++) {
      const coordinates = pointAt(dimensions, (offset + k) % points)
      if (isNew(coordinates)) return coordinates
    }
    return undefined
  }
  if (points === Number.POSITIVE_INFINITY) return undefined
  const near = nearest(search, drawn)
  if (near !== undefined) return near
  for (let k = 0; k < draws; k++) {
    const coordinates = Float64Array.from(dimensions, ({ coordinateOf, levels }) =>
      coordinateOf(random.integer(levels))
    )
    if (isNew(coordinates)) return coordinates
  }
  return undefined
}

// internal

const draws = 64

/** Along the dimension with the most levels, the nearest level of which no run has the point. */
const nearest = ({ dimensions, isNew, taken }: Search, coordinates: Float64Array): Float64Array | undefined => {
  let widest = 0
  dimensions.forEach(({ levels }, i) => {
    if (levels > (dimensions[widest]?.levels ?? 0)) widest = i
  })
  const dimension = dimensions[widest]
  if (dimension === undefined) return undefined
  const level = dimension.levelOf(coordinates[widest] ?? 0)
  for (let away = 1; away <= taken + 1; away++) {
    for (const other of [level + away, level - away]) {
      if (other < 0 || other >= dimension.levels) continue
      const moved = coordinates.slice()
      moved[widest] = dimension.coordinateOf(other)
      if (isNew(moved)) return moved
    }
  }
  return undefined
}

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
