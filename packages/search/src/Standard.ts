import type { Role } from "./Objective.js"

/** Values made fit for a Gaussian process: zero mean and unit variance, larger is better. */
export interface Standard {
  readonly values: Float64Array
  /** 1 for values that say little of their neighbours: clipped or imputed, or of runs that were stopped early. */
  readonly floored: Uint8Array
  /** 1 for runs without a value of their own, and for values so bad that the run must have diverged. */
  readonly diverged: Uint8Array
  /** The given value of a standardised one. */
  readonly original: (standardised: number) => number
}

/** Roles as the elements of an array. */
export const role = { Measured: 0, Imputed: 1, Stopped: 2, Pending: 3 } as const satisfies Record<Role, number>

/**
 * Standardises outcomes after clipping their bad side, so that diverged runs can't flatten the
 * differences between the good ones: while they are few, nothing counts as worse than the median
 * less twice the way from there to the best; once they are many, than fifty times that way.
 * Imputed outcomes get the first of these floors, whatever their value. `roles` has the `role`
 * of each; what is pending has no value, and doesn't belong here.
 */
export const make = (values: Float64Array, roles: Uint8Array): Standard => {
  const measured = values.filter((_, i) => roles[i] === role.Measured).sort()
  const room = largest(measured) > 1e300 ? headroom : 1
  const { bad, floor, lost } = badSideOf(measured.map((value) => value / room))
  const kept = values.map((value, i) => (roles[i] === role.Imputed ? bad : Math.max(value / room, floor)))
  // Of what is left, so that a run which diverged can't hide it, squares would over- or underflow.
  const size = largest(kept)
  const unit = size > 1e150 || (size > 0 && size < 1e-150) ? size : 1
  const clipped = kept.map((value) => value / unit)
  let sum = 0
  for (const value of clipped) sum += value
  const mean = sum / Math.max(clipped.length, 1)
  let squares = 0
  for (const value of clipped) squares += (value - mean) * (value - mean)
  const deviation = Math.max(Math.sqrt(squares / Math.max(clipped.length, 1)), 1e-10 * Math.max(Math.abs(mean), 1e-300))
  return {
    values: clipped.map((value) => (value - mean) / deviation),
    diverged: Uint8Array.from(values, (value, i) => (roles[i] === role.Imputed || value / room < lost ? 1 : 0)),
    floored: Uint8Array.from(kept, (value, i) => (value === floor || roles[i] !== role.Measured ? 1 : 0)),
    original: (standardised) => (standardised * deviation + mean) * unit * room
  }
}

// internal

/** Near the end of the doubles' range sums and differences would overflow. Of a power of two no digit is lost. */
const headroom = 1_048_576

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/**
 * What counts as bad, from sorted values: what is three times as far from the best as the
 * typical value is. And the least value that counts: that one while values are few; the more
 * is known, the more of the bad side is worth its place in the model. Beyond `lost` nothing is of the same kind any more.
 */
const badSideOf = (sorted: Float64Array): { readonly bad: number; readonly floor: number; readonly lost: number } => {
  const best = sorted.at(-1) ?? 0
  const from = (share: number) => best - (sorted[Math.floor(share * sorted.length)] ?? best)
  // Where most runs diverged, the median is one of them. That shows in how near the better ones are to the best.
  const gap = capped(best - median(sorted), capped(from(0.75), from(0.9)))
  const reach = Math.min(Math.max((3 * sorted.length * sorted.length * sorted.length) / 125_000, 3), 50)
  if (gap > 0) return { bad: best - 3 * gap, floor: best - reach * gap, lost: best - 100 * gap }
  // At least half are the best itself: the others' own median says how far a bad one lies.
  const worse = sorted.filter((value) => value < best)
  const bad = worse.length === 0 ? best - Math.max(Math.abs(best), 1) : best - 3 * (best - median(worse))
  return { bad, floor: bad, lost: Number.NEGATIVE_INFINITY }
}

/** A gap, unless a gap among better values makes it incredible. */
const capped = (gap: number, nearer: number): number => (nearer > 0 ? Math.min(gap, 100 * nearer) : gap)

const median = (sorted: Float64Array): number => {
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : upper / 2 + (sorted[half - 1] ?? upper) / 2
}
