import { dimensionsOfDegree, packed } from "./internal/sobolTable.js"
import * as Random from "./Random.js"

/**
 * A Sobol sequence with a random digital shift: points of the unit cube that cover it more
 * evenly than chance, and a different, equally even cover for each seed.
 *
 * Dimensions beyond the table's 1,111 are plain random numbers.
 */
export interface Sobol {
  readonly dimensions: number
  /** Writes point `index` (from 0, below 2^32) to `out`, from `offset` on: numbers in the open interval (0, 1). */
  readonly point: (index: number, out: Float64Array, offset?: number) => void
}

/** The sequence of a seed; `purpose` keeps sequences of one seed apart. */
export const make = (dimensions: number, seed: number, ...purpose: ReadonlyArray<number | string>): Sobol => {
  const covered = Math.min(dimensions, tableSize)
  const directions = directionsOf(covered)
  const random = Random.stream(seed, "sobol", ...purpose)
  const shifts = Uint32Array.from({ length: covered }, random.bits)
  return {
    dimensions,
    point: (index, out, offset = 0) => {
      // The Gray code of the index: neighbours differ in one direction number.
      const gray = (index ^ (index >>> 1)) >>> 0
      for (let d = 0; d < covered; d++) {
        let x = shifts[d] ?? 0
        for (let bits = gray, k = d * 32; bits !== 0; bits >>>= 1, k++) if ((bits & 1) === 1) x ^= directions[k] ?? 0
        out[offset + d] = ((x >>> 0) + 0.5) / 4294967296
      }
      if (dimensions === covered) return
      const rest = Random.stream(seed, "sobol", ...purpose, index)
      for (let d = covered; d < dimensions; d++) out[offset + d] = rest.uniform()
    }
  }
}

/** How many dimensions the table of direction numbers covers. */
export const tableSize = dimensionsOfDegree.reduce((sum, count) => sum + count, 1)

// internal

/** 32 direction numbers for each dimension; grows with the largest number of dimensions asked for. */
let known: Uint32Array = new Uint32Array(0)

const directionsOf = (dimensions: number): Uint32Array => {
  if (known.length < dimensions * 32) known = unpack(dimensions)
  return known
}

const unpack = (dimensions: number): Uint32Array => {
  const directions = new Uint32Array(dimensions * 32)
  for (let k = 0; k < 32; k++) directions[k] = 1 << (31 - k)
  const read = bitReader(packed)
  let dimension = 1
  for (const [i, count] of dimensionsOfDegree.entries()) {
    const degree = i + 1
    for (let c = 0; c < count && dimension < dimensions; c++, dimension++) {
      const row = directions.subarray(dimension * 32, dimension * 32 + 32)
      const inner = read(degree - 1)
      for (let k = 0; k < degree; k++) row[k] = (2 * read(k) + 1) << (31 - k)
      for (let k = degree; k < 32; k++) {
        const first = row[k - degree] ?? 0
        let v = first ^ (first >>> degree)
        for (let j = 1; j < degree; j++) if (((inner >>> (degree - 1 - j)) & 1) === 1) v ^= row[k - j] ?? 0
        row[k] = v
      }
    }
  }
  return directions
}

/** Reads a base64 text as a string of bits, the highest first. */
const bitReader = (text: string) => {
  const bytes = Buffer.from(text, "base64")
  let position = 0
  return (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++, position++) {
      value = (value << 1) | (((bytes[position >> 3] ?? 0) >> (7 - (position & 7))) & 1)
    }
    return value
  }
}
