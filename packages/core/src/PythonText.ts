/**
 * The texts that Python's `str` and `repr` give a value (B80–B82): how a trial config
 * appears on a run's command line.
 */
import { floatText } from "./internal/floatText.js"
import { isList, type PythonValue } from "./PythonValue.js"

/**
 * What `str(value)` gives: a string as it is, all else as `repr` writes it.
 *
 * @example
 * ```ts
 * import * as PythonText from "@sweepline/core/PythonText"
 *
 * assert.strictEqual(PythonText.str(1e-5), "1e-05")
 * assert.strictEqual(PythonText.str([1n, 2, null, "x"]), "[1, 2.0, None, 'x']")
 * ```
 */
export const str = (value: PythonValue): string => (typeof value === "string" ? value : repr(value))

/** What `repr(value)` gives. */
export const repr = (value: PythonValue): string => {
  switch (typeof value) {
    case "string":
      return reprString(value)
    case "bigint":
      return String(value)
    case "boolean":
      return value ? "True" : "False"
    case "number":
      if (Number.isFinite(value)) return floatText(value)
      return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
    default:
      if (value === null) return "None"
      if (isList(value)) return `[${value.map(repr).join(", ")}]`
      return `{${Array.from(value, ([key, item]) => `${reprString(key)}: ${repr(item)}`).join(", ")}}`
  }
}

// internal

const reprString = (text: string): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  // Printable ASCII but for the backslash and the quote: nothing to escape.
  if (/^[ -&(-[\]-~]*$/.test(text)) return `${quote}${text}${quote}`
  let inner = ""
  for (const character of text) inner += reprCharacter(character, quote)
  return `${quote}${inner}${quote}`
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"]
])

const reprCharacter = (character: string, quote: string): string => {
  if (character === quote) return `\\${quote}`
  const short = shortEscapes.get(character)
  if (short !== undefined) return short
  // Python prints all but "other" (control, format, surrogate, private, unassigned) and separators.
  if (character === " " || !/[\p{C}\p{Z}]/u.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`
}
