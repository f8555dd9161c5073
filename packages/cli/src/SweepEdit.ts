import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Planner from "@sweepline/search/Planner"
import * as Effect from "effect/Effect"
import * as ConfigText from "./ConfigText.js"
import * as SweepFile from "./SweepFile.js"
import { UsageError } from "./UsageError.js"

/** The config text of a sweep with some of its values replaced, each `PATH=VALUE`; comments and layout are kept. */
export const withValues = (text: string, values: ReadonlyArray<string>) =>
  Effect.reduce(values, text, (before, value) => {
    const equals = value.indexOf("=")
    const path = value.slice(0, Math.max(0, equals)).trim().split(".")
    const node = ConfigText.value(value.slice(equals + 1))
    if (equals < 1 || path.includes("") || node === undefined) {
      return new UsageError({
        message: `--set ${value} can't be read. Write it like parameters.lr.max=0.1 or parameters.layers.values=[2,3].`
      })
    }
    return Effect.try({
      try: () => ConfigText.withValue(before, path, node),
      catch: () =>
        new UsageError({
          message: `--set ${value} fits nowhere: its path may lead through mappings, and to items that a list has.`
        })
    })
  })

/**
 * Checks that a live sweep may go on with another config: how it is searched and judged stays, or what was run so far
 * would mean something else. Fails with a sentence, or with every violation of the new config.
 */
export const check = Effect.fnUntraced(function* (
  sweep: string,
  before: SweepConfig.SweepConfig | undefined,
  text: string
) {
  const file = `the edited config of sweep ${sweep}`
  const after = yield* SweepConfig.parse({ file, text })
  // One that a Strategy of somebody's own goes by is none of a search here, before as after.
  if (before === undefined || Planner.problem(before) === undefined) yield* SweepFile.refuseUnsearchable(file, after)
  if (before === undefined) return after
  const names = ({ parameters }: SweepConfig.SweepConfig) => [...parameters.keys()].toSorted().join(", ")
  const changed = [
    ...(before.method === after.method ? [] : [`method (${before.method})`]),
    ...(names(before) === names(after) ? [] : [`the parameters' names (${names(before)})`]),
    ...(metricOf(before) === metricOf(after) ? [] : [`metric (${metricOf(before)})`])
  ]
  if (changed.length === 0) return after
  return yield* new UsageError({
    message: `The ${changed.join(" and ")} of a live sweep can't be changed: its runs so far would mean something else. Start another sweep with: sweepline run`
  })
})

// internal

const metricOf = ({ metric, metrics }: SweepConfig.SweepConfig): string =>
  [...(metric === undefined ? [] : [metric]), ...metrics].map(({ goal, name }) => `${goal} ${name}`).join(", ")
