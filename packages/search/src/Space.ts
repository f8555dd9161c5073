import type { Parameter } from "@sweepline/core/Parameter"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Either from "effect/Either"
import * as Dimension from "./Dimension.js"
import * as Distribution from "./Distribution.js"
import * as Identity from "./Identity.js"
import * as Layout from "./Layout.js"

/** The search space of a sweep: its parameters as dimensions, and points as trial configs. */
export interface Space {
  /** The searchable parameters, in the order of the layout. */
  readonly dimensions: ReadonlyArray<Dimension.Dimension>
  /** How many different points there are; Infinity with a continuous dimension. */
  readonly points: number
  /** The trial config at coordinates, one for each dimension, with the constants at their places. */
  readonly trial: (coordinates: ArrayLike<number>) => TrialConfig
  /** The coordinates of a trial config, or `undefined` where a parameter is missing or none of its values. */
  readonly encode: (trial: TrialConfig) => Float64Array | undefined
  /** Whether a trial config is one of the points: `encode` also takes what is only near one. */
  readonly holds: (trial: TrialConfig) => boolean
}

/** The space of a sweep's parameters, or what is wrong with them. */
export const make = (
  parameters: ReadonlyMap<string, Parameter>
): Either.Either<Space, ReadonlyArray<Layout.Problem>> => {
  const layout = Layout.make(parameters)
  const problems = Layout.problems(layout, Distribution.problem)
  if (problems.length > 0) return Either.left(problems)
  const dimensions: Array<Dimension.Dimension> = []
  const dimensionOf = layout.leaves.map(({ parameter, path }) => {
    const dimension = Dimension.make(path, parameter)
    return dimension === undefined ? -1 : dimensions.push(dimension) - 1
  })
  return Either.right({
    dimensions,
    points: dimensions.reduce((product, { levels }) => product * levels, 1),
    trial: (coordinates) =>
      layout.trial((leaf) => {
        const parameter = layout.leaves[leaf]?.parameter
        if (parameter?.distribution === "constant") return parameter.value
        const index = dimensionOf[leaf] ?? -1
        return dimensions[index]?.decode(coordinates[index] ?? 0) ?? null
      }),
    encode: (trial) => {
      const coordinates = new Float64Array(dimensions.length)
      for (const [i, dimension] of dimensions.entries()) {
        const coordinate = dimension.encode(Identity.lookup(trial, dimension.path))
        if (Number.isNaN(coordinate)) return undefined
        coordinates[i] = coordinate
      }
      return coordinates
    },
    holds: (trial) => dimensions.every(({ holds, path }) => holds(Identity.lookup(trial, path)))
  })
}
