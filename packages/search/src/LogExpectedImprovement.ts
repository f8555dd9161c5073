import * as ErrorFunction from "./ErrorFunction.js"
import * as Normal from "./Normal.js"

/** ln h(z) and its derivative, for h(z) = z·Φ(z) + φ(z): the expected improvement of a unit normal. */
export interface Improvement {
  readonly value: number
  readonly slope: number
}

/**
 * ln(z·Φ(z) + φ(z)) and Φ(z)/(z·Φ(z) + φ(z)), accurate where h itself has underflowed: far
 * from the best value the surface still says which way is better.
 */
export const logImprovement = (z: number): Improvement => {
  if (z > -6) {
    const cumulative = Normal.cdf(z)
    const h = z * cumulative + Normal.density(z)
    return { value: Math.log(h), slope: cumulative / h }
  }
  const logDensity = -0.5 * z * z - halfLogTwoPi
  if (z > -100) {
    // Both parts scaled by φ(z): Φ(z)/φ(z) is the Mills ratio.
    const mills = rootHalfPi * ErrorFunction.erfcx(-z * Math.SQRT1_2)
    const h = 1 + z * mills
    return { value: logDensity + Math.log(h), slope: mills / h }
  }
  const s = 1 / (z * z)
  const h = s * (1 - s * (3 - s * (15 - s * (105 - s * 945))))
  const mills = (-1 / z) * (1 - s * (1 - s * (3 - s * (15 - s * 105))))
  return { value: logDensity + Math.log(h), slope: mills / h }
}

/** ln EI of a normal prediction over the best value so far, where larger is better. */
export const logExpectedImprovement = (mean: number, deviation: number, best: number): number =>
  Math.log(deviation) + logImprovement((mean - best) / deviation).value

// internal

const halfLogTwoPi = 0.9189385332046728
const rootHalfPi = 1.2533141373155003
