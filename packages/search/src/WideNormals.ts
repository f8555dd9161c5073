import type { Dimension } from "./Dimension.js"
import * as Distribution from "./Distribution.js"
import * as Normal from "./Normal.js"
import type { Space } from "./Space.js"

/**
 * A space in which what is normally distributed, or has such a logarithm, is measured in the percentiles of a wider
 * normal distribution. What is drawn has the same distribution as before.
 *
 * Within a fortieth of a normal's percentiles lies all that is two deviations from its mean and farther. A loss that is
 * a parabola of the value is a wall there, which no process of one length along the axis can follow; measured in
 * deviations it is a parabola, but then a loss that levels off is a step in the middle. Between the two both are smooth.
 */
export const measured = (space: Space): Space => {
  const { dimensions, encode, trial } = space
  if (!dimensions.some(({ isNormal }) => isNormal)) return space
  const along = (coordinates: ArrayLike<number>, axis: (x: number) => number): Float64Array =>
    Float64Array.from(coordinates, (x, i) => (dimensions[i]?.isNormal === true ? axis(x) : x))
  return {
    ...space,
    dimensions: dimensions.map((each) => (each.isNormal ? dimension(each) : each)),
    trial: (coordinates) => trial(along(coordinates, percentile)),
    encode: (run) => {
      const coordinates = encode(run)
      return coordinates && along(coordinates, place)
    }
  }
}

// internal

/** How many times as wide. */
const width = 2.5

/** Where a percentile lies on the wider axis. */
const place = (u: number): number => {
  const inside = Math.min(Math.max(u, Distribution.epsilon), 1 - Distribution.epsilon)
  return Normal.cdf(Normal.quantile(inside) / width)
}

const percentile = (x: number): number => Normal.cdf(Normal.quantile(x) * width)

const dimension = (self: Dimension): Dimension => ({
  ...self,
  draw: (u) => place(self.draw(u)),
  decode: (x) => self.decode(percentile(x)),
  encode: (value) => place(self.encode(value)),
  ...(self.kind === "continuous"
    ? {}
    : {
        levelOf: (x) => self.levelOf(percentile(x)),
        coordinateOf: (level) => place(self.coordinateOf(level))
      })
})
