import type { Axes } from "./Axes.js"
import * as LevelTable from "./LevelTable.js"
import type { Stream } from "./Random.js"
import * as TruncatedNormal from "./TruncatedNormal.js"

/** Which kernels make up a density, in which order, and how much each counts. */
export interface Mixture {
  readonly slots: Int32Array
  readonly weights: Float64Array
  /** How many kernels an axis of categories shares its doubt with: the observations and the prior. */
  readonly size: number
}

/**
 * Product kernels over the axes of a space, each in a slot: on a smooth axis a normal density
 * cut off at the ends of the range, on an axis of levels the masses of one, on one of
 * categories a little doubt about the observed category. An axis on which nothing was
 * observed is uniform.
 */
export class Kernels {
  private capacity = 0
  private mean = new Float64Array(0)
  private deviation = new Float64Array(0)
  /** 1/(√2 σ), or 0 where the kernel is uniform. */
  private scale = new Float64Array(0)
  private normaliser = new Float64Array(0)
  /** The log density at the means of the smooth axes. */
  private peak = new Float64Array(0)
  private levelMean = new Float64Array(0)
  private levelDeviation = new Float64Array(0)
  /** Where a kernel's masses begin in the table of each axis of levels. */
  private row = new Int32Array(0)
  /** The observed category, or −1. */
  private category = new Int32Array(0)
  private readonly tables: ReadonlyArray<LevelTable.LevelTable>

  constructor(private readonly axes: Axes) {
    this.tables = axes.levels.map(LevelTable.make)
  }

  /** Makes room for slots 0 to `count` − 1. */
  reserve(count: number): void {
    if (count <= this.capacity) return
    this.capacity = Math.max(count, 2 * this.capacity, 32)
    const { categories, levels, smooth } = this.axes
    const floats = (old: Float64Array, width: number) => {
      const grown = new Float64Array(this.capacity * width)
      grown.set(old)
      return grown
    }
    const ints = (old: Int32Array, width: number) => {
      const grown = new Int32Array(this.capacity * width)
      grown.set(old)
      return grown
    }
    this.mean = floats(this.mean, smooth)
    this.deviation = floats(this.deviation, smooth)
    this.scale = floats(this.scale, smooth)
    this.normaliser = floats(this.normaliser, smooth)
    this.peak = floats(this.peak, 1)
    this.levelMean = floats(this.levelMean, levels.length)
    this.levelDeviation = floats(this.levelDeviation, levels.length)
    this.row = ints(this.row, levels.length)
    this.category = ints(this.category, categories.length)
  }

  /** Makes a slot's kernel uniform but for the categories of a row. */
  clear(slot: number, row?: Float64Array): void {
    const { categories, levels, smooth } = this.axes
    for (let j = slot * smooth; j < (slot + 1) * smooth; j++) {
      this.mean[j] = 0
      this.deviation[j] = Number.POSITIVE_INFINITY
      this.scale[j] = 0
      this.normaliser[j] = 0
    }
    for (let k = 0; k < levels.length; k++) {
      this.row[slot * levels.length + k] = 0
      this.levelDeviation[slot * levels.length + k] = Number.POSITIVE_INFINITY
    }
    for (let c = 0; c < categories.length; c++) {
      const category = row?.[smooth + levels.length + c] ?? Number.NaN
      this.category[slot * categories.length + c] = Number.isNaN(category) ? -1 : category
    }
  }

  /** Sets a kernel's mean, a percentile, and deviation on an axis of numbers. */
  set(slot: number, axis: number, mean: number, deviation: number): void {
    const { levels, smooth } = this.axes
    if (axis < smooth) {
      const at = slot * smooth + axis
      this.mean[at] = mean
      this.deviation[at] = deviation
      this.scale[at] = Math.SQRT1_2 / deviation
      this.normaliser[at] = TruncatedNormal.logNormaliser(mean, deviation)
    } else {
      const at = slot * levels.length + axis - smooth
      this.levelMean[at] = mean
      this.levelDeviation[at] = deviation
      this.row[at] = this.tables[axis - smooth]?.rowOf(mean, deviation) ?? 0
    }
  }

  /** Ends a series of changes to a slot. */
  settle(slot: number): void {
    const { smooth } = this.axes
    let sum = 0
    for (let j = slot * smooth; j < (slot + 1) * smooth; j++) sum -= this.normaliser[j] ?? 0
    this.peak[slot] = sum
  }

  /** Empties the tables that have grown too long: their axes, whose kernels must then be set anew. */
  trim(): ReadonlyArray<number> {
    return this.tables.flatMap((table, k) => {
      if (!table.isFull()) return []
      table.clear()
      return [this.axes.smooth + k]
    })
  }

