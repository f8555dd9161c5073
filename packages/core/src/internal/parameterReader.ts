import * as Option from "effect/Option"
import * as NearestName from "../NearestName.js"
import type { Distribution, Parameter } from "../Parameter.js"
import type { Method } from "../Method.js"
import { pathTo } from "./configIssues.js"
import { type ConfigNode, describe } from "./configNode.js"
import { isNull, orIndent, Section, type Synonyms } from "./configSection.js"
import { type NamedDistribution, shapes } from "./distributions.js"

/** Reads `parameters`, of the sweep or of a nested parameter. `method` decides which distributions fit. */
export const readParameters = (section: Section, method: Method | undefined): ReadonlyMap<string, Parameter> => {
  const parameters = new Map<string, Parameter>()
  if (section.entries.size === 0) section.report("parameters is empty: define at least one.")
  for (const [name, { node, offset }] of section.entries) {
    const path = pathTo(section.path, name)
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
      section.issues.report(
        { path, offset },
        `"${name}" is no name for a parameter: begin with an ASCII letter or _, and go on with such letters, digits, _, . or -.`
      )
    }
    if (node.kind !== "dict") {
      const place = { path, offset: isNull(node) ? offset : node.offset }
      section.issues.report(
        place,
        `${name} needs a definition, not ${describe(node)}: ${orIndent(node)}write ${definition(name, node)}.`
      )
      continue
    }
    const parameter = readParameter(new Section(section.issues, path, offset, node.entries), method)
    if (parameter !== undefined) parameters.set(name, parameter)
  }
  return parameters
}

/** Whether any value of the parameter is drawn. */
export const varies = (parameter: Parameter): boolean =>
  parameter.distribution === "nested"
    ? [...parameter.parameters.values()].some(varies)
    : parameter.distribution !== "constant"

// internal

const names = Object.keys(shapes)
const isNamed = (name: string): name is NamedDistribution => Object.hasOwn(shapes, name)
const keys = [
  "distribution",
  "value",
  "values",
  "probabilities",
  "min",
  "max",
  "mu",
  "sigma",
  "q",
  "a",
  "b",
  "parameters"
]
const keySynonyms: Synonyms = new Map([
  ["choices", "values"],
  ["options", "values"],
  ["categories", "values"],
  ["low", "min"],
  ["lower", "min"],
  ["high", "max"],
  ["upper", "max"],
  ["step", "q"],
  ["mean", "mu"],
  ["std", "sigma"],
  ["weights", "probabilities"],
  ["alpha", "a"],
  ["beta", "b"],
  ["type", "distribution"],
  ["default", "value"]
])
const distributionSynonyms: Synonyms = new Map([
  ["choice", "categorical"],
  ["loguniform", "log_uniform_values"],
  ["loguniformvalues", "log_uniform_values"],
  ["quniform", "q_uniform"],
  ["randint", "int_uniform"],
  ["integer", "int_uniform"],
  ["int", "int_uniform"],
  ["float", "uniform"],
  ["gaussian", "normal"]
])

/** The distributions that a grid can list (search.md §2). */
const gridable: ReadonlySet<Distribution> = new Set(["constant", "categorical", "int_uniform", "q_uniform", "nested"])

const definition = (name: string, node: ConfigNode): string => {
  if (node.kind === "list") return `${name}: {values: [ … ]}`
  return isNull(node) ? `${name}: {min: 0.0, max: 1.0}` : `${name}: {value: ${node.kind === "scalar" ? node.text : ""}}`
}

/** Whether a value is probably meant as a parameter, wherever it stands. */
export const looksLikeParameter = (node: ConfigNode): boolean =>
  node.kind === "dict" && Array.from(node.entries.keys()).some((key) => keys.includes(key))

