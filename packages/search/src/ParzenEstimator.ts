import type { Axes } from "./Axes.js"
import { Kernels, type Mixture } from "./Kernels.js"
import type { Stream } from "./Random.js"
import * as SortedColumn from "./SortedColumn.js"

/**
 * A density over points, estimated from observed ones: a mixture of product kernels, one for
 * each observation, and one for the prior, whose mean is the middle and whose deviation the
 * whole range (§9.3). Its observations stay sorted, so that it costs little to observe a few
 * more; what it answers depends on the observations alone.
 */
export interface ParzenEstimator {
  /** Takes the observations of these runs, which rise in number. */
  readonly observe: (runs: Int32Array) => void
  /** The log density of each of `count` rows. */
  readonly logDensities: (rows: Float64Array, count: number) => Float64Array
  /** Draws a row into `out`. */
  readonly sample: (random: Stream, out: Float64Array) => void
}

/**
 * An estimator that has observed nothing. `rowOf` gives the row of a run, the same each time.
 * `decay` lets old observations count less, as Optuna does.
 */
export const make = (axes: Axes, rowOf: (run: number) => Float64Array, decay: boolean): ParzenEstimator => {
  const kernels = new Kernels(axes)
  const columns = Array.from({ length: axes.smooth + axes.levels.length }, SortedColumn.make)
  /** Where each run's kernel lies; the prior's lies in slot 0. */
  let slots = new Int32Array(0)
  const free: Array<number> = []
  let runs: Int32Array = new Int32Array(0)
  let mixture: Mixture = { slots: new Int32Array(1), weights: Float64Array.of(1), size: 1 }

  /** The percentile of a run on an axis of numbers; NaN where it has none. */
  const meanOf = (axis: number, run: number): number => {
    const x = rowOf(run)[axis] ?? Number.NaN
    return axis < axes.smooth || Number.isNaN(x) ? x : (axes.levels[axis - axes.smooth]?.means[x] ?? Number.NaN)
  }

  const place = (added: ReadonlyArray<number>, removed: ReadonlyArray<number>, next: Int32Array): void => {
    for (const run of removed) free.push(slots[run] ?? 0)
    let last = runs.length + free.length - removed.length
    kernels.reserve(last + added.length + 1)
    const highest = next.at(-1) ?? 0
    if (highest >= slots.length) {
      const grown = new Int32Array(2 * highest + 32)
      grown.set(slots)
      slots = grown
    }
    for (const run of added) {
      const slot = free.pop() ?? ++last
      slots[run] = slot
      kernels.clear(slot, rowOf(run))
    }
  }

  const sort = (added: ReadonlyArray<number>, removed: ReadonlyArray<number>, next: Int32Array): void => {
    for (const [axis, column] of columns.entries()) {
      const isThere = (run: number) => !Number.isNaN(meanOf(axis, run))
      if (added.length + removed.length > fewChanges) {
        column.fill(next.filter(isThere), (run) => meanOf(axis, run))
        continue
      }
      for (const run of removed) if (isThere(run)) column.remove(run, meanOf(axis, run))
      for (const run of added) if (isThere(run)) column.insert(run, meanOf(axis, run))
    }
  }

  const refresh = (added: ReadonlyArray<number>): void => {
    const changed = new Set(added)
    for (const axis of kernels.trim()) columns[axis]?.forget()
    kernels.clear(0)
    const least = 1 / Math.min(100, runs.length + 2)
    for (const [axis, column] of columns.entries()) {
      kernels.set(0, axis, 0.5, 1)
      column.refresh(least, (run, mean, deviation) => {
        kernels.set(slots[run] ?? 0, axis, mean, deviation)
        changed.add(run)
      })
    }
    kernels.settle(0)
    for (const run of changed) kernels.settle(slots[run] ?? 0)
    mixture = mixtureOf(runs, slots, decay)
  }
  kernels.reserve(1)
  refresh([])

  return {
    observe: (next) => {
      const { added, removed } = difference(runs, next)
      if (added.length + removed.length === 0) return
      place(added, removed, next)
      sort(added, removed, next)
      runs = next
      refresh(added)
    },
    logDensities: (rows, count) => kernels.logDensities(mixture, rows, count),
    sample: (random, out) => kernels.sample(mixture.slots[pick(mixture.weights, random)] ?? 0, mixture, random, out)
  }
}

/**
 * How much each of `n` observations counts, oldest first: the newest 25 in full, those before
 * them less and less, down to 1/n.
 */
export const decaying = (n: number): Float64Array => {
  const weights = new Float64Array(n).fill(1)
  const old = n - 25
  for (let i = 0; i < old; i++) weights[i] = 1 / n + (old > 1 ? (i * (1 - 1 / n)) / (old - 1) : 0)
  return weights
}

// internal

/** Where more observations come and go at once, sorting anew is cheaper. */
const fewChanges = 32

/** What one list of rising numbers has and the other hasn't. */
const difference = (before: Int32Array, after: Int32Array) => {
  const added: Array<number> = []
  const removed: Array<number> = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const [old = Number.POSITIVE_INFINITY, young = Number.POSITIVE_INFINITY] = [before[i], after[j]]
    if (old <= young) i++
    if (young <= old) j++
    if (old < young) removed.push(old)
    else if (young < old) added.push(young)
  }
  return { added, removed }
}

/** The kernels of observations, oldest first, and the prior's. */
const mixtureOf = (runs: Int32Array, slots: Int32Array, decay: boolean): Mixture => {
  const n = runs.length
  const weights = new Float64Array(n + 1).fill(1)
  if (decay) weights.set(decaying(n))
  const all = new Int32Array(n + 1)
  for (let i = 0; i < n; i++) all[i] = slots[runs[i] ?? 0] ?? 0
  return { slots: all, weights, size: n + 1 }
}

/** A number drawn in proportion to weights. */
const pick = (weights: Float64Array, random: Stream): number => {
  let total = 0
  for (const weight of weights) total += weight
  let left = random.uniform() * total
  for (let i = 0; i < weights.length - 1; i++) {
    left -= weights[i] ?? 0
    if (left < 0) return i
  }
  return weights.length - 1
}
