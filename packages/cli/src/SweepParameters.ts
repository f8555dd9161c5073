/** What the runs of a sweep differ in. */
import { isDict, type PythonDict } from "@sweepline/core/PythonValue"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Layout from "@sweepline/search/Layout"
import type { SweepReport } from "./SweepReport.js"

/** Names of parameters, in the config's order; nested ones are dotted. */
export const names = (self: SweepReport): ReadonlyArray<string> => {
  const names = new Set<string>()
  const walk = (dict: PythonDict, prefix: string) => {
    for (const [key, value] of dict) {
      if (isDict(value) && value.size > 0) walk(value, `${prefix}${key}.`)
      else names.add(prefix + key)
    }
  }
  for (const { trial } of self.runs.slice(0, 200)) walk(trial, "")
  return [...names]
}

/** The parameters that differ between runs first: those that a table should show. */
export const varying = (self: SweepReport): ReadonlyArray<string> => {
  const leaves = (self.config === undefined ? [] : Layout.make(self.config.parameters).leaves).map((leaf) => ({
    prefix: `${leaf.path.join(".")}.`,
    varies: varies(leaf)
  }))
  return names(self).filter((name) => {
    if (name === self.config?.repeats?.over) return false
    // What lies within a value that is a dict belongs to its parameter.
    const inner = `${name}.`
    return leaves.find(({ prefix }) => inner.startsWith(prefix))?.varies ?? true
  })
}

/** How many parameters of a config vary, nested ones each. */
export const varyingCount = (config: SweepConfig): number => Layout.make(config.parameters).leaves.filter(varies).length

// internal

/** A choice of a single value doesn't vary. */
const varies = ({ parameter }: Layout.Leaf): boolean =>
  parameter.distribution !== "constant" && !(parameter.distribution === "categorical" && parameter.values.length <= 1)
