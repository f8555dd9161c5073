import * as AgentCommandLine from "../AgentCommandLine.js"
import * as NearestName from "../NearestName.js"
import type { Distribution, Parameter } from "../Parameter.js"
import type { PythonDict, PythonValue } from "../PythonValue.js"
import type { Repeats } from "../Repeats.js"
import { pathTo } from "./configIssues.js"
import { samplerHints } from "./samplerReader.js"

/** Sentences on what is allowed but probably not meant. */
export const configHints = (config: {
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly command: ReadonlyArray<PythonValue> | undefined
  readonly repeats: Repeats | undefined
  readonly scheduler: PythonDict | undefined
}): ReadonlyArray<string> => [
  ...parameterHints("parameters", config.parameters),
  ...repeatsHints(config.repeats, config.parameters),
  ...samplerHints(config.scheduler),
  ...(config.command ?? []).flatMap((word) =>
    typeof word === "string" && isUnknownMacro(word) ? [AgentCommandLine.unknownMacro(word)] : []
  )
]

// internal

/** Their bounds are exponents of e, which hardly anyone means. */
const successors: Partial<Record<Distribution, Distribution>> = {
  log_uniform: "log_uniform_values",
  inv_log_uniform: "inv_log_uniform_values",
  q_log_uniform: "q_log_uniform_values"
}

/** They may go over a parameter that isn't searched; a name that is nearly one of those that are is none of that kind. */
const repeatsHints = (
  repeats: Repeats | undefined,
  parameters: ReadonlyMap<string, Parameter>
): ReadonlyArray<string> => {
  if (repeats?.over === undefined || parameters.has(repeats.over)) return []
  const meant = NearestName.didYouMean(repeats.over, parameters.keys())
  return meant === "" ? [] : [`repeats.over: the sweep has no parameter ${repeats.over}, so runs get one more.${meant}`]
}

const parameterHints = (path: string, parameters: ReadonlyMap<string, Parameter>): ReadonlyArray<string> =>
  Array.from(parameters).flatMap(([name, parameter]) => {
    const place = pathTo(path, name)
    if (parameter.distribution === "nested") return parameterHints(pathTo(place, "parameters"), parameter.parameters)
    const successor = successors[parameter.distribution]
    if (successor === undefined) return []
    return `${place}: the bounds of ${parameter.distribution} are exponents of e; ${successor} takes the limits themselves.`
  })

const isUnknownMacro = (word: string): boolean =>
  /^\$\{.*\}$/.test(word) &&
  !/^\$\{envvar:[A-Z0-9_]*\}$/.test(word) &&
  !AgentCommandLine.macros.some((macro) => word === `\${${macro}}`)