const readParameter = (section: Section, method: Method | undefined): Parameter | undefined => {
  if (looksNested(section)) {
    section.report(
      "Parameters inside a parameter go under their own key: write parameters: above them, and indent them."
    )
    return undefined
  }
  section.rejectUnknown("a parameter", keys, keySynonyms)
  if (section.has("parameters")) return readNested(section, method)
  const named = section.has("distribution")
  const distribution = named ? readDistribution(section) : inferDistribution(section)
  if (distribution === undefined) return undefined
  const { optional, read, required } = shapes[distribution]
  const takes = [...required, ...optional]
  for (const key of section.entries.keys()) {
    if (key === "distribution" || takes.includes(key) || !keys.includes(key)) continue
    section.reportKey(key, named ? misplaced(key, distribution, takes) : conflicting(key, takes[0] ?? ""))
  }
  const missing = required.filter((key) => !section.has(key))
  if (missing.length > 0) {
    const untold = missing.filter((key) => section.lacks(key))
    if (untold.length > 0) section.report(`${distribution} also needs ${untold.join(" and ")}.`)
    return undefined
  }
  if (method === "grid" && !gridable.has(distribution)) {
    section.report(
      `A grid can't list the values of ${distribution}: write values, int_uniform or q_uniform, or choose method random.`
    )
  }
  return read(section)
}

const looksNested = ({ entries }: Section): boolean =>
  entries.size > 0 && Array.from(entries).every(([key, { node }]) => !keys.includes(key) && node.kind === "dict")

const readNested = (section: Section, method: Method | undefined): Parameter => {
  for (const key of section.entries.keys()) {
    if (key === "parameters" || !keys.includes(key)) continue
    section.reportKey(key, `"${key}" doesn't go together with nested parameters: remove one of the two.`)
  }
  const inner = section.section("parameters", "parameters: {name: {values: [ … ]}}")
  return { distribution: "nested", parameters: inner === undefined ? new Map() : readParameters(inner, method) }
}

const readDistribution = (section: Section): NamedDistribution | undefined => {
  const field = section.field("distribution")
  if (field === undefined) return undefined
  const name = field.node.kind === "scalar" ? field.node.value : null
  if (typeof name === "string" && isNamed(name)) return name
  const near = typeof name === "string" ? NearestName.nearest(name, names, distributionSynonyms) : Option.none()
  const instead = Option.match(near, {
    onNone: () => `Choose one of ${names.join(", ")}.`,
    onSome: (name) => `Did you mean "${name}"?`
  })
  section.reportValue(field, `distribution can't be ${describe(field.node)}. ${instead}`)
  return undefined
}

/** The distribution of a parameter that names none; bounds are ints if both are written so (search.md §1.5). */
const inferDistribution = (section: Section): NamedDistribution | undefined => {
  if (section.has("value")) return "constant"
  if (section.has("values")) return section.has("probabilities") ? "categorical_w_probabilities" : "categorical"
  if (section.has("q")) return needsName(section, section.has("min") || section.has("max") ? "q_uniform" : "q_normal")
  if (section.has("min") || section.has("max")) {
    const integers = ["min", "max"].every((key) => {
      const node = section.entries.get(key)?.node
      return node?.kind === "scalar" && typeof node.value === "bigint"
    })
    return integers ? "int_uniform" : "uniform"
  }
  if (section.has("mu") || section.has("sigma")) return needsName(section, "normal")
  if (section.has("a") || section.has("b")) return needsName(section, "beta")
  if (section.has("probabilities")) {
    section.report("probabilities also needs values: write values: [ … ] with as many.")
  } else if ([...section.entries.keys()].every((key) => keys.includes(key))) {
    section.report("This parameter says nothing: write value, values, or min and max.")
  }
  return undefined
}

const needsName = (section: Section, likely: NamedDistribution): undefined => {
  const given = [...section.entries.keys()].filter((key) => keys.includes(key))
  section.report(`A parameter with ${given.join(", ")} must name its distribution: add distribution: ${likely}.`)
  return undefined
}

const misplaced = (key: string, distribution: NamedDistribution, takes: ReadonlyArray<string>): string =>
  `"${key}" doesn't belong to ${distribution}, which takes ${takes.join(", ")}: remove it, or choose another distribution.`

const conflicting = (key: string, with_: string): string =>
  `"${key}" doesn't go together with "${with_}": remove one of the two.`
