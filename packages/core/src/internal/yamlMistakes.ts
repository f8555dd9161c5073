import type { CST, ErrorCode } from "yaml"
import { abbreviated } from "./configNode.js"
import { alternatives } from "./configSection.js"

/** What the parser found, in its own words. */
export interface ParseError {
  readonly code: ErrorCode
  readonly message: string
  readonly offset: number
}

/** What a person should do about it, at the place where they should. */
export interface Mistake {
  readonly offset: number
  readonly sentence: string
  /** Whether it stands for itself: what is reported after it may be another mistake, and not its consequence. */
  readonly alone: boolean
}

/**
 * Guesses from a parser's error what was mistaken. Parsers tell where they could not go on, which is often far behind
 * the bracket that is open or the space that is missing; so the text around it is looked at again.
 */
export const mistakeOf = (text: string, tokens: ReadonlyArray<CST.Token>, error: ParseError): Mistake => {
  const { code, message, offset } = error
  if (text[offset] === "{" && text[offset - 1] === "$") return alone(offset, macroInList)
  switch (code) {
    case "TAB_AS_INDENT":
      return alone(offset, "A tab can't indent YAML: use spaces.")
    case "BAD_DQ_ESCAPE":
      return alone(offset, `${message}: double the backslash, or use single quotes.`)
    case "BAD_SCALAR_START":
      return alone(offset, `A value can't begin with ${text[offset] ?? "this character"}: put it in quotes.`)
    case "MULTILINE_IMPLICIT_KEY":
      return noKey(text, offset)
    case "BLOCK_AS_IMPLICIT_KEY":
      return secondKey(text, offset)
    case "BLOCK_IN_FLOW":
      return mistake(offset, text.startsWith("- ", offset) ? dashInFlow : commaMissing)
    case "BAD_INDENT":
      return message.startsWith("Flow") ? openBracket(text, tokens, offset) : badIndent(text, offset)
    case "MISSING_CHAR":
      if (message.startsWith("Flow")) return openBracket(text, tokens, offset)
      if (message.startsWith("Implicit map keys")) return noKey(text, offset)
      if (message.startsWith("Missing , or :")) return mistake(offset, commaMissing)
      if (message.startsWith("Missing closing")) return openQuote(tokens, error)
      return message.startsWith("Sequence item") ? badIndent(text, offset) : otherwise(error)
    case "BAD_ALIAS":
      return alone(offset, `A value can't be only "${text[offset]}": put it in quotes.`)
    case "UNEXPECTED_TOKEN":
      return unexpected(text, tokens, error)
    default:
      return otherwise(error)
  }
}

// internal

const macroInList = 'Inside [ … ] a macro needs quotes: write "${args}", or put each word on its own line after a dash.'
const commaMissing = "A comma is missing here: between brackets, one stands after each entry."
const dashInFlow = "Between [ and ] values are separated by commas, not by dashes."

const mistake = (offset: number, sentence: string): Mistake => ({ offset, sentence, alone: false })
const alone = (offset: number, sentence: string): Mistake => ({ offset, sentence, alone: true })

const otherwise = ({ message, offset }: ParseError): Mistake =>
  mistake(offset, `The YAML can't be read here: ${message.slice(0, 1).toLowerCase()}${message.slice(1)}.`)

interface Line {
  readonly start: number
  /** From 1. */
  readonly number: number
  readonly indent: number
  /** Without indentation and line end; empty also where there is only a comment. */
  readonly content: string
}

const linesOf = (text: string): ReadonlyArray<Line> => {
  let start = text.startsWith("\ufeff") ? 1 : 0
  return text
    .slice(start)
    .split("\n")
    .map((raw, index) => {
      const content = raw.trim()
      const line = {
        start,
        number: index + 1,
        indent: raw.length - raw.trimStart().length,
        content: content.startsWith("#") ? "" : content
      }
      start += raw.length + 1
      return line
    })
}

