/**
 * A family of axes for a coordinate from 0 to 1, by one number.
 *
 * At skew 0 the axis is as it was. At skew s > 0 it is that of the logarithm of a number whose range begins at 1/eˢ of
 * its end: what lies near 0 is stretched. At −s it is the mirror of that, which stretches what lies near 1. It is
 * smooth in both, rises everywhere, and leaves 0 and 1 where they are.
 *
 * So `{min: 0.00001, max: 1}` at skew ln(10⁵) is what it would be, had it been declared as log-uniform.
 */

/** Where a coordinate lies on the axis of a skew. */
export const bend = (x: number, skew: number): number => {
  // The quotient at 1 may miss it by a bit.
  if (x === 0 || x === 1) return x
  if (Math.abs(skew) < straight) return x + (skew * x * (1 - x)) / 2
  return skew > 0 ? Math.log1p(Math.expm1(skew) * x) / skew : 1 - bend(1 - x, -skew)
}

/** The coordinate that lies there. */
export const unbend = (y: number, skew: number): number => {
  if (Math.abs(skew) < straight) return y - (skew * y * (1 - y)) / 2
  return skew > 0 ? Math.expm1(skew * y) / Math.expm1(skew) : 1 - unbend(1 - y, -skew)
}

/** The derivative of `bend` by the skew. */
export const bySkew = (x: number, skew: number): number => {
  if (Math.abs(skew) < straight) return (x * (1 - x)) / 2
  if (skew < 0) return bySkew(1 - x, -skew)
  const stretch = Math.expm1(skew)
  return ((x * (stretch + 1)) / (1 + stretch * x) - Math.log1p(stretch * x) / skew) / skew
}

// internal

/** Nearer to 0 the series in the skew, cut after its first terms, is closer than the quotients, which cancel (`bySkew`). */
const straight = 1e-7
