import type { EndReason } from "@sweepline/core/EndReason"
import type { Ending, Rung, Sample } from "./Sample.js"
import { endings } from "./Sample.js"

/** A number over all samples: its median, and what nine of ten don't pass. */
export interface Spread {
  readonly p50: number
  readonly p90: number
}

/** What a plan says: many simulated sweeps in a few numbers. Times are milliseconds. */
export interface Plan {
  readonly samples: number
  readonly makespan: Spread
  readonly gpuHours: Spread
  readonly cost: Spread | undefined
  readonly runs: Spread
  readonly launches: Spread
  readonly outcomes: ReadonlyMap<Ending, Spread>
  /** Means over the samples, by rung. */
  readonly rungs: ReadonlyArray<Rung>
  /** Why the samples ended, the most frequent reason first. */
  readonly ends: ReadonlyArray<{
    readonly reason: EndReason
    readonly state: Sample["state"]
    readonly samples: number
  }>
  /** When the last run under run_cap was handed out, in the samples that it ended. */
  readonly cappedAt: Spread | undefined
}

/** What a run costs. */
export interface Rates {
  readonly gpusPerRun: number
  /** Of a GPU for an hour. */
  readonly price: number | undefined
}

/** The plan of some samples, at least one. */
export const make = (samples: ReadonlyArray<Sample>, { gpusPerRun, price }: Rates): Plan => {
  const over = (of: (sample: Sample) => number): Spread => spread(samples.map(of))
  const gpuHours = (sample: Sample) => (sample.work / 3_600_000) * gpusPerRun
  const capped = samples.flatMap(({ cappedAt }) => cappedAt ?? [])
  return {
    samples: samples.length,
    makespan: over(({ makespan }) => makespan),
    gpuHours: over(gpuHours),
    cost: price === undefined ? undefined : over((sample) => gpuHours(sample) * price),
    runs: over(({ runs }) => runs),
    launches: over(({ launches }) => launches),
    outcomes: new Map(
      endings
        .filter((ending) => samples.some(({ counts }) => counts[ending] > 0))
        .map((ending) => [ending, over(({ counts }) => counts[ending])] as const)
    ),
    rungs: rungsOf(samples),
    ends: endsOf(samples),
    cappedAt: capped.length === 0 ? undefined : spread(capped)
  }
}

// internal

/** The nearest ranks: numbers that were there, none in between. */
const spread = (numbers: ReadonlyArray<number>): Spread => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const rank = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0
  return { p50: rank(0.5), p90: rank(0.9) }
}

const rungsOf = (samples: ReadonlyArray<Sample>): ReadonlyArray<Rung> => {
  const sums = new Map<number, { reached: number; survived: number }>()
  for (const { rungs } of samples) {
    for (const { at, reached, survived } of rungs) {
      const sum = sums.get(at) ?? { reached: 0, survived: 0 }
      sums.set(at, { reached: sum.reached + reached, survived: sum.survived + survived })
    }
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([at, { reached, survived }]) => ({
      at,
      reached: reached / samples.length,
      survived: survived / samples.length
    }))
}

const endsOf = (samples: ReadonlyArray<Sample>): Plan["ends"] => {
  const found = new Map<EndReason, { readonly state: Sample["state"]; samples: number }>()
  for (const { reason, state } of samples) {
    const known = found.get(reason)
    if (known === undefined) found.set(reason, { state, samples: 1 })
    else known.samples++
  }
  return [...found]
    .map(([reason, end]) => ({ reason, ...end }))
    .sort((a, b) => b.samples - a.samples || (a.reason < b.reason ? -1 : 1))
}
