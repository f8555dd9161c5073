import type { Attempt } from "./Sample.js"

/** Attempts by worker, on one axis of time. */
export interface Gantt {
  /** By worker, from 0; each in order of time. */
  readonly lanes: ReadonlyArray<ReadonlyArray<Attempt>>
  /** Milliseconds from its start to its end; at least 1. */
  readonly span: number
}

/** The chart of some attempts. */
export const make = (attempts: ReadonlyArray<Attempt>): Gantt => {
  const lanes: Array<Array<Attempt>> = []
  let span = 1
  for (const attempt of attempts) {
    while (lanes.length <= attempt.worker) lanes.push([])
    lanes[attempt.worker]?.push(attempt)
    span = Math.max(span, attempt.endedAt)
  }
  return { lanes, span }
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Distances between the marks of an axis that people read easily, in milliseconds. */
const steps = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 5, 10, 20, 50, 100].map((n) => n * day)
]

/** Times at which an axis is marked: 0 and every so much after it, at most `most` beyond 0. */
export const marks = ({ span }: Gantt, most: number): ReadonlyArray<number> => {
  const step = steps.find((candidate) => span / candidate <= most) ?? span
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, n) => n * step)
}
