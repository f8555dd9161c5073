import type { PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Acquisition from "./Acquisition.js"
import * as Candidates from "./Candidates.js"
import * as Columns from "./Columns.js"
import * as WideNormals from "./WideNormals.js"
import * as Evidence from "./Evidence.js"
import * as Fits from "./Fits.js"
import * as Objective from "./Objective.js"
import * as Posterior from "./Posterior.js"
import * as Random from "./Random.js"
import * as Sobol from "./Sobol.js"
import type { Space } from "./Space.js"
import * as Standard from "./Standard.js"
import * as Unseen from "./Unseen.js"
import * as Warp from "./Warp.js"

/** Bayesian search of one sweep. It remembers what it computed from a history that only grows, as a memo. */
export interface Bayes {
  /** The next point, for a history in order of creation of which earlier calls saw a beginning. */
  readonly next: (history: ReadonlyArray<PastRun>) => TrialConfig
}

/** What can be set. */
export interface Options {
  /** How many outcomes an ask models at most; without a bound it is the exact process. Default 256. */
  readonly modelSize?: number
  /** Of how many outcomes the hyperparameters are fitted to at most. Default 160. */
  readonly fitSize?: number
  /**
   * The values that the runs at these places of the history would have without all others, where that isn't what they
   * have among them. The hyperparameters are fitted to that: otherwise a run that comes would change what was fitted.
   */
  readonly among?: (runs: ReadonlyArray<number>) => Float64Array
}

/**
 * Bayesian search by a Gaussian process and log expected improvement.
 *
 * The first suggestions are a shifted Sobol sequence, until eight runs have told something, and less than three
 * quarters of all are equally good and the best.
 * After that each ask models at most `modelSize` of the outcomes and, on the axes that the model
 * has learned (`Warp`), scores Sobol candidates and points near the best, and climbs from the best
 * of them. Runs that haven't ended count as predicted; failed ones as bad. No point is suggested
 * twice while others are left.
 */
export const make = (given: Space, metric: Metric | undefined, seed: number, options: Options = {}): Bayes => {
  const space = WideNormals.measured(given)
  const { among, fitSize = 160, modelSize = 256 } = options
  const columns = Columns.make(space)
  const width = columns.dimensions.length
  const rows: Array<Float64Array | undefined> = []
  const seen = new Set<number>()
  const fitted = Fits.make(columns, { fitSize, modelSize, among })
  const candidatesFor = Candidates.make(space, width, seed)
  const sobol = Sobol.make(width, seed, "start")

  const read = (history: ReadonlyArray<PastRun>) => {
    for (let i = rows.length; i < history.length; i++) {
      const run = history[i]
      const coordinates = run === undefined ? undefined : space.encode(run.trial)
      const row = coordinates === undefined ? undefined : columns.row(coordinates)
      rows.push(row)
      if (run !== undefined && row !== undefined && space.holds(run.trial)) seen.add(Columns.hash(row))
    }
  }
  /** Whether no run has the values that a row stands for; the row itself may differ from theirs in its last bits. */
  const isNew = (row: Float64Array) =>
    !seen.has(Columns.hash(row.map((x, j) => columns.dimensions[j]?.encode(columns.dimensions[j]?.decode(x)) ?? x)))

  /** A point that no run has, if there is one. */
  const unseen = (random: Random.Stream): Float64Array | undefined =>
    Unseen.find({ dimensions: columns.dimensions, points: space.points, taken: seen.size, isNew }, random)

  const startPoint = (n: number, random: Random.Stream): Float64Array => {
    const us = new Float64Array(width)
    sobol.point(n, us)
    const row = Candidates.draw(columns, us)
    return isNew(row) ? row : (unseen(random) ?? row)
  }

  const next = (history: ReadonlyArray<PastRun>): Float64Array => {
    read(history)
    const n = history.length
    const random = Random.stream(seed, "bayes", n)
    const outcomes = Objective.observe(metric, history)
    const data: Array<number> = []
    const pending: Array<number> = []
    let measured = 0
    for (const [i, outcome] of outcomes.entries()) {
      if (rows[i] === undefined) continue
      if (outcome.role === "Pending") pending.push(i)
      else data.push(i)
      if (outcome.role === "Measured") measured++
    }
    if (width === 0 || data.length < startSize || measured === 0) return startPoint(n, random)

    const values = Float64Array.from(data, (i) => outcomes[i]?.value ?? 0)
    const roles = Uint8Array.from(data, (i) => Standard.role[outcomes[i]?.role ?? "Imputed"])
    const standard = Standard.make(values, roles)
    // Where most came to the same, and none to better, a model has but distance to go by, and would walk the edges.
    const own = standard.values.filter((_, i) => roles[i] === Standard.role.Measured)
    if (own.length >= data.length / 2 && shareOfBest(own) >= plateau) return startPoint(n, random)
    const fit = fitted(rows, data, values, roles, pending.length)
    const warp = Warp.make(columns, fit.hyperparameters.skews)
    const told = { data, values, roles }
    const sizes = { total: modelSize, best: bestSize, newest: newestSize }
    const { chosen, isolated, points, ...evidence } = Evidence.make(columns, rows, told, standard, fit, sizes)
    if (evidence.values.every((value) => value === evidence.values[0])) return startPoint(n, random)
    const posterior = Posterior.make(
      fit.hyperparameters,
      warp.points(points),
      evidence.values,
      isolated,
      warp.points(Columns.pointsOf(columns, rows, pending.slice(-pendingSize)))
    )
    // What to beat is the best of what the model believes, not of what noise may have flattered.
    let best = Number.NEGATIVE_INFINITY
    let incumbent = 0
    posterior.fitted.forEach((mean, i) => {
      if (i < chosen.length && roles[chosen[i] ?? 0] !== Standard.role.Measured) return
      if (i < chosen.length && mean > best) incumbent = data[chosen[i] ?? 0] ?? 0
      best = Math.max(best, mean)
    })
    const centre = rows[incumbent] ?? new Float64Array(width)
    const bentCentre = warp.bend(centre)
    /** The point of a row: what the row took over from the incumbent is that to the last bit, or it would seem new. */
    const pointOf = (row: Float64Array) =>
      warp.unbend(row).map((x, j) => (row[j] === bentCentre[j] ? (centre[j] ?? x) : x))
    const acquisition = { columns: warp.columns, posterior, best }
    const effort = effortOf(chosen.length, width)
    const candidates = candidatesFor(warp.columns, bentCentre, n, effort.candidates, random)
    const scores = Acquisition.scoreMany(acquisition, candidates, candidates.length / width)
    const rowAt = (i: number) => candidates.slice(i * width, (i + 1) * width)
    const climbed = [...Acquisition.starts(scores, effort.climbs, random), scores.length - 1].map((i) =>
      Acquisition.climb(acquisition, { row: rowAt(i), score: scores[i] ?? 0 }, random)
    )
    climbed.sort((a, b) => b.score - a.score)
    for (const { row } of climbed) {
      const point = pointOf(row)
      if (isNew(point)) return point
    }
    const ranked = Int32Array.from(scores, (_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
    for (const i of ranked) {
      const point = pointOf(rowAt(i))
      if (isNew(point)) return point
    }
    return unseen(random) ?? pointOf(climbed[0]?.row ?? rowAt(0))
  }

  return { next: (history) => space.trial(columns.coordinates(next(history))) }
}

// internal

const startSize = 8
const bestSize = 96
const newestSize = 64
const pendingSize = 64
/** The share of runs as good as the best from which on these are no best ones, but all that was seen so far. */
const plateau = 0.75

/** How many of some values are as large as the largest. */
const shareOfBest = (values: Float64Array): number => {
  const best = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return values.filter((value) => value === best).length / values.length
}

/** How hard an ask looks for the best point of a model of so many in so many columns: while that is cheap, harder. */
const effortOf = (points: number, columns: number) => {
  const { candidates, climbs } = points <= 128 ? { candidates: 1024, climbs: 10 } : { candidates: 512, climbs: 4 }
  return { candidates, climbs: Math.ceil(Math.min(1, 20 / columns) * climbs) }
}