  /** Draws a row from a slot's kernel. */
  sample(slot: number, { size }: Mixture, random: Stream, out: Float64Array): void {
    const { categories, levels, smooth } = this.axes
    const drawn = (mean: number, deviation: number) => {
      const u = random.uniform()
      return Number.isFinite(deviation) ? TruncatedNormal.quantile(u, mean, deviation) : u
    }
    for (let j = 0; j < smooth; j++) {
      out[j] = drawn(this.mean[slot * smooth + j] ?? 0, this.deviation[slot * smooth + j] ?? 1)
    }
    for (const [k, { edges }] of levels.entries()) {
      const at = slot * levels.length + k
      out[smooth + k] = intervalOf(edges, drawn(this.levelMean[at] ?? 0, this.levelDeviation[at] ?? 1))
    }
    for (const [c, count] of categories.entries()) {
      const category = this.category[slot * categories.length + c] ?? -1
      const seen = category >= 0 && random.uniform() * (1 + count / size) < 1
      out[smooth + levels.length + c] = seen ? category : random.integer(count)
    }
  }

  /** The log density of each of `count` rows under a mixture. */
  logDensities(mixture: Mixture, rows: Float64Array, count: number): Float64Array {
    const { mean, peak, scale } = this
    const { smooth, width } = this.axes
    const { slots, weights } = mixture
    const logMass = width > smooth ? this.logMasses(mixture.size, rows) : undefined
    /** The log density of a kernel at a row, or some number below `floor`: each axis only lowers it. */
    const exponentOf = (slot: number, at: number, floor: number): number => {
      let exponent = peak[slot] ?? 0
      for (let j = at, k = slot * smooth, end = at + smooth; j < end && exponent > floor; j++, k++) {
        const t = ((rows[j] ?? 0) - (mean[k] ?? 0)) * (scale[k] ?? 0)
        exponent -= t * t
      }
      return logMass !== undefined && exponent > floor ? exponent + logMass(slot, at + smooth) : exponent
    }
    const top = new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
    const sum = new Float64Array(count)
    // What lies far below the prior adds nothing to a sum. With many narrow kernels that are
    // most, and their first two axes tell.
    const prior = slots.at(-1) ?? 0
    const floors = top.map((none, c) => exponentOf(prior, c * width, none) - negligible)
    const column = (j: number) => top.map((_, c) => (j < smooth ? (rows[c * width + j] ?? 0) : 0))
    const [one, two] = [column(0), column(1)]
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0
      const weight = weights[i] ?? 0
      const start = slot * smooth
      const height = peak[slot] ?? 0
      const [oneMean, oneScale] = smooth > 0 ? [mean[start] ?? 0, scale[start] ?? 0] : [0, 0]
      const [twoMean, twoScale] = smooth > 1 ? [mean[start + 1] ?? 0, scale[start + 1] ?? 0] : [0, 0]
      for (let c = 0; c < count; c++) {
        const floor = floors[c] ?? 0
        const t = ((one[c] ?? 0) - oneMean) * oneScale
        const u = ((two[c] ?? 0) - twoMean) * twoScale
        if (!(height - t * t - u * u > floor)) continue
        const exponent = exponentOf(slot, c * width, floor)
        if (!(exponent > floor)) continue
        const highest = top[c] ?? 0
        if (exponent > highest) {
          sum[c] = (sum[c] ?? 0) * Math.exp(highest - exponent) + weight
          top[c] = exponent
          floors[c] = Math.max(floor, exponent - negligible)
        } else {
          sum[c] = (sum[c] ?? 0) + weight * Math.exp(exponent - highest)
        }
      }
    }
    const logTotal = Math.log(weights.reduce((total, weight) => total + weight, 0))
    return top.map((highest, c) => highest + Math.log(sum[c] ?? 0) - logTotal)
  }

  /** The log mass of the levels and categories that stand in `rows` from `at` on, under a slot's kernel. */
  private logMasses(size: number, rows: Float64Array): (slot: number, at: number) => number {
    const { category, row } = this
    const { categories, levels } = this.axes
    const tables = this.tables.map(({ masses }) => masses())
    const same = Float64Array.from(categories, (count) => Math.log((size + 1) / (size + count)))
    const other = Float64Array.from(categories, (count) => Math.log(1 / (size + count)))
    const any = Float64Array.from(categories, (count) => -Math.log(count))
    const tabled = levels.length
    return (slot, at) => {
      let sum = 0
      for (let k = 0; k < tabled; k++) sum += tables[k]?.[(row[slot * tabled + k] ?? 0) + (rows[at + k] ?? 0)] ?? 0
      for (let c = 0; c < categories.length; c++) {
        const observed = category[slot * categories.length + c] ?? -1
        const table = observed < 0 ? any : observed === rows[at + tabled + c] ? same : other
        sum += table[c] ?? 0
      }
      return sum
    }
  }
}

// internal

/** e^−40 of ten thousand kernels is still below what a double tells apart. */
const negligible = 40

/** The number of the interval that x lies in. */
const intervalOf = (edges: Float64Array, x: number): number => {
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = (low + high) >> 1
    if (x < (edges[middle + 1] ?? 1)) high = middle
    else low = middle + 1
  }
  return low
}
