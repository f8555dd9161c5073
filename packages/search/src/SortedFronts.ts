import * as ParetoFront from "./ParetoFront.js"

/** Points sorted into fronts, as `ParetoFront.ranks` does it, which stay sorted while points come, change and go. */
export interface SortedFronts {
  /**
   * Takes the values that each point has now, larger being better. One without any is none; the list itself only grows,
   * and what it doesn't reach stays as it was. Answers whether any of that is new.
   */
  readonly update: (points: ReadonlyArray<ReadonlyArray<number> | undefined>) => boolean
  /** The points of each front, rising, the best front first. */
  readonly fronts: () => ReadonlyArray<ReadonlyArray<number>>
  readonly outcomes: () => ParetoFront.Outcomes
}

/** No points yet, of so many values each. */
export const make = (objectives: number): SortedFronts => {
  let fronts: Array<ReadonlyArray<number>> = []
  let values = new Float64Array(0)
  let isThere = new Uint8Array(0)
  const dominates = (one: number, other: number) => ParetoFront.dominates({ objectives, values }, one, other)
  const isDominated = (by: ReadonlyArray<number>) => (point: number) => by.some((other) => dominates(other, point))

  const grow = (count: number): void => {
    if (count <= isThere.length) return
    const [grownValues, grown] = [new Float64Array(2 * count * objectives), new Uint8Array(2 * count)]
    grownValues.set(values)
    grown.set(isThere)
    values = grownValues
    isThere = grown
  }

  /** A point that comes to a front puts the points that it dominates back to the next, and these others in turn. */
  const insert = (point: number): void => {
    let rank = 0
    let high = fronts.length
    while (rank < high) {
      const middle = (rank + high) >> 1
      if (isDominated(fronts[middle] ?? [])(point)) rank = middle + 1
      else high = middle
    }
    let coming: ReadonlyArray<number> = [point]
    for (; coming.length > 0; rank++) {
      const { no: staying, yes: going } = partition(fronts[rank] ?? [], isDominated(coming))
      // Where a whole front goes, all that follow do.
      if (staying.length === 0) return void fronts.splice(rank, 0, coming)
      fronts[rank] = merge(staying, coming)
      coming = going
    }
  }

  /** Of what a point that goes dominated, that comes forward which no other of its front dominates. */
  const remove = (point: number): void => {
    let rank = fronts.findIndex((front) => front.includes(point))
    let going: ReadonlyArray<number> = [point]
    let staying = fronts[rank]?.filter((other) => other !== point) ?? []
    for (; ; rank++) {
      const isLeft = isDominated(staying)
      const wasBehind = isDominated(going)
      const next = partition(fronts[rank + 1] ?? [], (other) => wasBehind(other) && !isLeft(other))
      const front = merge(staying, next.yes)
      if (next.no.length === 0) return void fronts.splice(rank, 2, ...(front.length === 0 ? [] : [front]))
      fronts[rank] = front
      if (next.yes.length === 0) return
      going = next.yes
      staying = next.no
    }
  }

  /** Sorts all of them anew. */
  const sort = (): void => {
    const points = [...isThere.keys()].filter((point) => isThere[point] === 1)
    const rows = points.map((point) => values.subarray(point * objectives, (point + 1) * objectives))
    const ranks = ParetoFront.ranks({ objectives, values: Float64Array.from(rows.flatMap((row) => [...row])) })
    const sorted: Array<Array<number>> = []
    for (const [i, point] of points.entries()) (sorted[ranks[i] ?? 0] ??= []).push(point)
    fronts = sorted
  }

  return {
    update: (points) => {
      grow(points.length)
      const changed: Array<number> = []
      for (const [point, row] of points.entries()) {
        const isSame =
          row === undefined
            ? isThere[point] === 0
            : isThere[point] === 1 && row.every((x, k) => x === values[point * objectives + k])
        if (!isSame) changed.push(point)
      }
      const few = changed.length <= fewChanges
      for (const point of changed) {
        if (few && isThere[point] === 1) remove(point)
        const row = points[point]
        isThere[point] = row === undefined ? 0 : 1
        if (row !== undefined) values.set(row, point * objectives)
        if (few && row !== undefined) insert(point)
      }
      if (!few) sort()
      return changed.length > 0
    },
    fronts: () => fronts,
    outcomes: () => ({ objectives, values })
  }
}

// internal

/** Where more points change at once, all are sorted anew. */
const fewChanges = 32

const partition = (points: ReadonlyArray<number>, predicate: (point: number) => boolean) => {
  const [yes, no]: [Array<number>, Array<number>] = [[], []]
  for (const point of points) (predicate(point) ? yes : no).push(point)
  return { yes, no }
}

/** Both together, rising. */
const merge = (some: ReadonlyArray<number>, others: ReadonlyArray<number>): ReadonlyArray<number> =>
  others.length === 0 ? some : [...some, ...others].sort((a, b) => a - b)
