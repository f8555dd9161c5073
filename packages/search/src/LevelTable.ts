import type { Levels } from "./Axes.js"
import * as TruncatedNormal from "./TruncatedNormal.js"

/** The log masses that kernels give to the levels of an axis, a row for each kernel that differs. */
export interface LevelTable {
  /** Where the row of a kernel begins in `masses`. */
  readonly rowOf: (mean: number, deviation: number) => number
  /** The rows; a new array after rows were added. */
  readonly masses: () => Float64Array
  /** Whether there are so many rows that it is time to begin anew. */
  readonly isFull: () => boolean
  readonly clear: () => void
}

/** An empty table, but for the row 0: that of a kernel which knows nothing, the widths of the levels. */
export const make = ({ edges }: Levels): LevelTable => {
  const levels = edges.length - 1
  const known = new Map<number, Map<number, number>>()
  let rows = 1
  let masses = new Float64Array(16 * levels)
  for (let k = 0; k < levels; k++) masses[k] = Math.log((edges[k + 1] ?? 1) - (edges[k] ?? 0))

  const add = (mean: number, deviation: number): number => {
    const start = rows * levels
    rows++
    if (rows * levels > masses.length) {
      const grown = new Float64Array(masses.length * 2)
      grown.set(masses)
      masses = grown
    }
    const whole = TruncatedNormal.logMass(0, 1, mean, deviation)
    for (let k = 0; k < levels; k++) {
      masses[start + k] = TruncatedNormal.logMass(edges[k] ?? 0, edges[k + 1] ?? 1, mean, deviation) - whole
    }
    return start
  }

  return {
    rowOf: (mean, deviation) => {
      const ofMean = known.get(mean) ?? new Map<number, number>()
      known.set(mean, ofMean)
      const row = ofMean.get(deviation) ?? add(mean, deviation)
      ofMean.set(deviation, row)
      return row
    },
    masses: () => masses,
    isFull: () => rows > 4096,
    clear: () => {
      known.clear()
      rows = 1
    }
  }
}
