import { erfc, erfcx, erfNearZero, expOfMinusSquare } from "./ErrorFunction.js"

/** The standard normal density φ(x). */
export const density = (x: number): number => inverseRootTwoPi * expOfMinusSquare(x * rootHalf)

/** The standard normal distribution function Φ(x), accurate relative to its own size in both tails. */
export const cdf = (x: number): number => {
  if (x > -0.66) {
    const z = x * rootHalf
    return z < 0.46875 ? 0.5 + 0.5 * erfNearZero(z) : 1 - 0.5 * erfc(z)
  }
  return 0.5 * erfcx(-x * rootHalf) * expOfMinusHalfSquare(x)
}

/** ln Φ(x), finite and accurate where Φ(x) has long underflowed. */
export const logCdf = (x: number): number => {
  if (x > 0.5) return Math.log1p(-cdf(-x))
  if (x > -5) return Math.log(cdf(x))
  return Math.log(0.5 * erfcx(-x * rootHalf)) - 0.5 * x * x
}

/**
 * The inverse of Φ (algorithm AS 241, routine PPND16, M. J. Wichura 1988). `quantile(0)`
 * is −Infinity and `quantile(1)` is Infinity; outside [0, 1] it is NaN.
 */
export const quantile = (p: number): number => {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(centreP, r)) / polynomial(centreQ, r)
  }
  const tail = q < 0 ? p : 1 - p
  if (tail === 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const r = Math.sqrt(-Math.log(tail))
  const x =
    r <= 5 ? polynomial(nearP, r - 1.6) / polynomial(nearQ, r - 1.6) : polynomial(farP, r - 5) / polynomial(farQ, r - 5)
  return q < 0 ? -x : x
}

// internal

const rootHalf = Math.SQRT1_2
const inverseRootTwoPi = 0.3989422804014327

/** e^(−x²/2) with the square taken exactly in part; halving first would round x. */
const expOfMinusHalfSquare = (x: number): number => {
  if (x < -1e8) return 0
  const cut = Math.trunc(x * 16) / 16
  return Math.exp(-0.5 * cut * cut) * Math.exp(-0.5 * (x - cut) * (x + cut))
}

const polynomial = (coefficients: ReadonlyArray<number>, x: number): number => {
  let sum = 0
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] ?? 0)
  return sum
}

const centreP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227
]
const centreQ = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854
]
const nearP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414
]
const nearQ = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9
]
const farP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7
]
const farQ = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15
]
