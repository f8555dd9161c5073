/** Points with several values each, of which larger is better: one point's after the other's. */
export interface Outcomes {
  readonly values: Float64Array
  /** How many values each has. */
  readonly objectives: number
}

/**
 * How many fronts lie before the one that each point is on: 0 for a point that no other one
 * dominates, 1 for one that only those dominate, and so on. Equal points share a front.
 */
export const ranks = (outcomes: Outcomes): Int32Array => {
  const count = countOf(outcomes)
  const ranks = new Int32Array(count)
  const fronts: Array<Array<number>> = []
  // In this order a point is dominated only by earlier ones, and if a front holds one of
  // them, so does each front before it. The latest is the likeliest to dominate what comes next.
  for (const point of descending(outcomes, count)) {
    let low = 0
    let high = fronts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (fronts[middle]?.some((other) => dominates(outcomes, other, point)) === true) low = middle + 1
      else high = middle
    }
    ranks[point] = low
    const front = fronts[low]
    const [first] = front ?? []
    if (front === undefined || first === undefined) fronts.push([point])
    // Of two values only the one with the best of the second counts, for none that comes has a better first one.
    else if (outcomes.objectives > 2) front.unshift(point)
    else if (last(outcomes, point) > last(outcomes, first)) front[0] = point
  }
  return ranks
}

/** The points that no other one dominates, in order. */
export const front = (outcomes: Outcomes): ReadonlyArray<number> => {
  const found: Array<number> = []
  // In this order a point is dominated only by earlier ones. Of two values the first falls, so that of the earlier
  // ones only the best of the second counts; of more, most of what is dominated is so by one of the first.
  let highest: number | undefined
  const few = outcomes.objectives <= 2
  for (const point of descending(outcomes, countOf(outcomes))) {
    const rivals = few ? (highest === undefined ? [] : [highest]) : found
    if (rivals.some((other) => dominates(outcomes, other, point))) continue
    if (highest === undefined || last(outcomes, point) > last(outcomes, highest)) highest = point
    found.push(point)
  }
  return found.sort((a, b) => a - b)
}

/** Whether one point is nowhere worse than another and somewhere better. */
export const dominates = ({ objectives, values }: Outcomes, one: number, other: number): boolean => {
  let better = false
  for (let k = 0; k < objectives; k++) {
    const difference = (values[one * objectives + k] ?? 0) - (values[other * objectives + k] ?? 0)
    if (difference < 0) return false
    better ||= difference > 0
  }
  return better
}

// internal

const countOf = ({ objectives, values }: Outcomes): number => (objectives === 0 ? 0 : values.length / objectives)

const last = ({ objectives, values }: Outcomes, point: number): number => values[(point + 1) * objectives - 1] ?? 0

/** The points by their first value, where it is equal by their second, and so on, best first. */
const descending = ({ objectives, values }: Outcomes, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => {
    for (let k = 0; k < objectives; k++) {
      const difference = (values[b * objectives + k] ?? 0) - (values[a * objectives + k] ?? 0)
      if (difference !== 0) return difference
    }
    return a - b
  })
