// Rational Chebyshev approximations of W. J. Cody, Mathematics of Computation 23 (1969),
// pp. 631–637: relative error below 1e-16 before rounding.

/** erf(x) for |x| ≤ 0.46875; elsewhere use `erfcx`, which does not cancel. */
export const erfNearZero = (x: number): number => {
  const s = x * x
  let p = 0.18577770618460315 * s
  let q = s
  for (let i = 0; i < 3; i++) {
    p = (p + at(nearP, i)) * s
    q = (q + at(nearQ, i)) * s
  }
  return (x * (p + at(nearP, 3))) / (q + at(nearQ, 3))
}

/** The scaled complementary error function e^(x²)·erfc(x). Overflows to Infinity below about −26.6. */
export const erfcx = (x: number): number => {
  if (Number.isNaN(x)) return Number.NaN
  const z = Math.abs(x)
  if (z <= 0.46875) return expOfSquare(z) * (1 - erfNearZero(x))
  const positive = z <= 4 ? middle(z) : tail(z)
  return x > 0 ? positive : 2 * expOfSquare(z) - positive
}

/** The complementary error function. Relative accuracy holds into the tail, down to underflow at 26.5. */
export const erfc = (x: number): number => {
  const z = Math.abs(x)
  if (z <= 0.46875) return 1 - erfNearZero(x)
  const positive = (z <= 4 ? middle(z) : tail(z)) * expOfMinusSquare(z)
  return x > 0 ? positive : 2 - positive
}

/**
 * e^(−x²) without the error that rounding x² would bring, which grows with x²: the square
 * is taken in a part that is exact (x cut to a multiple of 1/16) and a small rest.
 */
export const expOfMinusSquare = (x: number): number => {
  if (x > 1e8 || x < -1e8) return 0
  const cut = Math.trunc(x * 16) / 16
  return Math.exp(-cut * cut) * Math.exp(-(x - cut) * (x + cut))
}

// internal

const expOfSquare = (x: number): number => {
  if (x > 1e8) return Number.POSITIVE_INFINITY
  const cut = Math.trunc(x * 16) / 16
  return Math.exp(cut * cut) * Math.exp((x - cut) * (x + cut))
}

const middle = (z: number): number => {
  let p = 2.1531153547440383e-8 * z
  let q = z
  for (let i = 0; i < 7; i++) {
    p = (p + at(middleP, i)) * z
    q = (q + at(middleQ, i)) * z
  }
  return (p + at(middleP, 7)) / (q + at(middleQ, 7))
}

const tail = (z: number): number => {
  if (z > 6.71e7) return inverseRootPi / z
  const s = 1 / (z * z)
  let p = 0.016315387137302097 * s
  let q = s
  for (let i = 0; i < 4; i++) {
    p = (p + at(tailP, i)) * s
    q = (q + at(tailQ, i)) * s
  }
  const rest = (s * (p + at(tailP, 4))) / (q + at(tailQ, 4))
  return (inverseRootPi - rest) / z
}

const inverseRootPi = 0.5641895835477563

const at = (table: ReadonlyArray<number>, index: number): number => table[index] ?? 0

const nearP = [3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694]
const nearQ = [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171]
const middleP = [
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769, 1712.0476126340707,
  2051.0783778260716, 1230.3393547979972
]
const middleQ = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
  3439.3676741437216, 1230.3393548037495
]
const tailP = [
  0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378
]
const tailQ = [2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918]
