import type { Dimension } from "./Dimension.js"
import type { Points } from "./Points.js"
import type { Space } from "./Space.js"

/**
 * A space as a Gaussian process sees it: one column for each dimension that has more than
 * one value, numbers first and categories after, so that its loops needn't ask which is which.
 */
export interface Columns {
  readonly dimensions: ReadonlyArray<Dimension>
  readonly numeric: number
  /** The row of a space's coordinates. */
  readonly row: (coordinates: Float64Array) => Float64Array
  /** The coordinates of a row; what has but one value has it. */
  readonly coordinates: (row: Float64Array) => Float64Array
}

/** The columns of a space. */
export const make = (space: Space): Columns => {
  const varying = [...space.dimensions.keys()].filter((i) => (space.dimensions[i]?.levels ?? 0) > 1)
  const isCategory = (i: number) => space.dimensions[i]?.kind === "categorical"
  const numbers = varying.filter((i) => !isCategory(i))
  const order = [...numbers, ...varying.filter(isCategory)]
  return {
    dimensions: order.flatMap((i) => space.dimensions[i] ?? []),
    numeric: numbers.length,
    row: (coordinates) => Float64Array.from(order, (i) => coordinates[i] ?? 0),
    coordinates: (row) => {
      const coordinates = Float64Array.from(space.dimensions, ({ coordinateOf }) => coordinateOf(0))
      order.forEach((i, column) => (coordinates[i] = row[column] ?? 0))
      return coordinates
    }
  }
}

/** The rows at some indices, one after the other; one that isn't there is zero. */
export const pointsOf = (
  columns: Columns,
  rows: ReadonlyArray<Float64Array | undefined>,
  indices: ReadonlyArray<number>
): Points => {
  const width = columns.dimensions.length
  const out = new Float64Array(indices.length * width)
  indices.forEach((index, i) => out.set(rows[index] ?? new Float64Array(width), i * width))
  return { rows: out, count: indices.length, columns: width, numeric: columns.numeric }
}

/** A number that stands for a row: rows that differ share it with a chance of one in 2^53. */
export const hash = (row: Float64Array): number => {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  const words = new Uint32Array(row.buffer, row.byteOffset, row.length * 2)
  for (const word of words) {
    a = Math.imul(a ^ word, 0xc2b2ae35)
    a ^= a >>> 15
    b = Math.imul(b + a, 0x27d4eb2f) ^ word
    b ^= b >>> 13
  }
  return (a >>> 0) * 2097152 + (b >>> 11)
}
