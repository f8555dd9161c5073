import type { PastRun } from "@sweepline/core/Search"
import type { Metric } from "@sweepline/core/Metric"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Axes from "./Axes.js"
import * as GoodRuns from "./GoodRuns.js"
import * as Identity from "./Identity.js"
import * as ParzenEstimator from "./ParzenEstimator.js"
import * as Random from "./Random.js"
import * as Sobol from "./Sobol.js"
import type { Space } from "./Space.js"
import * as Unseen from "./Unseen.js"

/** A TPE search of one sweep. It remembers what it computed from a history that only grows, as a memo. */
export interface Tpe {
  /** The next point, for a history in order of creation of which earlier calls saw a beginning. */
  readonly next: (history: ReadonlyArray<PastRun>) => TrialConfig
}

/** What can be set, under Optuna's names and with its defaults. */
export interface Options {
  /** How many runs must have told something before it searches by them. Default 10. */
  readonly startupTrials?: number
  /** How many candidates each suggestion is the best of. Default 24. */
  readonly candidates?: number
}

/**
 * The tree-structured Parzen estimator with the settings of Optuna 5 (§9.3): a density of
 * where the good runs lie, one of where all others lie, those that haven't ended included,
 * and of some candidates drawn from the first, the one at which it exceeds the second most.
 *
 * It takes spaces of any kind and size, several objectives, and runs that lack a parameter:
 * what a run doesn't have says nothing. The first suggestions are a shifted Sobol sequence.
 * No point of a finite space is suggested twice while others are left.
 */
export const make = (space: Space, metrics: ReadonlyArray<Metric>, seed: number, options: Options = {}): Tpe => {
  const { candidates: candidateCount = 24, startupTrials = 10 } = options
  const axes = Axes.make(space)
  const { width } = axes
  const rows: Array<Float64Array | undefined> = []
  const rowOf = (run: number) => rows[run] ?? new Float64Array(width).fill(Number.NaN)
  const unseen = Unseen.make(space)
  const sobol = Sobol.make(space.dimensions.length, seed, "start")
  const below = ParzenEstimator.make(axes, rowOf, metrics.length === 1)
  const split = GoodRuns.splitter(metrics, (run) => rows[run] !== undefined)
  const above = ParzenEstimator.make(axes, rowOf, true)

  const read = (history: ReadonlyArray<PastRun>) => {
    for (let i = rows.length; i < history.length; i++) {
      const trial = history[i]?.trial ?? new Map()
      const coordinates = Float64Array.from(space.dimensions, ({ encode, path }) =>
        encode(Identity.lookup(trial, path))
      )
      const isEmpty = coordinates.every(Number.isNaN)
      rows.push(isEmpty ? undefined : axes.row(coordinates))
      if (space.holds(trial)) unseen.add(coordinates)
    }
  }

  const startPoint = (n: number, random: Random.Stream): Float64Array => {
    const us = new Float64Array(space.dimensions.length)
    sobol.point(n, us)
    const coordinates = us.map((u, i) => space.dimensions[i]?.draw(u) ?? u)
    return unseen.has(coordinates) ? coordinates : (unseen.draw(random) ?? coordinates)
  }

  const next = (history: ReadonlyArray<PastRun>): Float64Array => {
    read(history)
    const n = history.length
    const random = Random.stream(seed, "tpe", n)
    const { good, measured, told } = split(history)
    if (width === 0 || told < startupTrials || measured === 0) return startPoint(n, random)

    below.observe(good)
    above.observe(rest(rows, good))

    const drawn = new Float64Array(candidateCount * width)
    for (let c = 0; c < candidateCount; c++) below.sample(random, drawn.subarray(c * width, (c + 1) * width))
    const dense = below.logDensities(drawn, candidateCount)
    const sparse = above.logDensities(drawn, candidateCount)
    const gains = dense.map((density, c) => density - (sparse[c] ?? 0))
    const ranked = Int32Array.from(gains, (_, c) => c).sort((a, b) => (gains[b] ?? 0) - (gains[a] ?? 0) || a - b)
    const points = Array.from(ranked, (c) => axes.coordinates(drawn.subarray(c * width, (c + 1) * width)))
    return points.find(unseen.has) ?? unseen.draw(random) ?? points[0] ?? startPoint(n, random)
  }

  return { next: (history) => space.trial(next(history)) }
}

// internal

/** The runs with a row that aren't among the good ones. */
const rest = (rows: ReadonlyArray<Float64Array | undefined>, good: Int32Array): Int32Array => {
  const others = new Int32Array(rows.length)
  let count = 0
  let next = 0
  for (let i = 0; i < rows.length; i++) {
    if (good[next] === i) next++
    else if (rows[i] !== undefined) others[count++] = i
  }
  return others.subarray(0, count)
}
