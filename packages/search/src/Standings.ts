import type { RunId } from "@sweepline/core/RunId"

/** What a run had when it came to a rung. */
export interface Standing {
  readonly run: RunId
  /** Smaller is better. */
  readonly value: number
  /** When it came, in milliseconds since 1970. */
  readonly time: number
}

/** The runs that came to one rung, best first; of equals, the earlier one, and then by id. */
export interface Standings {
  readonly sorted: Array<Standing>
  /** The same in the order in which they were told, for whoever wants to know what is new. */
  readonly told: Array<Standing>
}

/** A rung that nobody has reached. */
export const make = (): Standings => ({ sorted: [], told: [] })

/** Adds a run. */
export const add = ({ sorted, told }: Standings, standing: Standing): void => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = sorted[middle]
    if (other !== undefined && compare(other, standing) < 0) low = middle + 1
    else high = middle
  }
  sorted.splice(low, 0, standing)
  told.push(standing)
}

/** Whether a run that came by `time` was told after the first `size`. */
export const isNewBy = ({ told }: Standings, size: number, time: number): boolean => {
  for (let i = size; i < told.length; i++) if ((told[i]?.time ?? 0) <= time) return true
  return false
}

/** The runs that came by `time`, best first. */
export const by = ({ sorted }: Standings, time: number): ReadonlyArray<Standing> =>
  sorted.filter((standing) => standing.time <= time)

/** The best of those that are strictly better than a value: at most 32, which a verdict stores. */
export const betterThan = (sorted: ReadonlyArray<Standing>, value: number): ReadonlyArray<RunId> => {
  const runs: Array<RunId> = []
  for (const standing of sorted) {
    if (runs.length === mostPeers || !(standing.value < value)) break
    runs.push(standing.run)
  }
  return runs
}

// internal

const mostPeers = 32

const compare = (a: Standing, b: Standing): number => a.value - b.value || a.time - b.time || (a.run < b.run ? -1 : 1)
