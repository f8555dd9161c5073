import type { Columns } from "./Columns.js"
import type { Dimension } from "./Dimension.js"
import type { Points } from "./Points.js"
import * as Skew from "./Skew.js"

/**
 * The space as the process has learned to see it: each numeric column on the axis of its own skew. Distances, candidates
 * and steps are measured there, so that a region that matters is found and searched, however small its share of the
 * declared range.
 *
 * That a process learns how to warp its inputs is from Snoek, Swersky, Zemel and Adams, "Input Warping for Bayesian
 * Optimization of Non-Stationary Functions" (ICML 2014). They take the Beta distribution's CDF, and later ones
 * Kumaraswamy's; neither is a logarithm, which is what most ranges of sweeps lack (`Skew`).
 */
export interface Warp {
  /** The columns, their coordinates being warped. */
  readonly columns: Columns
  readonly points: (points: Points) => Points
  readonly bend: (row: Float64Array) => Float64Array
  readonly unbend: (row: Float64Array) => Float64Array
}

/** The warp by one skew for each column; those of categories are 0. */
export const make = (columns: Columns, skews: Float64Array): Warp => {
  const bent = (rows: Float64Array) => rows.map((x, i) => Skew.bend(x, skews[i % skews.length] ?? 0))
  return {
    columns: { ...columns, dimensions: columns.dimensions.map((each, j) => dimension(each, skews[j] ?? 0)) },
    points: (points) => ({ ...points, rows: bent(points.rows) }),
    bend: bent,
    unbend: (row) => row.map((x, j) => Skew.unbend(x, skews[j] ?? 0))
  }
}

// internal

/** Levels stay what they are, and lie elsewhere. */
const dimension = (self: Dimension, skew: number): Dimension => {
  if (skew === 0 || self.kind !== "stepped") return self
  const levelOf = (y: number) => self.levelOf(Skew.unbend(y, skew))
  const coordinateOf = (level: number) => Skew.bend(self.coordinateOf(level), skew)
  return { ...self, levelOf, coordinateOf, draw: (u) => coordinateOf(levelOf(u)) }
}
