/** The titles of tests as their files spell them, so that a page which names a test can be held to it. */

/** A test's title with those of the blocks around it, outermost first; `…` stands for what a table fills in. */
export type TestTitle = ReadonlyArray<string>

/**
 * The tests of a file, read off its text. A formatted file says by its indentation what is in which block; a title that
 * is a variable is open as a whole.
 */
export const titlesOf = (text: string): ReadonlyArray<TestTitle> => {
  const blocks: Array<{ readonly indent: number; readonly title: string }> = []
  const tests: Array<TestTitle> = []
  for (const { groups = {} } of text.matchAll(opening)) {
    const indent = (groups["indent"] ?? "").length
    const title = groups["variable"] === undefined ? titleOf(groups) : open
    while ((blocks.at(-1)?.indent ?? -1) >= indent) blocks.pop()
    if (groups["kind"] === "describe") blocks.push({ indent, title })
    else tests.push([...blocks.map((block) => block.title), title])
  }
  return tests
}

/**
 * Whether a file has a test of this title. What fills an open part must stand in the file: a row of its table that is
 * gone is a test that is gone.
 */
export const hasTest = (text: string, title: TestTitle): boolean =>
  titlesOf(text).some(
    (found) => found.length === title.length && found.every((part, n) => fits(text, part, title[n] ?? ""))
  )

// internal

const quoted = `(?:"(?<double>(?:[^"\\\\\\n]|\\\\.)*)"|'(?<single>(?:[^'\\\\\\n]|\\\\.)*)'|\`(?<template>(?:[^\`\\\\]|\\\\.)*)\`)`

/** `describe(`, `it.effect(`, and the second half of `it.each([…])(`, each with a title. */
const opening = new RegExp(
  `^(?<indent> *)(?:(?<kind>describe|it)(?:\\.\\w+)*(?:<[^\\n]*>)?(?:(?<=each)\\(.*\\))?|[\\]}]\\))\\(\\s*(?:${quoted}|(?<variable>what|name|title))\\s*,`,
  "gm"
)

const open = "…"

const titleOf = ({ double, single, template }: Readonly<Record<string, string | undefined>>): string => {
  const text = template?.replace(/\$\{[^}]*\}/g, open) ?? (double ?? single ?? "").replace(/%[sdj]/g, open)
  return text.replace(/\\(.)/g, "$1")
}

const fits = (text: string, part: string, cited: string): boolean => {
  if (!part.includes(open)) return part === cited
  const pieces = part.split(open)
  const found = new RegExp(`^${pieces.map(literal).join("(.+)")}$`).exec(cited)
  return (
    found !== null &&
    found.slice(1).every((filling) => text.includes(filling) || text.includes(filling.replace(/"/g, '\\"')))
  )
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
