import { stripVTControlCharacters } from "node:util"
import stringWidth from "fast-string-width"

// oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
const escapes = /(\u001b\[[0-9;?]*[A-Za-z])/

/** Most cells of most tables: to segment each of ten thousands takes seconds. */
const narrow = /^[ -~]*$/

/** A text without its colours and cursor movements. */
export const plain = (text: string): string => stripVTControlCharacters(text)

/** How many terminal columns a text takes; wide characters count two, escape sequences none. */
export const width = (text: string): number => (narrow.test(text) ? text.length : stringWidth(text))

/** How many columns the widest of some texts takes, however many there are; 0 of none. */
export const widest = (texts: Iterable<string>): number => {
  let most = 0
  for (const text of texts) most = Math.max(most, width(text))
  return most
}

/**
 * Whether a text takes more columns than so many. Of a long one only as much is looked at as it takes to see: a cell may
 * hold a page.
 */
const isWider = (text: string, columns: number): boolean => {
  if (2 * text.length <= columns) return false
  const looked = 4 * columns + 64
  if (text.length <= looked || narrow.test(text)) return width(text) > columns
  const head = text.slice(0, looked)
  // What is cut in two may be narrower when it is whole: an escape sequence, or the last character of all.
  const last = head.lastIndexOf("\u001b")
  return width(last < 0 ? head : head.slice(0, last)) > columns + 2 || width(text) > columns
}

/** A text cut to at most `columns`, with an ellipsis where something is missing; colours stay closed. */
export const clip = (text: string, columns: number): string => {
  if (columns <= 0) return ""
  if (!isWider(text, columns)) return text
  let kept = ""
  let used = 0
  let coloured = false
  for (const part of text.split(escapes)) {
    if (part.startsWith("\u001b[")) {
      kept += part
      coloured = true
      continue
    }
    for (const character of part) {
      const wide = width(character)
      if (used + wide > columns - 1) return `${kept}…${coloured ? "\u001b[0m" : ""}`
      kept += character
      used += wide
    }
  }
  return kept
}

/** A text as lines of at most `columns`, broken between words; a longer word has a line of its own. */
export const wrap = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** How many rows lines take on a terminal that wraps what is wider than it. */
export const height = (lines: ReadonlyArray<string>, columns: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(width(line) / Math.max(1, columns))), 0)

/** A text with spaces up to `columns`. */
export const pad = (text: string, columns: number, align: "left" | "right" = "left"): string => {
  const space = " ".repeat(Math.max(0, columns - width(text)))
  return align === "left" ? text + space : space + text
}

/**
 * Control characters and line ends made visible, so that a value never breaks a table; also those that turn what follows
 * them from right to left.
 */
export const oneLine = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) =>
    /[\n\u2028\u2029]/.test(character) ? "↵" : character === "\t" ? " " : "·"
  )

/** The first of several texts, and whether there are more. */
export const first = (texts: ReadonlyArray<string>, most = 5): string =>
  `${texts.slice(0, most).join(", ")}${texts.length > most ? ", …" : ""}`

/** A count with its noun: `1 run`, `2 runs`. */
export const count = (n: number, noun: string): string => `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`

/** A text without blank lines at its ends. */
export const trimBlank = (text: string): string => text.replace(/^(?:[ \t]*\n)+|(?:\n[ \t]*)+$/g, "")

/** A phrase as a sentence. */
export const sentence = (phrase: string): string =>
  `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)}${/[.!?]$/.test(phrase) ? "" : "."}`
