/**
 * The observations of one axis in order, each with the deviation of its kernel: the larger of
 * the distances to its neighbours, where the ends of the range are neighbours too, except that
 * the lowest observation looks only up and the highest only down (§9.3).
 */
export interface SortedColumn {
  /** Adds the observation of a run; equals are in the order of their runs. */
  readonly insert: (run: number, at: number) => void
  readonly remove: (run: number, at: number) => void
  /** Takes all observations anew; the runs rise. */
  readonly fill: (runs: Int32Array, at: (run: number) => number) => void
  /** Tells of each kernel whose deviation isn't what it was when it was told last. */
  readonly refresh: (least: number, changed: (run: number, at: number, deviation: number) => void) => void
  /** Forgets what was told. */
  readonly forget: () => void
}

/** An empty column. */
export const make = (): SortedColumn => {
  let count = 0
  let runs = new Int32Array(16)
  let at = new Float64Array(16)
  let told = new Float64Array(16)
  // Outside this stretch every deviation is what was told, for this least one.
  let dirtyFrom = 0
  let dirtyTo = 0
  let leastTold = Number.NaN
  const touch = (from: number, to: number) => {
    dirtyFrom = Math.max(Math.min(dirtyFrom, from), 0)
    dirtyTo = Math.max(dirtyTo, to)
  }

  const grow = (size: number) => {
    if (size <= runs.length) return
    const length = Math.max(size, runs.length * 2)
    const grown = { runs: new Int32Array(length), at: new Float64Array(length), told: new Float64Array(length) }
    grown.runs.set(runs)
    grown.at.set(at)
    grown.told.set(told)
    runs = grown.runs
    at = grown.at
    told = grown.told
  }
  /** Where an observation stands, or would. */
  const place = (run: number, x: number): number => {
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >> 1
      const other = at[middle] ?? 0
      if (other < x || (other === x && (runs[middle] ?? 0) < run)) low = middle + 1
      else high = middle
    }
    return low
  }
  const move = (to: number, from: number) => {
    runs.copyWithin(to, from, count)
    at.copyWithin(to, from, count)
    told.copyWithin(to, from, count)
  }
  const gap = (i: number): number => (at[i] ?? 0) - (at[i - 1] ?? 0)
  const deviation = (i: number): number => {
    if (count === 1) return Math.max(at[0] ?? 0, 1 - (at[0] ?? 0))
    if (i === 0) return gap(1)
    return i === count - 1 ? gap(i) : Math.max(gap(i), gap(i + 1))
  }

  return {
    insert: (run, x) => {
      grow(count + 1)
      const i = place(run, x)
      move(i + 1, i)
      runs[i] = run
      at[i] = x
      told[i] = Number.NaN
      count++
      dirtyTo++
      touch(i - 1, i + 2)
    },
    remove: (run, x) => {
      const i = place(run, x)
      if (runs[i] !== run) return
      move(i, i + 1)
      count--
      touch(i - 1, i + 1)
    },
    fill: (all, atOf) => {
      count = all.length
      grow(count)
      const values = new Float64Array(count)
      for (let i = 0; i < count; i++) values[i] = atOf(all[i] ?? 0)
      const order = new Int32Array(count).map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b)
      for (const [i, k] of order.entries()) {
        runs[i] = all[k] ?? 0
        at[i] = values[k] ?? 0
      }
      told.fill(Number.NaN)
      touch(0, count)
    },
    refresh: (least, changed) => {
      if (least !== leastTold) touch(0, count)
      leastTold = least
      const to = Math.min(dirtyTo, count)
      for (let i = dirtyFrom; i < to; i++) {
        const found = Math.min(Math.max(deviation(i), least), 1)
        if (found === told[i]) continue
        told[i] = found
        changed(runs[i] ?? 0, at[i] ?? 0, found)
      }
      dirtyFrom = count
      dirtyTo = 0
    },
    forget: () => {
      told.fill(Number.NaN)
      touch(0, count)
    }
  }
}
