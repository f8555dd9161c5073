/**
 * JSON text as Python reads and writes it, without loss: `1` stays an int and `1.0` a
 * float, integers of any size are exact, dicts keep their order, and `NaN`, `Infinity` and
 * `-Infinity` are values (B79, B83, 0.5).
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { arbitraryDict, arbitraryValue } from "./internal/arbitraryValue.js"
import { floatText } from "./internal/floatText.js"
import { JsonReader } from "./internal/jsonReader.js"
import { equals, isDict, isList, isPythonValue, type PythonDict, type PythonValue } from "./PythonValue.js"

/** A text that isn't JSON: what is wrong and where. Line and column count from 1, the offset from 0. */
export class PythonJsonError extends Data.TaggedError("PythonJsonError")<{
  readonly problem: string
  readonly offset: number
  readonly line: number
  readonly column: number
}> {
  override get message(): string {
    return `Invalid JSON at line ${this.line}, column ${this.column}: ${this.problem}`
  }
}

/**
 * Reads a JSON document in one pass. Of duplicate keys the last value wins, at the place of
 * the first, as in Python. More than 1,000 levels of nesting, and integers of more than
 * 4,300 digits, are refused as Python refuses them.
 *
 * @example
 * ```ts
 * import * as Either from "effect/Either"
 * import * as PythonJson from "@sweepline/core/PythonJson"
 *
 * const row = PythonJson.parse('{"epoch": 3, "loss": 1.0}')
 * assert.deepStrictEqual(Either.getOrThrow(row), new Map<string, unknown>([["epoch", 3n], ["loss", 1]]))
 * ```
 */
export const parse = (text: string): Either.Either<PythonValue, PythonJsonError> => {
  const reader = new JsonReader(text)
  const value = reader.document()
  return value === undefined ? Either.left(errorAt(text, reader.at, reader.problem ?? "")) : Either.right(value)
}

/** Reads a JSON document that must be an object. */
export const parseDict = (text: string): Either.Either<PythonDict, PythonJsonError> =>
  Either.filterOrLeft(parse(text), isDict, () => errorAt(text, 0, "expected an object, { … }"))

/** Writes a value as `json.dumps` does: separators `", "` and `": "`, ASCII only, keys in their order (0.5, B80). */
export const stringify = (value: PythonValue): string => {
  switch (typeof value) {
    case "string":
      return quoted(value)
    case "number":
      return numberText(value)
    case "bigint":
    case "boolean":
      return String(value)
    default:
      if (value === null) return "null"
      if (isList(value)) return `[${value.map(stringify).join(", ")}]`
      return `{${Array.from(value, ([key, item]) => `${quoted(key)}: ${stringify(item)}`).join(", ")}}`
  }
}

/** A value that is already read: the type side of `Value`. */
export const ValueFromSelf: Schema.Schema<PythonValue> = Schema.declare(isPythonValue, {
  identifier: "PythonValue",
  equivalence: () => equals,
  pretty: () => stringify,
  arbitrary: () => (fc) => arbitraryValue(fc)
})

/** A dict that is already read: the type side of `Dict`. */
export const DictFromSelf: Schema.Schema<PythonDict> = Schema.declare(
  (input): input is PythonDict => input instanceof Map && isPythonValue(input),
  {
    identifier: "PythonDict",
    equivalence: () => equals,
    pretty: () => stringify,
    arbitrary: () => (fc) => arbitraryDict(fc)
  }
)

/** A value stored as JSON text. */
export const Value: Schema.Schema<PythonValue, string> = Schema.transformOrFail(Schema.String, ValueFromSelf, {
  strict: true,
  decode: (text, _, ast) => Either.mapLeft(parse(text), (error) => new ParseResult.Type(ast, text, error.message)),
  encode: (value) => ParseResult.succeed(stringify(value))
})

/** A dict stored as JSON text. */
export const Dict: Schema.Schema<PythonDict, string> = Schema.transformOrFail(Schema.String, DictFromSelf, {
  strict: true,
  decode: (text, _, ast) => Either.mapLeft(parseDict(text), (error) => new ParseResult.Type(ast, text, error.message)),
  encode: (value) => ParseResult.succeed(stringify(value))
})

// internal

const errorAt = (text: string, offset: number, problem: string): PythonJsonError => {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf("\n") + 1
  return new PythonJsonError({
    problem,
    offset,
    line: before.split("\n").length,
    column: offset - lineStart + 1
  })
}

const numberText = (value: number): string => {
  if (Number.isFinite(value)) return floatText(value)
  if (Number.isNaN(value)) return "NaN"
  return value > 0 ? "Infinity" : "-Infinity"
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"]
])

const quoted = (text: string): string =>
  `"${text.replace(
    // By UTF-16 unit, so that an astral character becomes its surrogate pair.
    /[^ !#-[\]-~]/g,
    (unit) => shortEscapes.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  )}"`
