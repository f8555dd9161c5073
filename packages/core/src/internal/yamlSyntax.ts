import { type CST, Composer, type Document, Parser } from "yaml"
import { type ConfigIssues, lineOf } from "./configIssues.js"
import { mistakeOf } from "./yamlMistakes.js"

/** Deeper configs are refused before anything recurses into them. */
export const maximumHeight = 100

/**
 * Parses YAML text into its one document, all scalars still text. Reports what isn't YAML, up to the first mistake
 * from which the rest usually follows, and answers `undefined`.
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
  // Whoever indents with tabs does so on every line.
  let tabs = 0
  for (const error of document?.errors ?? []) {
    if (error.code === "TAB_AS_INDENT" && tabs++ > 0) continue
    const line = lineOf(lineStarts, error.pos[0])
    if (lines.has(line)) continue
    lines.add(line)
    const { alone, offset, sentence } = mistakeOf(text, tokens, {
      code: error.code,
      message: error.message,
      offset: error.pos[0]
    })
    issues.report({ path: "", offset }, sentence)
    if (!alone) break
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
