import type { Distribution, Parameter, Quantum, Range } from "../Parameter.js"
import { valueOf } from "./configNode.js"
import type { Section } from "./configSection.js"

/** A distribution by name; `nested` has none in a config. */
export type NamedDistribution = Exclude<Distribution, "nested">

/** Which keys a distribution takes, and how its parameter is read. */
interface Shape {
  readonly required: ReadonlyArray<string>
  readonly optional: ReadonlyArray<string>
  /** Reads a section that has every required key. A value that can't be used is reported, and replaced by any other. */
  readonly read: (section: Section) => Parameter
}

/** The 18 distributions of W&B sweeps (search.md §1.5). */
export const shapes: Record<NamedDistribution, Shape> = {
  constant: { required: ["value"], optional: [], read: readConstant },
  categorical: {
    required: ["values"],
    optional: [],
    read: (section) => ({ distribution: "categorical", values: readValues(section) })
  },
  categorical_w_probabilities: { required: ["values", "probabilities"], optional: [], read: readWeighted },
  int_uniform: ranged((section) => ({ distribution: "int_uniform", ...readIntegerRange(section) })),
  uniform: ranged((section) => ({ distribution: "uniform", ...readRange(section) })),
  q_uniform: quantised((section) => {
    const range = readRange(section)
    return { distribution: "q_uniform", ...range, q: readStep(section, range) }
  }),
  log_uniform: ranged((section) => ({ distribution: "log_uniform", ...readExponents(section, "max", 1) })),
  inv_log_uniform: ranged((section) => ({ distribution: "inv_log_uniform", ...readExponents(section, "min", -1) })),
  q_log_uniform: quantised((section) => {
    const range = readExponents(section, "max", 1)
    return { distribution: "q_log_uniform", ...range, q: readStep(section, { min: 0, max: Math.exp(range.max) }) }
  }),
  log_uniform_values: ranged((section) => ({ distribution: "log_uniform_values", ...readPositiveRange(section) })),
  inv_log_uniform_values: ranged((section) => ({
    distribution: "inv_log_uniform_values",
    ...readPositiveRange(section)
  })),
  q_log_uniform_values: quantised((section) => {
    const range = readPositiveRange(section)
    return { distribution: "q_log_uniform_values", ...range, q: readStep(section, range) }
  }),
  normal: bell((section) => ({ distribution: "normal", ...readBell(section) })),
  log_normal: bell((section) => ({ distribution: "log_normal", ...readBell(section) })),
  q_normal: bell((section) => ({ distribution: "q_normal", ...readBell(section), q: readQuantum(section) }), ["q"]),
  q_log_normal: bell(
    (section) => ({ distribution: "q_log_normal", ...readBell(section), q: readQuantum(section) }),
    ["q"]
  ),
  beta: { required: [], optional: ["a", "b"], read: (section) => ({ distribution: "beta", ...readBeta(section) }) },
  q_beta: {
    required: [],
    optional: ["a", "b", "q"],
    read: (section) => ({ distribution: "q_beta", ...readBeta(section), q: readQuantum(section) })
  }
}

// internal

function ranged(read: Shape["read"]): Shape {
  return { required: ["min", "max"], optional: [], read }
}

function quantised(read: Shape["read"]): Shape {
  return { required: ["min", "max"], optional: ["q"], read }
}

function bell(read: Shape["read"], more: ReadonlyArray<string> = []): Shape {
  return { required: [], optional: ["mu", "sigma", ...more], read }
}

function readConstant(section: Section): Parameter {
  const field = section.field("value")
  return { distribution: "constant", value: field === undefined ? null : valueOf(field.node) }
}

function readValues(section: Section): Extract<Parameter, { distribution: "categorical" }>["values"] {
  const items = section.list("values", "values: [first, second]")
  if (items !== undefined && items.length === 0)
    section.reportKey("values", "values is empty: list at least one value.")
  return items?.map(({ node }) => valueOf(node)) ?? []
}

