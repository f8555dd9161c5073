import * as Covariance from "./Covariance.js"

/** The constants of CMA-ES for a number of coordinates and of points a generation (§9.4). */
export interface Strategy {
  readonly n: number
  readonly population: number
  /** For each point of a generation, best first; those of the worse half are negative. */
  readonly weights: Float64Array
  readonly effective: number
  readonly c1: number
  readonly cMu: number
  readonly cSigma: number
  readonly dSigma: number
  readonly cC: number
  /** The expected length of a standard normal vector. */
  readonly chi: number
}

/** How many points a generation has by default. */
export const populationOf = (n: number): number => 4 + Math.floor(3 * Math.log(n))

/** Above this many coordinates only variances are learned, and faster. */
export const mostCovariances = 64

/** The constants by the formulas of the tutorial. */
export const strategy = (n: number, population: number): Strategy => {
  const raw = Float64Array.from({ length: population }, (_, i) => Math.log((population + 1) / 2) - Math.log(i + 1))
  const half = population >> 1
  const sums = (part: Float64Array) => {
    let sum = 0
    let squares = 0
    for (const weight of part) {
      sum += weight
      squares += weight * weight
    }
    return { sum, effective: (sum * sum) / squares }
  }
  const { effective } = sums(raw.subarray(0, half))
  const { effective: effectiveNegative } = sums(raw.subarray(half))
  const rate = n > mostCovariances ? (n + 2) / 3 : 1
  const c1 = Math.min((rate * 2) / ((n + 1.3) * (n + 1.3) + effective), 0.5)
  const cMu = Math.min(1 - c1 - 1e-8, (rate * 2 * (effective - 2 + 1 / effective)) / ((n + 2) * (n + 2) + effective))
  const cSigma = (effective + 2) / (n + effective + 5)
  const positive = raw.reduce((sum, weight) => sum + Math.max(weight, 0), 0)
  const negative = raw.reduce((sum, weight) => sum - Math.min(weight, 0), 0)
  const alpha = Math.min(1 + c1 / cMu, 1 + (2 * effectiveNegative) / (effective + 2), (1 - c1 - cMu) / (n * cMu))
  return {
    n,
    population,
    weights: raw.map((weight) => (weight >= 0 ? weight / positive : (alpha * weight) / negative)),
    effective,
    c1,
    cMu,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (n + 1)) - 1) + cSigma,
    cC: (4 + effective / n) / (n + 4 + (2 * effective) / n),
    chi: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
  }
}

/** Where an evolution stands: the normal distribution that the next points are drawn from, and how it came there. */
export interface Evolution {
  readonly strategy: Strategy
  readonly mean: Float64Array
  readonly sigma: number
  readonly covariance: Covariance.Covariance
  readonly pathSigma: Float64Array
  readonly pathC: Float64Array
  readonly generation: number
}

/** The beginning of an evolution. */
export const start = (mean: Float64Array, sigma: number, population: number): Evolution => {
  const n = mean.length
  return {
    strategy: strategy(n, population),
    mean,
    sigma,
    covariance: n > mostCovariances ? Covariance.diagonal(n) : Covariance.full(n),
    pathSigma: new Float64Array(n),
    pathC: new Float64Array(n),
    generation: 0
  }
}

/** The point that standard normal numbers stand for. */
export const point = ({ covariance, mean, sigma }: Evolution, z: Float64Array): Float64Array => {
  const step = covariance.colour(z)
  return mean.map((x, i) => x + sigma * (step[i] ?? 0))
}

/**
 * The next generation, from as many points as this one has, best first. They need not have
 * been drawn from it: a step that is too long to be its own is shortened.
 */
export const advance = (self: Evolution, points: ReadonlyArray<Float64Array>): Evolution => {
  const { covariance, mean, sigma, strategy } = self
  const { c1, cC, cMu, cSigma, chi, dSigma, effective, n, weights } = strategy
  const longest = Math.sqrt(n) + (2 * n) / (n + 2)
  const steps = points.map((x) => {
    const y = mean.map((m, i) => ((x[i] ?? 0) - m) / sigma)
    const length = norm(covariance.whiten(y))
    return length > longest ? { y: y.map((v) => (v * longest) / length), length: longest } : { y, length }
  })
  const centre = new Float64Array(n)
  for (const [i, { y }] of steps.entries()) {
    const weight = Math.max(weights[i] ?? 0, 0)
    for (let j = 0; j < n; j++) centre[j] = (centre[j] ?? 0) + weight * (y[j] ?? 0)
  }
  const white = covariance.whiten(centre)
  const pull = Math.sqrt(cSigma * (2 - cSigma) * effective)
  const pathSigma = self.pathSigma.map((p, i) => (1 - cSigma) * p + pull * (white[i] ?? 0))
  const length = norm(pathSigma)
  const settled = 1 - Math.exp(2 * (self.generation + 1) * Math.log1p(-cSigma))
  const steady = length / Math.sqrt(settled) < (1.4 + 2 / (n + 1)) * chi ? 1 : 0
  const pathC = self.pathC.map(
    (p, i) => (1 - cC) * p + steady * Math.sqrt(cC * (2 - cC) * effective) * (centre[i] ?? 0)
  )
  let total = 0
  for (const weight of weights) total += weight
  const keep = 1 + c1 * (1 - steady) * cC * (2 - cC) - c1 - cMu * total
  const learned = steps.map(({ length, y }, i) => {
    const weight = weights[i] ?? 0
    return { y, weight: cMu * (weight >= 0 ? weight : (weight * n) / (length * length + 1e-8)) }
  })
  return {
    strategy,
    mean: mean.map((m, i) => m + sigma * (centre[i] ?? 0)),
    sigma: sigma * Math.exp(Math.min(1, (cSigma / dSigma) * (length / chi - 1))),
    covariance: covariance.update(keep, [...learned, { weight: c1, y: pathC }]),
    pathSigma,
    pathC,
    generation: self.generation + 1
  }
}

/** Whether there is nothing more to be found here: the steps are too short to matter, or the numbers don't hold. */
export const isSpent = ({ covariance, sigma }: Evolution): boolean =>
  !(sigma * covariance.largest > 1e-9) || !(covariance.condition < 1e14) || !(sigma < 1e6)

// internal

const norm = (x: Float64Array): number => {
  let squares = 0
  for (const value of x) squares += value * value
  return Math.sqrt(squares)
}
