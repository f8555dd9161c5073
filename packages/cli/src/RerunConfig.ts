import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { isDict } from "@sweepline/core/PythonValue"
import * as RunParameters from "@sweepline/core/RunParameters"
import type { TrialConfig } from "@sweepline/core/TrialConfig"

/** Keys of a sweep config that say how to choose runs, which a rerun doesn't. */
const choosing: ReadonlySet<string> = new Set([
  "method",
  "parameters",
  "run_cap",
  "early_terminate",
  "repeats",
  "metric.target",
  "scheduler.start",
  "name"
])

/** The config of a sweep that runs one configuration again, so many times: every parameter is a constant. */
export const text = (document: PythonDict, trial: TrialConfig, times: number): string => {
  const kept = without(document, "")
  const constants: ReadonlyArray<readonly [string, PythonValue]> = [...trial].map(([name, value]) => [
    name,
    new Map([["value", value]])
  ])
  return RunParameters.flow(
    new Map<string, PythonValue>([
      ...kept,
      ["method", "random"],
      ["run_cap", BigInt(times)],
      ["parameters", new Map(constants)]
    ])
  )
}

/** A dict without the keys that choose runs; `path` leads to it. */
const without = (dict: PythonDict, path: string): PythonDict =>
  new Map(
    [...dict]
      .filter(([key]) => !choosing.has(path + key))
      .map(([key, value]) => [key, path === "" && isDict(value) ? without(value, `${key}.`) : value])
  )
