import type { Parameter } from "@sweepline/core/Parameter"
import type { PythonValue } from "@sweepline/core/PythonValue"
import type { Repeats } from "@sweepline/core/Repeats"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Identity from "./Identity.js"

/** A configuration and the runs of it. */
export interface Configuration {
  /** Its parameters, without the one that tells its repeats apart. */
  readonly trial: TrialConfig
  /** The places of its runs in the history, rising; at most as many as there are repeats. */
  readonly runs: ReadonlyArray<number>
}

/** The parameters that are searched: all but the one that repeats go over. */
export const searched = ({ parameters, repeats }: Pick<SweepConfig, "parameters" | "repeats">) =>
  repeats?.over === undefined ? parameters : new Map([...parameters].filter(([name]) => name !== repeats.over))

/**
 * Sorts runs into configurations, in the order of the first run of each. A run belongs to the latest
 * configuration with its parameters, unless that has all its repeats: then it begins another one. It reads
 * each run of a history that grows once.
 */
export const grouper = ({
  over,
  times
}: Repeats): ((trials: ReadonlyArray<TrialConfig>) => ReadonlyArray<Configuration>) => {
  const groups: Array<{ readonly trial: TrialConfig; readonly runs: Array<number> }> = []
  const latest = new Map<string, (typeof groups)[number]>()
  let read = 0
  return (trials) => {
    for (; read < trials.length; read++) {
      const trial = without(trials[read] ?? new Map(), over)
      const key = Identity.key(trial)
      const known = latest.get(key)
      if (known !== undefined && known.runs.length < times) {
        known.runs.push(read)
        continue
      }
      const group = { trial, runs: [read] }
      groups.push(group)
      latest.set(key, group)
    }
    return groups
  }
}

/** The trial config of a configuration's next repeat, given those of the repeats that it has. */
export const next = (
  { over, times }: Repeats,
  parameters: ReadonlyMap<string, Parameter>,
  trial: TrialConfig,
  repeats: ReadonlyArray<TrialConfig>
): TrialConfig => {
  if (over === undefined) return trial
  const taken = new Set(repeats.map((repeat) => Identity.key(repeat.get(over) ?? null)))
  const values = valuesOf(parameters.get(over), times)
  const value = values.find((each) => !taken.has(Identity.key(each))) ?? values[repeats.length] ?? null
  // Names stand in order in a trial config, as W&B has them.
  const entries: ReadonlyArray<readonly [string, PythonValue]> = [...trial, [over, value]]
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

// internal

const without = (trial: TrialConfig, over: string | undefined): TrialConfig =>
  over === undefined || !trial.has(over) ? trial : new Map([...trial].filter(([name]) => name !== over))

/** The values that tell repeats apart. */
const valuesOf = (parameter: Parameter | undefined, times: number): ReadonlyArray<PythonValue> => {
  if (parameter?.distribution === "categorical") {
    return [...new Map(parameter.values.map((value) => [Identity.key(value), value])).values()].slice(0, times)
  }
  const first = parameter?.distribution === "int_uniform" ? parameter.min : 0
  return Array.from({ length: times }, (_, i) => BigInt(first + i))
}
