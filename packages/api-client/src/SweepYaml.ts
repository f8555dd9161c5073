/** A sweep config as it is sent to W&B (B.4.3). */
import * as PythonText from "@sweepline/core/PythonText"
import { isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import * as Either from "effect/Either"

/**
 * YAML as W&B's clients write it: keys sorted, blocks, lists at their key's column, and numbers so that YAML 1.1 reads
 * them as what they are. Only a text such as `1e5` has quotes here and none there. A parameter with `min` and `max` that
 * names no distribution gets `int_uniform` or `uniform`; Left says which has one of each kind.
 */
export const make = (config: PythonDict): Either.Either<string, string> =>
  Either.map(withDistributions(config), (complete) =>
    complete.size === 0 ? "{}\n" : `${entries(complete, "").join("\n")}\n`
  )

// internal

const withDistributions = (config: PythonDict): Either.Either<PythonDict, string> => {
  const parameters = config.get("parameters")
  if (!isDict(parameters)) return Either.right(config)
  const complete = new Map<string, PythonValue>()
  for (const [name, parameter] of parameters) {
    if (!isDict(parameter) || parameter.has("distribution") || !parameter.has("min") || !parameter.has("max")) {
      complete.set(name, parameter)
      continue
    }
    const kinds = [typeof parameter.get("min"), typeof parameter.get("max")].map((kind) =>
      kind === "boolean" ? "bigint" : kind
    )
    const distribution = kinds.every((kind) => kind === "bigint")
      ? "int_uniform"
      : kinds.every((kind) => kind === "number")
        ? "uniform"
        : undefined
    if (distribution === undefined) {
      return Either.left(
        `Parameter ${PythonText.repr(name)} has one bound that is an int and one that is none: write both as ints or both as floats.`
      )
    }
    complete.set(name, new Map<string, PythonValue>(parameter).set("distribution", distribution))
  }
  return Either.right(new Map<string, PythonValue>(config).set("parameters", complete))
}

const entries = (dict: PythonDict, indent: string): ReadonlyArray<string> =>
  [...dict]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([key, value]) => {
      const head = `${indent}${text(key)}:`
      if (isDict(value) && value.size > 0) return [head, ...entries(value, `${indent}  `)]
      if (isList(value) && value.length > 0) return [head, ...items(value, indent)]
      return [`${head} ${scalar(value)}`]
    })

const items = (list: ReadonlyArray<PythonValue>, indent: string): ReadonlyArray<string> =>
  list.flatMap((value) => {
    const nested =
      isDict(value) && value.size > 0
        ? entries(value, `${indent}  `)
        : isList(value) && value.length > 0
          ? items(value, `${indent}  `)
          : undefined
    if (nested === undefined) return [`${indent}- ${scalar(value)}`]
    const [first = "", ...rest] = nested
    return [`${indent}- ${first.trimStart()}`, ...rest]
  })

const scalar = (value: PythonValue): string => {
  switch (typeof value) {
    case "string":
      return text(value)
    case "number":
      return float(value)
    case "bigint":
    case "boolean":
      return String(value)
    default:
      return value === null ? "null" : isList(value) ? "[]" : "{}"
  }
}

const float = (value: number): string => {
  if (Number.isNaN(value)) return ".nan"
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf"
  const written = PythonText.repr(value)
  // Without a point YAML 1.1 takes it for a string.
  return written.includes(".") ? written : written.replace("e", ".0e")
}

const text = (value: string): string => {
  // What YAML 1.1 breaks lines at is kept on one line by the escapes of a double-quoted scalar.
  if (/[^\x20-\x7e]/.test(value)) return doubleQuoted(value)
  return isPlain(value) ? value : `'${value.replaceAll("'", "''")}'`
}

/** The texts that stand without quotes: no mark begins them, none in them means anything, and they are read as nothing else. */
const isPlain = (value: string): boolean =>
  !/^$|^[\s?:,[\]{}#&*!|>'"%@`]|^-(?:\s|$)|^(?:---|\.\.\.)|^0.|: | #|[\s:]$/.test(value) && !readAsElse.test(value)

/**
 * What YAML 1.1 reads as a boolean, a null, a number, a time or a merge; and `1e5`, which is text to PyYAML and a number
 * to YAML 1.2, to Go's readers and to our own.
 */
const readAsElse =
  /^(?:~|null|y|n|yes|no|on|off|true|false|=|<<|[-+]?(?:[0-9][0-9_]*(?::[0-5]?[0-9])*|0b[01_]+|0x[0-9a-f_]+)|[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*(?:e[-+]?[0-9]+)?|[-+]?[0-9][0-9_]*e[-+]?[0-9]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|nan)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?)$/i

const doubleQuoted = (value: string): string =>
  `"${Array.from(value, (character) => {
    if (/[\x20-\x7e]/.test(character)) return /["\\]/.test(character) ? `\\${character}` : character
    if (character === "\n") return "\\n"
    if (character === "\t") return "\\t"
    if (character === "\r") return "\\r"
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16).toUpperCase()
    if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`
    return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`
  }).join("")}"`
