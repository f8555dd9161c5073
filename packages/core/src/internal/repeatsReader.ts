import type { Parameter } from "../Parameter.js"
import type { Repeats } from "../Repeats.js"
import { valueIdentity } from "../TrialConfig.js"
import { Section, type Synonyms } from "./configSection.js"

/** Reads `repeats`, a number or a mapping. Once is no repeating. */
export const readRepeats = (section: Section, parameters: ReadonlyMap<string, Parameter>): Repeats | undefined => {
  const field = section.field("repeats")
  if (field === undefined) return undefined
  if (field.node.kind !== "dict") {
    const times = section.integer("repeats", 1, ": or {times: 3, over: seed}")
    return times === undefined || times === 1 ? undefined : { times, over: undefined, abandon: true }
  }
  const inner = new Section(section.issues, field.path, field.keyOffset, field.node.entries)
  inner.rejectUnknown("repeats", ["times", "over", "abandon"], synonyms)
  const given = inner.integer("times", 1)
  const over = inner.text("over")
  const abandon = inner.boolean("abandon") ?? true
  const known = over === undefined ? undefined : parameters.get(over)
  const most = known === undefined ? undefined : valuesOf(known)
  if (known !== undefined && most === undefined) {
    inner.reportKey(
      "over",
      `Repeats go over values or ints, and ${over} is ${known.distribution}: write values: [1, 2, 3].`
    )
  } else if (most !== undefined && given !== undefined && given > most) {
    inner.reportKey("times", `${over} has ${most} values, too few for ${given} repeats: give it more, or lower times.`)
  } else if (given === undefined && most === undefined && inner.lacks("times")) {
    inner.report("repeats needs to know how often: add times: 3.")
  }
  const times = given ?? most ?? 1
  return times === 1 ? undefined : { times, over, abandon }
}

// internal

const synonyms: Synonyms = new Map([
  ["count", "times"],
  ["n", "times"],
  ["k", "times"],
  ["seed", "over"],
  ["parameter", "over"]
])

/** How many different values repeats can go over. */
const valuesOf = (parameter: Parameter): number | undefined => {
  switch (parameter.distribution) {
    case "categorical":
      return new Set(parameter.values.map(valueIdentity)).size
    case "int_uniform":
      return parameter.max - parameter.min + 1
    default:
      return undefined
  }
}