/** The line of an offset, or the next one where that is empty, and what stands above and below it. */
const around = (text: string, offset: number) => {
  const lines = linesOf(text).filter(({ content }) => content !== "")
  const index = lines.findIndex((line) => offset <= beginOf(line) + line.content.length)
  return index < 0
    ? { line: undefined, above: lines, below: undefined }
    : { line: lines[index], above: lines.slice(0, index), below: lines[index + 1] }
}

const beginOf = (line: Line): number => line.start + line.indent

const isItem = ({ content }: Line): boolean => /^-(\s|$)/.test(content)

/** A line stands where a key was expected, and is none. */
const noKey = (text: string, offset: number): Mistake => {
  const { line } = around(text, offset)
  const content = line?.content ?? ""
  const begin = line === undefined ? offset : beginOf(line)
  if (content.startsWith("//")) return mistake(begin, 'A comment begins with "#", not with "//".')
  const [, name = "", value] = /^([\w.-]+):(\S.*)$/.exec(content) ?? []
  if (value !== undefined) {
    return mistake(begin + name.length + 1, `Write a space after the colon: "${name}: ${abbreviated(value)}".`)
  }
  const [, key = "", equal, rest = ""] = /^([\w.-]+)\s*([=\s])\s*(\S.*)$/.exec(content) ?? []
  if (equal !== undefined)
    return mistake(begin, `"${abbreviated(content)}" has no colon: write "${key}: ${abbreviated(rest)}".`)
  return mistake(begin, `"${abbreviated(content)}" has no colon: write "${abbreviated(content)}:" if it is a key.`)
}

/** What begins like a value goes on like a key: on the same line, or indented below it. */
const secondKey = (text: string, offset: number): Mistake => {
  const end = text.indexOf("\n", offset)
  const { below, line } = around(text, offset)
  if (line !== undefined && offset <= beginOf(line) && isItem(line)) return badIndent(text, offset)
  if (/:(\s|$)/.test(text.slice(offset, end < 0 ? text.length : end)) || below === undefined || line === undefined) {
    return mistake(
      offset,
      'There are two keys on one line: begin a new line after the first, or quote the value if its ": " is text.'
    )
  }
  return tooFar(below, line)
}

const tooFar = (line: Line, above: Line): Mistake =>
  mistake(
    beginOf(line),
    `This line is indented further than line ${above.number}, which has its value already: indent both alike.`
  )

/** A line begins at a column at which nothing above it does. */
const badIndent = (text: string, offset: number): Mistake => {
  const { above, line } = around(text, offset)
  const last = above.at(-1)
  if (line === undefined || last === undefined) return mistake(offset, "The indentation is wrong.")
  const isKey = !isItem(line)
  if (isKey && !hasColon(line) && isItem(last) && last.indent === line.indent) {
    return mistake(
      beginOf(line),
      `Write a dash before it, as line ${last.number} has: "- ${abbreviated(line.content)}".`
    )
  }
  if (isKey && line.indent > last.indent && !isItem(last) && !last.content.endsWith(":")) return tooFar(line, last)
  const columns = openColumns(above, isKey)
  return mistake(
    beginOf(line),
    `It is indented by ${line.indent} spaces, as nothing above it that it could follow: indent it ${columns.length === 0 ? "like the lines that it belongs with" : `by ${alternatives(columns.map(String))}`}.`
  )
}

const hasColon = ({ content }: Line): boolean => /:(\s|$)/.test(content)

/** The columns at which keys (or the dashes of items) begin that a line below these could belong with, the innermost first. */
const openColumns = (above: ReadonlyArray<Line>, ofKeys: boolean): ReadonlyArray<number> => {
  const columns: Array<number> = []
  let least = Number.POSITIVE_INFINITY
  for (const line of above.toReversed()) {
    const inner = /^-\s+(?=\S+:(\s|$))/.exec(line.content)?.[0].length
    if (line.indent >= least) continue
    if (inner !== undefined && ofKeys && line.indent + inner < least) columns.push(line.indent + inner)
    if (isItem(line) !== ofKeys) columns.push(line.indent)
    least = line.indent
  }
  return columns
}

