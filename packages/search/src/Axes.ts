import type { Dimension } from "./Dimension.js"
import type { Space } from "./Space.js"

/**
 * A space as a Parzen estimator sees it: an axis for each dimension that has more than one
 * value. First the smooth ones (percentiles), then those of few levels (level numbers), then
 * the categories (their numbers). NaN stands for a value that a run doesn't have.
 */
export interface Axes {
  readonly width: number
  readonly smooth: number
  /** For each axis of levels: the percentile of each level, and the bounds between them, from 0 to 1. */
  readonly levels: ReadonlyArray<Levels>
  /** How many categories each axis of categories has. */
  readonly categories: ReadonlyArray<number>
  /** The row of a space's coordinates. */
  readonly row: (coordinates: ArrayLike<number>) => Float64Array
  /** The coordinates of a row; what has but one value has it. */
  readonly coordinates: (row: ArrayLike<number>) => Float64Array
}

/** The levels of an axis. */
export interface Levels {
  readonly means: Float64Array
  /** One more than there are levels. */
  readonly edges: Float64Array
}

/** The axes of a space. */
export const make = (space: Space): Axes => {
  const varying = [...space.dimensions.keys()].filter((i) => (space.dimensions[i]?.levels ?? 0) > 1)
  const kindOf = (i: number): Kind => kind(space.dimensions[i])
  const order = kinds.flatMap((each) => varying.filter((i) => kindOf(i) === each))
  const dimensions = order.flatMap((i) => space.dimensions[i] ?? [])
  const smooth = dimensions.filter((dimension) => kind(dimension) === "smooth").length
  return {
    width: order.length,
    smooth,
    levels: dimensions.filter((dimension) => kind(dimension) === "levels").map(levelsOf),
    categories: dimensions.filter((dimension) => kind(dimension) === "categories").map(({ levels }) => levels),
    row: (coordinates) =>
      Float64Array.from(dimensions, (dimension, j) => {
        const coordinate = coordinates[order[j] ?? 0] ?? Number.NaN
        return j < smooth || Number.isNaN(coordinate) ? coordinate : dimension.levelOf(coordinate)
      }),
    coordinates: (row) => {
      const coordinates = Float64Array.from(space.dimensions, ({ coordinateOf }) => coordinateOf(0))
      for (const [j, dimension] of dimensions.entries()) {
        const x = row[j] ?? 0
        coordinates[order[j] ?? 0] =
          dimension.kind === "continuous" ? x : dimension.coordinateOf(j < smooth ? dimension.levelOf(x) : x)
      }
      return coordinates
    }
  }
}

// internal

const kinds = ["smooth", "levels", "categories"] as const
type Kind = (typeof kinds)[number]

/** Where there are more levels, a density does as well as their masses: no kernel is narrower than a hundredth. */
const mostLevels = 256

const kind = (dimension: Dimension | undefined): Kind => {
  if (dimension?.kind === "categorical") return "categories"
  return dimension?.kind === "stepped" && dimension.levels <= mostLevels ? "levels" : "smooth"
}

const levelsOf = ({ coordinateOf, levels }: Dimension): Levels => {
  const means = Float64Array.from({ length: levels }, (_, level) => coordinateOf(level))
  const edges = new Float64Array(levels + 1)
  for (let k = 1; k < levels; k++) edges[k] = ((means[k - 1] ?? 0) + (means[k] ?? 0)) / 2
  edges[levels] = 1
  return { means, edges }
}
