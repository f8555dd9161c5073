import type { Metric } from "../Metric.js"
import { describe } from "./configNode.js"
import { type Field, Section, type Synonyms } from "./configSection.js"

const example = "{name: loss, goal: minimize}"

/** Reads `metric` (search.md §1.2). */
export const readMetric = (section: Section): Metric => {
  section.rejectUnknown("a metric", ["name", "goal", "target", "impute", "impute_while_running"], synonyms)
  const name = section.text("name")
  if (section.lacks("name") || (name === undefined && isEmpty(section.field("name")))) {
    section.report("A metric needs the name under which the runs report it: add name: loss.")
  }
  return {
    name: name ?? "",
    goal: section.oneOf("goal", ["minimize", "maximize"], goals) ?? "minimize",
    target: section.has("target") ? section.number("target") : undefined,
    impute: section.oneOf("impute", ["worst", "best", "latest"]) ?? "worst",
    imputeWhileRunning: readImputeWhileRunning(section)
  }
}

/** Reads `metrics`: two objectives or more, each named once. */
export const readMetrics = (section: Section): ReadonlyArray<Metric> => {
  const items = section.list("metrics", `metrics: [${example}, {name: accuracy, goal: maximize}]`) ?? []
  if (section.entries.get("metrics")?.node.kind === "list" && items.length < 2) {
    section.reportKey("metrics", "metrics needs two metrics or more: for one, write metric instead.")
  }
  const names = new Set<string>()
  return items.flatMap((item) => {
    const metric = readItem(section, item)
    if (metric === undefined) return []
    if (metric.name !== "" && names.has(metric.name)) {
      section.reportValue(item, `The metric "${metric.name}" is listed twice: keep one of the two.`)
    }
    names.add(metric.name)
    return [metric]
  })
}

// internal

const goals: Synonyms = new Map([
  ["max", "maximize"],
  ["min", "minimize"],
  ["maximise", "maximize"],
  ["minimise", "minimize"]
])

const synonyms: Synonyms = new Map([
  ["direction", "goal"],
  ["mode", "goal"],
  ["objective", "goal"]
])

const readItem = (section: Section, item: Field): Metric | undefined => {
  if (item.node.kind === "dict") {
    return readMetric(new Section(section.issues, item.path, item.offset, item.node.entries))
  }
  section.reportValue(item, `A metric must be a mapping, not ${describe(item.node)}: write ${example}.`)
  return undefined
}

/** Null, or the empty text. */
const isEmpty = (field: Field | undefined): boolean =>
  field?.node.kind === "scalar" && (field.node.value === null || field.node.value === "")

/** `false` may be the boolean or, as W&B's own schema has it, the text. */
const readImputeWhileRunning = (section: Section): Metric["imputeWhileRunning"] => {
  const node = section.entries.get("impute_while_running")?.node
  if (node?.kind === "scalar" && node.value === false) return false
  const word = section.oneOf("impute_while_running", ["worst", "best", "latest", "false"])
  return word === undefined || word === "false" ? false : word
}
