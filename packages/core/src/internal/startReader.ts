import type { Parameter } from "../Parameter.js"
import type { PythonValue } from "../PythonValue.js"
import * as NearestName from "../NearestName.js"
import * as ParameterValue from "../ParameterValue.js"
import type { Method } from "../Method.js"
import { identity, type TrialConfig } from "../TrialConfig.js"
import { type ConfigNode, describe, valueOf } from "./configNode.js"
import { Section } from "./configSection.js"

/** What start points are checked against. */
export interface StartSpace {
  readonly method: Method | undefined
  readonly parameters: ReadonlyMap<string, Parameter>
  /** The parameter that repeats go over, which a start point leaves to them. */
  readonly over: string | undefined
}

/**
 * Reads `scheduler.start`: configurations to try first, each value one that its parameter may have, in the
 * type in which a search would suggest it. What a point leaves out is drawn, except in a grid.
 */
export const readStart = (scheduler: Section, space: StartSpace): ReadonlyArray<TrialConfig> => {
  const items = scheduler.list("start", "start: [{lr: 0.1}]") ?? []
  const seen = new Set<string>()
  return items.flatMap((item) => {
    if (item.node.kind !== "dict") {
      scheduler.reportValue(item, `A start point must be a mapping, not ${describe(item.node)}: write {lr: 0.1}.`)
      return []
    }
    const before = scheduler.issues.count
    const section = new Section(scheduler.issues, item.path, item.offset, item.node.entries)
    const point = readPoint(section, space.parameters, space)
    if (scheduler.issues.count > before) return []
    const key = identity(point)
    if (seen.has(key)) scheduler.reportValue(item, "This start point is listed twice: keep one of the two.")
    seen.add(key)
    return [point]
  })
}

// internal

const readPoint = (section: Section, parameters: ReadonlyMap<string, Parameter>, space: StartSpace): TrialConfig => {
  const point = new Map<string, PythonValue>()
  for (const [name, { node }] of section.entries) {
    const parameter = parameters.get(name)
    if (parameter === undefined) {
      const hint = nestedHint(name, parameters) ?? NearestName.didYouMean(name, parameters.keys())
      section.reportKey(name, `The sweep has no parameter "${name}", so a start point can't set it.${hint}`)
    } else if (name === space.over) {
      section.reportKey(name, `The repeats set ${name}: leave it out of the start points.`)
    } else {
      const value = readValue(section, name, parameter, node, space)
      if (value !== undefined) point.set(name, value)
    }
  }
  if (space.method === "grid") {
    const missing = [...parameters].filter(
      ([name, { distribution }]) => distribution !== "constant" && name !== space.over && !section.has(name)
    )
    if (missing.length > 0) {
      section.report(`A start point of a grid needs every parameter: add ${missing.map(([name]) => name).join(", ")}.`)
    }
  }
  return point
}

/** How a parameter inside another is written, where its name is a path of dots. */
const nestedHint = (name: string, parameters: ReadonlyMap<string, Parameter>): string | undefined => {
  const dot = name.indexOf(".")
  const [outer, inner] = [name.slice(0, dot), name.slice(dot + 1)]
  const parameter = parameters.get(outer)
  return dot > 0 && parameter?.distribution === "nested" && parameter.parameters.has(inner)
    ? ` Write {${outer}: {${inner}: …}}.`
    : undefined
}

const readValue = (
  section: Section,
  name: string,
  parameter: Parameter,
  node: ConfigNode,
  space: StartSpace
): PythonValue | undefined => {
  if (parameter.distribution === "nested") {
    const inner = section.section(name, `${name}: {lr: 0.1}`)
    return inner === undefined ? undefined : readPoint(inner, parameter.parameters, { ...space, over: undefined })
  }
  const fitted = ParameterValue.fit(parameter, valueOf(node), space.method)
  if ("value" in fitted) return fitted.value
  section.reportValue(section.field(name) ?? section, `${name} must be ${fitted.problem}, not ${describe(node)}.`)
  return undefined
}
