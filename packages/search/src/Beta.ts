/** The two tails of a beta distribution at a point; each is accurate relative to its own size. */
export interface Tails {
  readonly lower: number
  readonly upper: number
}

/** The regularised incomplete beta function I_x(a, b) and its complement. `a` and `b` are positive. */
export const tails = (x: number, a: number, b: number): Tails => {
  if (Number.isNaN(x)) return { lower: Number.NaN, upper: Number.NaN }
  if (x <= 0) return { lower: 0, upper: 1 }
  if (x >= 1) return { lower: 1, upper: 0 }
  const y = 1 - x
  const front = powerTerm(x, y, a, b)
  // The continued fraction converges fast below the mean and slowly above it, so the tail
  // below is computed and the other is its complement, unless that would cost it digits.
  if (x <= (a + 1) / (a + b + 2)) {
    const lower = (front * fraction(x, a, b)) / a
    return { lower, upper: lower < 0.99 ? 1 - lower : (front * fraction(y, b, a)) / b }
  }
  const upper = (front * fraction(y, b, a)) / b
  return { lower: upper < 0.99 ? 1 - upper : (front * fraction(x, a, b)) / a, upper }
}

/** The distribution function of Beta(a, b). */
export const cdf = (x: number, a: number, b: number): number => tails(x, a, b).lower

/**
 * The inverse of `cdf` in x: safeguarded Newton steps on ln x against ln I, where the curve
 * is nearly straight however small x gets. `quantile(0)` is 0 and `quantile(1)` is 1;
 * outside [0, 1] it is NaN.
 */
export const quantile = (p: number, a: number, b: number): number => {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  if (p === 0 || p === 1) return p
  // Solve for whichever of x and 1 − x is the smaller, so that it keeps its digits.
  const half = tails(0.5, a, b)
  return p <= half.lower ? lowerRoot(p, 1 - p, a, b) : 1 - lowerRoot(1 - p, p, b, a)
}

// internal

/** x in (0, 1/2] with I_x(a, b) = p, for a p that is reached there, by p unless only q = 1 − p has the digits. */
const lowerRoot = (p: number, q: number, a: number, b: number): number => {
  const byLower = q >= 0.01
  const target = Math.log(byLower ? p : q)
  let low = Number.NEGATIVE_INFINITY
  let high = -Math.LN2
  // Near zero I_x(a, b) is x^a / (a·B(a, b)), which gives the first guess.
  let t = Math.min((Math.log(p) + Math.log(a) + logBeta(a, b)) / a, high)
  for (let i = 0; i < 200; i++) {
    const x = Math.exp(t)
    if (x === 0) return 0
    const { lower, upper } = tails(x, a, b)
    const tail = byLower ? lower : upper
    const error = byLower ? Math.log(tail) - target : target - Math.log(tail)
    if (error > 0) high = t
    else low = t
    const slope = powerTerm(x, 1 - x, a, b) / ((1 - x) * tail)
    let next = t - error / slope
    if (!(next > low && next < high)) next = low === Number.NEGATIVE_INFINITY ? t - 1 - Math.abs(t) : 0.5 * (low + high)
    if (Math.abs(next - t) <= 1e-16 + 4e-16 * Math.abs(t)) return Math.exp(next)
    t = next
  }
  return Math.exp(t)
}

/** The continued fraction of the incomplete beta function, by Lentz's method. */
const fraction = (x: number, a: number, b: number): number => {
  const tiny = 1e-300
  let c = 1
  let d = 1 - ((a + b) * x) / (a + 1)
  d = 1 / (Math.abs(d) < tiny ? tiny : d)
  let h = d
  for (let m = 1; m <= 20_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 + even * d
    c = 1 + even / c
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    if (Math.abs(c) < tiny) c = tiny
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 + odd * d
    c = 1 + odd / c
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    if (Math.abs(c) < tiny) c = tiny
    const factor = d * c
    h *= factor
    if (Math.abs(factor - 1) < 2e-16) break
  }
  return h
}

/**
 * x^a·y^b / B(a, b) in C. Loader's saddle-point form (2000): the large terms of the
 * logarithms cancel on paper instead of in floating point.
 */
const powerTerm = (x: number, y: number, a: number, b: number): number => {
  const n = a + b
  const exponent = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y)
  return Math.exp(exponent) * Math.sqrt((a / n) * b * inverseTwoPi)
}

const logBeta = (a: number, b: number): number => {
  const n = a + b
  return (
    stirlingError(a) +
    stirlingError(b) -
    stirlingError(n) +
    a * Math.log(a / n) +
    b * Math.log(b / n) +
    0.5 * (Math.log(n / a) - Math.log(b)) +
    halfLogTwoPi
  )
}

/** ln Γ(z + 1) less Stirling's formula. */
const stirlingError = (z: number): number => {
  if (z >= 16) return stirlingSeries(z)
  // Γ(z + 1) = Γ(z + 17) / ((z + 1)…(z + 16))
  let product = 1
  for (let i = 1; i <= 16; i++) product *= z + i
  const far = z + 16
  return stirlingSeries(far) + (far + 0.5) * Math.log(far) - 16 - Math.log(product) - (z + 0.5) * Math.log(z)
}

const stirlingSeries = (z: number): number => {
  const s = 1 / (z * z)
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - (s * 691) / 360360))))) / z
}

/** x·ln(x/m) + m − x, without cancellation where x is near m. */
const deviance = (x: number, m: number): number => {
  if (Math.abs(x - m) < 0.1 * (x + m)) {
    const v = (x - m) / (x + m)
    let sum = (x - m) * v
    let term = 2 * x * v
    const square = v * v
    for (let j = 3; j < 2_000; j += 2) {
      term *= square
      const next = sum + term / j
      if (next === sum) break
      sum = next
    }
    return sum
  }
  return x * Math.log(x / m) + m - x
}

const inverseTwoPi = 0.15915494309189535
const halfLogTwoPi = 0.9189385332046728
