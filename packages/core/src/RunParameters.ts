import { floatText } from "./internal/floatText.js"
import { isDict, isList, type PythonValue } from "./PythonValue.js"
import type { TrialConfig } from "./TrialConfig.js"

/**
 * What `WANDB_SWEEP_PARAM_PATH` points to (D.5.2): YAML with `wandb_version: 1`, an empty line, then
 * `name: {value: v}` for each parameter. It is written for YAML 1.1, which is what PyYAML reads: `1e-05`
 * would be a string there and is written `1.0e-05`.
 *
 * @example
 * ```ts
 * import * as RunParameters from "@sweepline/core/RunParameters"
 *
 * const yaml = RunParameters.yaml(new Map([["lr", 1e-5]]))
 * assert.strictEqual(yaml, "wandb_version: 1\n\nlr:\n  value: 1.0e-05\n")
 * ```
 */
export const yaml = (trial: TrialConfig): string => {
  let text = "wandb_version: 1\n\n"
  for (const [name, value] of trial) text += `${scalarText(name)}:\n  value:${block(value, "    ")}\n`
  return text
}

/**
 * A value on one line of YAML. It is the JSON of the value, but for the numbers that JSON has no word for: `.inf`, `.nan`.
 *
 * @example
 * ```ts
 * import * as RunParameters from "@sweepline/core/RunParameters"
 *
 * assert.strictEqual(RunParameters.flow([1n, 1, Infinity, "yes"]), '[1, 1.0, .inf, "yes"]')
 * ```
 */
export const flow = (value: PythonValue): string => {
  if (isList(value)) return `[${value.map(flow).join(", ")}]`
  if (isDict(value)) return `{${Array.from(value, ([key, item]) => `${quoted(key)}: ${flow(item)}`).join(", ")}}`
  switch (typeof value) {
    case "string":
      return quoted(value)
    case "number":
      return numberText(value)
    default:
      return String(value)
  }
}

// internal

/** A value behind its key: dicts and lists one entry a line, empty ones and scalars on the key's line. */
const block = (value: PythonValue, indent: string): string => {
  if (isList(value)) {
    return value.length === 0 ? " []" : value.map((item) => `\n${indent}- ${flow(item)}`).join("")
  }
  if (!isDict(value)) return ` ${flow(value)}`
  if (value.size === 0) return " {}"
  return Array.from(value, ([key, item]) => `\n${indent}${scalarText(key)}:${block(item, `${indent}  `)}`).join("")
}

const numberText = (value: number): string => {
  if (Number.isNaN(value)) return ".nan"
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf"
  const text = floatText(value)
  return text.includes(".") ? text : text.replace("e", ".0e")
}

/** Words that YAML 1.1 reads as something else than a string. */
const words = /^(?:y|n|yes|no|on|off|true|false|null)$/i

const scalarText = (text: string): string =>
  /^[A-Za-z_][\w./-]*$/.test(text) && !words.test(text) ? text : quoted(text)

/**
 * A double-quoted scalar. What JSON escapes YAML escapes alike; the rest are characters that YAML doesn't
 * take as they are, or takes for line breaks.
 */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
