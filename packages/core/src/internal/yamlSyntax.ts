import { type CST, Composer, type Document, type ErrorCode, Parser } from "yaml"
import { type ConfigIssues, lineOf } from "./configIssues.js"

/** Deeper configs are refused before anything recurses into them. */
export const maximumHeight = 100

/**
 * Parses YAML text into its one document, all scalars still text. Reports what isn't YAML,
 * the first thing on each line, as the rest usually follows from it, and answers `undefined`.
 */
export const parseYaml = (
  text: string,
  lineStarts: ReadonlyArray<number>,
  issues: ConfigIssues
): Document.Parsed | undefined => {
  const tokens = [...new Parser().parse(text)]
  if (heightOfTokens(tokens) > maximumHeight) {
    issues.report({ path: "", offset: 0 }, `The file nests values more than ${maximumHeight} deep: flatten it.`)
    return undefined
  }
  const composer = new Composer({ schema: "failsafe", uniqueKeys: false, prettyErrors: false })
  const [document, second] = composer.compose(tokens, true, text.length)
  const lines = new Set<number>()
  for (const error of document?.errors ?? []) {
    const [offset] = error.pos
    const line = lineOf(lineStarts, offset)
    if (lines.has(line)) continue
    lines.add(line)
    issues.report({ path: "", offset }, sentence(text, offset, error.code, error.message))
  }
  if (second !== undefined) {
    const offset = second.range[0]
    issues.report({ path: "", offset }, 'A sweep config is one document: remove the "---" and what follows it.')
  }
  return issues.count > 0 ? undefined : document
}

// internal

/** Counts without recursion: composing a document recurses, and a hostile one would exhaust the stack. */
const heightOfTokens = (tokens: ReadonlyArray<CST.Token>): number => {
  const waiting: Array<readonly [CST.Token, number]> = tokens.map((token) => [token, 0])
  let height = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [token, depth] = next
    height = Math.max(height, depth)
    if (token.type === "document" && token.value !== undefined) waiting.push([token.value, depth + 1])
    if (!("items" in token)) continue
    for (const item of token.items) {
      if (item.key) waiting.push([item.key, depth + 1])
      if (item.value) waiting.push([item.value, depth + 1])
    }
  }
  return height
}

const sentence = (text: string, offset: number, code: ErrorCode, message: string): string => {
  if (text[offset] === "{" && text[offset - 1] === "$") {
    return 'Inside [ … ] a macro needs quotes: write "${args}", or put each word on its own line after a dash.'
  }
  switch (code) {
    case "TAB_AS_INDENT":
      return "A tab can't indent YAML: use spaces."
    case "BAD_DQ_ESCAPE":
      return `${message}: double the backslash, or use single quotes.`
    case "BAD_SCALAR_START":
      return `A value can't begin with ${text[offset] ?? "this character"}: put it in quotes.`
    case "BLOCK_AS_IMPLICIT_KEY":
      return 'There are two keys on one line: begin a new line after the first, or quote the value if its ": " is text.'
    case "MISSING_CHAR":
      return `The YAML can't be read: ${lowerFirst(message)}.`
    case "BAD_INDENT":
      return `The indentation is wrong: ${lowerFirst(message)}.`
    default:
      return `The YAML can't be read: ${lowerFirst(message)}.`
  }
}

const lowerFirst = (message: string): string => message.slice(0, 1).toLowerCase() + message.slice(1)
