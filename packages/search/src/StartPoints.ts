import type { Parameter } from "@sweepline/core/Parameter"
import { isDict } from "@sweepline/core/PythonValue"
import type { TrialConfig } from "@sweepline/core/TrialConfig"

/** A trial config with the values that a start point sets; what it leaves out stays as it is. */
export const over = (
  trial: TrialConfig,
  parameters: ReadonlyMap<string, Parameter>,
  point: TrialConfig
): TrialConfig => {
  const set = new Map(trial)
  for (const [name, value] of point) {
    const parameter = parameters.get(name)
    const inner = trial.get(name)
    const isNested = parameter?.distribution === "nested" && isDict(value) && isDict(inner)
    set.set(name, isNested ? over(inner, parameter.parameters, value) : value)
  }
  return set
}