/** Every token, those within others too. */
const everyToken = (tokens: ReadonlyArray<CST.Token>): ReadonlyArray<CST.Token> => {
  const found: Array<CST.Token> = []
  const waiting = [...tokens]
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
    found.push(token)
    if (token.type === "document" && token.value !== undefined) waiting.push(token.value)
    if (!("items" in token)) continue
    for (const { key, value } of token.items) {
      if (key != null) waiting.push(key)
      if (value !== undefined) waiting.push(value)
    }
  }
  return found.toSorted((a, b) => a.offset - b.offset)
}

const flows = (tokens: ReadonlyArray<CST.Token>): ReadonlyArray<CST.FlowCollection> =>
  everyToken(tokens).flatMap((token) => (token.type === "flow-collection" ? [token] : []))

/** Where a bracket is closed; `undefined` where it isn't. */
const endOf = ({ end, start }: CST.FlowCollection): number | undefined =>
  end.find(({ type }) => type === (start.type === "flow-seq-start" ? "flow-seq-end" : "flow-map-end"))?.offset

const openBracket = (text: string, tokens: ReadonlyArray<CST.Token>, offset: number): Mistake => {
  const before = flows(tokens).filter((flow) => flow.offset < offset)
  const open = before.findLast((flow) => endOf(flow) === undefined)
  if (open === undefined)
    return mistake(offset, "Indent what stands between brackets further than the key before them.")
  const { source: opener } = open.start
  const closer = opener === "[" ? "]" : "}"
  const other = text[offset] ?? ""
  if (other === "]" || other === "}") {
    return mistake(offset, `"${other}" doesn't close the "${opener}" before it: write "${closer}", or take it away.`)
  }
  return mistake(open.offset, `This "${opener}" is never closed: write "${closer}" after its last value.`)
}

const openQuote = (tokens: ReadonlyArray<CST.Token>, error: ParseError): Mistake => {
  const open = everyToken(tokens).findLast(
    (token) =>
      (token.type === "single-quoted-scalar" || token.type === "double-quoted-scalar") &&
      (token.source.length < 2 || token.source.at(-1) !== token.source[0])
  )
  if (open === undefined || !("source" in open)) return otherwise(error)
  return mistake(open.offset, `This ${open.source[0]} is never closed: write another one after the text.`)
}

const unexpected = (text: string, tokens: ReadonlyArray<CST.Token>, error: ParseError): Mistake => {
  const { message, offset } = error
  const inside = flows(tokens).some((flow) => flow.offset < offset && (endOf(flow) ?? Infinity) > offset)
  if (inside && message.includes("scalar")) return mistake(offset, commaMissing)
  if (/^Unexpected flow-\w+-end/.test(message)) {
    return mistake(offset, `"${text[offset]}" closes nothing: take it away, or put the text around it in quotes.`)
  }
  const { above, line } = around(text, offset)
  const before = line === undefined ? "" : text.slice(line.start, offset).trim()
  if (/["']$/.test(before)) {
    return mistake(offset, "Text goes on after the closing quote: put all of it in quotes, and double a quote within.")
  }
  const block = /[|>][-+0-9]*$/.exec(before)?.[0]
  if (block !== undefined) return mistake(offset, `Text after "${block}" begins on the next line, indented.`)
  const [first] = above
  if (line === undefined || first === undefined || before !== "") return otherwise(error)
  if (isItem(first) && !isItem(line)) {
    return mistake(beginOf(line), "A list can't go on with keys: indent the list below a key of its own.")
  }
  return line.indent < first.indent
    ? mistake(beginOf(line), `It is indented less than line ${first.number}: indent both alike.`)
    : otherwise(error)
}
