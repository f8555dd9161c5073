import type { RunRecord } from "@sweepline/core/SweepApi"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Repeats from "@sweepline/search/Repeats"

/** A configuration of a sweep with repeats, and its runs in order of creation. */
export interface Configuration {
  readonly first: RunRecord
  readonly runs: ReadonlyArray<RunRecord>
}

/** What the repeats of a configuration came to. */
export interface Spread {
  /** The standard deviation of single repeats; `undefined` of one. */
  readonly deviation: number | undefined
  /** How many have a value. */
  readonly count: number
  /** How many there are to be. */
  readonly times: number
}

/** The configurations of a sweep with repeats, in the order of their first runs; none of one without. */
export const of = (config: SweepConfig | undefined, runs: ReadonlyArray<RunRecord>): ReadonlyArray<Configuration> => {
  if (config?.repeats === undefined) return []
  const group = Repeats.grouper(config.repeats)
  return group(runs.map(({ trial }) => trial)).flatMap((each) => {
    const members = each.runs.flatMap((i) => runs[i] ?? [])
    const [first] = members
    return first === undefined ? [] : [{ first, runs: members }]
  })
}

/** The mean of values, and their spread; `undefined` of none. */
export const average = (
  values: ReadonlyArray<number>,
  times: number
): { readonly mean: number; readonly spread: Spread } | undefined => {
  const count = values.length
  if (count === 0) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  return { mean, spread: { deviation: count === 1 ? undefined : Math.sqrt(squares / (count - 1)), count, times } }
}