function readWeighted(section: Section): Parameter {
  const values = readValues(section)
  const before = section.issues.count
  const items = section.list("probabilities", "probabilities: [0.5, 0.5]") ?? []
  const probabilities = items.map((item) => {
    const value = item.node.kind === "scalar" ? item.node.value : null
    const probability = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN
    if (Number.isFinite(probability) && probability >= 0) return probability
    section.reportValue(item, "A probability must be a number from 0 on.")
    return 0
  })
  if (section.issues.count === before) {
    const sum = probabilities.reduce((total, probability) => total + probability, 0)
    if (probabilities.length !== values.length) {
      section.reportKey(
        "probabilities",
        `There must be as many probabilities as values, not ${probabilities.length} for ${values.length}.`
      )
    } else if (Math.abs(sum - 1) > 1e-8 + 1e-5) {
      section.reportKey("probabilities", `The probabilities add up to ${Number(sum.toPrecision(6))}: make it 1.`)
    }
  }
  return { distribution: "categorical_w_probabilities", values, probabilities }
}

/** Reads bounds by `bound` and checks their order. */
function readBounds(section: Section, bound: (key: "min" | "max") => number | undefined): Range {
  const min = bound("min")
  const max = bound("max")
  if (min === undefined || max === undefined) return { min: 0, max: 1 }
  if (min >= max) {
    const instead = min === max ? `for this one value write value: ${section.written("min")}` : "exchange the two"
    section.reportKey(
      "min",
      `min must be less than max, but ${section.written("min")} isn't less than ${section.written("max")}: ${instead}.`
    )
  }
  return { min, max }
}

function readRange(section: Section): Range {
  return readBounds(section, (key) => section.number(key))
}

function readIntegerRange(section: Section): Range {
  const range = readBounds(section, (key) => {
    const field = section.field(key)
    const value = section.number(key)
    if (field === undefined || value === undefined || field.node.kind !== "scalar") return undefined
    if (typeof field.node.value !== "bigint") {
      const instead = Number.isInteger(value) ? `write ${value}` : "or choose distribution: uniform"
      section.reportValue(
        field,
        `${key} of int_uniform must be written as a whole number, not ${field.node.text}: ${instead}.`
      )
      return undefined
    }
    if (Number.isSafeInteger(value)) return value
    section.reportValue(
      field,
      `${key} of int_uniform must lie between -(2^53 - 1) and 2^53 - 1, not ${field.node.text}.`
    )
    return undefined
  })
  if (range.max - range.min < Number.MAX_SAFE_INTEGER) return range
  section.reportKey("min", "int_uniform takes a range of fewer than 2^53 values: raise min, or lower max.")
  return range
}

function readPositiveRange(section: Section): Range {
  return readBounds(section, (key) =>
    key === "min"
      ? section.numberAbove("min", 0, ", as it is the limit itself and has a logarithm")
      : section.number(key)
  )
}

/** Bounds that are exponents of e; the value at `key` must not overflow. */
function readExponents(section: Section, key: "min" | "max", sign: 1 | -1): Range {
  const range = readRange(section)
  if (Number.isFinite(Math.exp(sign * range[key]))) return range
  const kin = sign === 1 ? "log_uniform_values" : "inv_log_uniform_values"
  section.reportKey(
    key,
    `${key} is an exponent of e, and ${section.written(key)} overflows: for the limits themselves choose ${kin}.`
  )
  return range
}

function readQuantum(section: Section): Quantum {
  const field = section.field("q")
  const value = section.numberAbove("q", 0)
  const integer = field?.node.kind === "scalar" && typeof field.node.value === "bigint"
  return { value: value ?? 1, integer }
}

/** The step of a range: each of its multiples there must be another number, or a grid would never end. */
function readStep(section: Section, { max, min }: Range): Quantum {
  const q = readQuantum(section)
  const least = Math.max(Math.abs(min), Math.abs(max)) * 2 ** -50
  if (Number.isFinite(least) && q.value < least) {
    const instead = `1e${Math.ceil(Math.log10(least))}`
    section.reportKey("q", `q is too small to tell values of this size apart: write at least ${instead}.`)
  }
  return q
}

function readBell(section: Section): { readonly mu: number; readonly sigma: number } {
  const mu = section.number("mu") ?? 0
  const sigma = section.numberAbove("sigma", 0, "; for one fixed value write value") ?? 1
  return { mu, sigma }
}

function readBeta(section: Section): { readonly a: number; readonly b: number } {
  return { a: readShape(section, "a"), b: readShape(section, "b") }
}

function readShape(section: Section, key: "a" | "b"): number {
  const value = section.numberAbove(key, 0) ?? 1
  if (value >= 1e-100 && value <= 1e100) return value
  section.reportKey(key, `${key} must lie between 1e-100 and 1e100, not ${section.written(key)}.`)
  return 1
}
