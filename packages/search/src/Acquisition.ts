import type { Columns } from "./Columns.js"
import * as Lbfgs from "./Lbfgs.js"
import { logExpectedImprovement, logImprovement } from "./LogExpectedImprovement.js"
import type { Posterior } from "./Posterior.js"
import type { Stream } from "./Random.js"

/** A row and its log expected improvement. */
export interface Scored {
  readonly row: Float64Array
  readonly score: number
}

/** The log expected improvement of rows under a posterior. */
export interface Acquisition {
  readonly columns: Columns
  readonly posterior: Posterior
  /** What an improvement has to beat, standardised. */
  readonly best: number
}

/** Scores rows; `rows` holds `count` of them. */
export const scoreMany = (self: Acquisition, rows: Float64Array, count: number): Float64Array => {
  const mean = new Float64Array(count)
  const deviation = new Float64Array(count)
  self.posterior.predictMany(rows, count, mean, deviation)
  return mean.map((mu, i) => logExpectedImprovement(mu, deviation[i] ?? 1, self.best))
}

/**
 * Where to start climbing: the candidate with the best score, then others drawn with a chance
 * in proportion to their expected improvement, each at most once.
 */
export const starts = (scores: Float64Array, count: number, random: Stream): ReadonlyArray<number> => {
  let top = 0
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[top] ?? 0)) top = i
  const chosen = [top]
  const shares = scores.map((score) => Math.exp(score - (scores[top] ?? 0)))
  shares[top] = 0
  while (chosen.length < count) {
    let total = 0
    for (const share of shares) total += share
    if (!(total > 0)) break
    let left = random.uniform() * total
    let pick = -1
    for (let i = 0; i < shares.length && left >= 0; i++) {
      left -= shares[i] ?? 0
      if ((shares[i] ?? 0) > 0) pick = i
    }
    if (pick < 0) break
    chosen.push(pick)
    shares[pick] = 0
  }
  return chosen
}

/**
 * Climbs from a row: L-BFGS over the numeric columns in units of their lengths, then each
 * stepped or categorical column in turn over its values, until neither helps. Of many columns one nearly always
 * moves, and each round looks at all: there, one round has to do.
 */
export const climb = (self: Acquisition, start: Scored, random: Stream): Scored => {
  let current = start
  const rounds = self.columns.dimensions.length > manyColumns ? 1 : 4
  for (let round = 0; round < rounds; round++) {
    const before = current.score
    current = climbNumbers(self, current)
    const smooth = current.score
    current = climbSteps(self, current, random)
    // Only a changed step makes another climb worth it.
    if (current.score === smooth || current.score - before < 1e-6) break
  }
  return current
}

// internal

const manyColumns = 20
/** A stepped column of more levels is climbed as a number first, and then by its neighbours. */
const fewLevels = 16
const triedCategories = 48
/** How many steps of a walk over the levels are of one length. */
const evenSteps = 8

const climbNumbers = (self: Acquisition, start: Scored): Scored => {
  const { columns, posterior } = self
  const moving: Array<number> = []
  for (let j = 0; j < columns.numeric; j++) if ((columns.dimensions[j]?.levels ?? 0) > fewLevels) moving.push(j)
  if (moving.length === 0) return start
  const row = start.row.slice()
  const roots = Float64Array.from(moving, (j) => Math.sqrt(posterior.weights[j] ?? 1))
  const meanSlope = new Float64Array(row.length)
  const varianceSlope = new Float64Array(row.length)
  const negativeScore = (x: Float64Array, gradient: Float64Array): number => {
    moving.forEach((j, i) => (row[j] = (x[i] ?? 0) / (roots[i] ?? 1)))
    const { mean, variance } = posterior.predict(row, meanSlope, varianceSlope)
    const deviation = Math.sqrt(variance)
    const z = (mean - self.best) / deviation
    const { slope, value } = logImprovement(z)
    const byMean = slope / deviation
    const byVariance = (1 - slope * z) / (2 * variance)
    moving.forEach((j, i) => {
      gradient[i] = -(byMean * (meanSlope[j] ?? 0) + byVariance * (varianceSlope[j] ?? 0)) / (roots[i] ?? 1)
    })
    return -(Math.log(deviation) + value)
  }
  const { x } = Lbfgs.minimize(
    negativeScore,
    Float64Array.from(moving, (j, i) => (row[j] ?? 0) * (roots[i] ?? 1)),
    new Float64Array(moving.length),
    roots.slice(),
    { maxIterations: 50, gradientTolerance: 1e-3, valueTolerance: 1e-6 }
  )
  const end = start.row.slice()
  moving.forEach((j, i) => {
    const dimension = columns.dimensions[j]
    const at = Math.min((x[i] ?? 0) / (roots[i] ?? 1), 1)
    end[j] =
      dimension === undefined || dimension.kind === "continuous" ? at : dimension.coordinateOf(dimension.levelOf(at))
  })
  const [score = Number.NEGATIVE_INFINITY] = scoreMany(self, end, 1)
  return score > start.score ? { row: end, score } : start
}

const climbSteps = (self: Acquisition, start: Scored, random: Stream): Scored => {
  let current = start
  for (const [j, dimension] of self.columns.dimensions.entries()) {
    if (dimension.kind === "continuous") continue
    const level = dimension.levelOf(current.row[j] ?? 0)
    let others = alternatives(dimension, level, random)
    for (let walked = 0; others.length > 0; walked++) {
      const best = bestOf(self, current.row, j, others.map(dimension.coordinateOf))
      if (best.score <= current.score) break
      const from = dimension.levelOf(current.row[j] ?? 0)
      const to = dimension.levelOf(best.row[j] ?? 0)
      current = best
      // Where only neighbours were tried, walk on in the direction that helped; in longer and longer steps where there
      // are millions of levels.
      const next = to + (to - from) * (walked < evenSteps ? 1 : 2)
      others =
        dimension.levels > fewLevels && dimension.kind === "stepped" && next >= 0 && next < dimension.levels
          ? [next]
          : []
    }
  }
  return current
}

/** The levels worth trying instead of one: all where they are few, otherwise neighbours, or a sample of categories. */
const alternatives = (
  dimension: { readonly kind: string; readonly levels: number },
  level: number,
  random: Stream
): ReadonlyArray<number> => {
  const { kind, levels } = dimension
  const few = kind === "categorical" ? triedCategories : fewLevels
  if (levels <= few) return Array.from({ length: levels }, (_, i) => i).filter((other) => other !== level)
  if (kind === "categorical") return Array.from({ length: triedCategories }, () => random.integer(levels))
  return [level - 2, level - 1, level + 1, level + 2].filter((other) => other >= 0 && other < levels)
}

const bestOf = (self: Acquisition, row: Float64Array, column: number, values: ReadonlyArray<number>): Scored => {
  const width = row.length
  const rows = new Float64Array(values.length * width)
  values.forEach((value, i) => {
    rows.set(row, i * width)
    rows[i * width + column] = value
  })
  const scores = scoreMany(self, rows, values.length)
  let top = 0
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[top] ?? 0)) top = i
  return { row: rows.slice(top * width, (top + 1) * width), score: scores[top] ?? Number.NEGATIVE_INFINITY }
}
