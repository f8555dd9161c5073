import type { Colors } from "./Colors.js"
import * as Text from "./Text.js"

/** A column: its title, without colours, and how its cells stand. */
export interface Column {
  readonly title: string
  readonly align?: "left" | "right"
  /** A column that isn't shown where the line would be too long. Later ones go first. */
  readonly optional?: boolean
  /** Its cells may be cut, to no fewer characters than so many, where the line would be too long without it. */
  readonly least?: number
}

/** A cell, already coloured where it should be. */
export type Cell = string

const gap = 2
const widestCell = 40
/** So much of a title is left that one can guess it: "RUNS" is no shorter as "RU…". */
const leastTitle = 6

/**
 * A table as lines of at most `columns` characters: a dim header, then a line per row.
 * Optional columns are left out from the right until the rest fits; where it doesn't even so, titles are cut that are
 * wider than all below them, to a few characters, and then cells that may be.
 */
export const render = (
  header: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  options: { readonly columns: number; readonly colors: Colors; readonly indent?: number }
): ReadonlyArray<string> => {
  const indent = options.indent ?? 0
  const titles = header.map(({ title }) => Text.oneLine(title))
  const cells = rows.map((row) => row.map((cell) => Text.clip(cell, widestCell)))
  const contents = titles.map((_, index) =>
    cells.reduce((widest, row) => Math.max(widest, Text.width(row[index] ?? "")), 1)
  )
  const widths = titles.map((title, index) => Math.max(contents[index] ?? 0, Text.width(title)))
  const leastWidths = titles.map((title, index) =>
    Math.max(contents[index] ?? 0, Math.min(Text.width(title), leastTitle))
  )
  let shown = header.map((_, index) => index)
  let left = 0
  const total = () => indent + shown.reduce((sum, index) => sum + (widths[index] ?? 0) + gap, left === 0 ? -gap : 2)
  for (let index = header.length - 1; index >= 0 && total() > options.columns; index--) {
    if (header[index]?.optional !== true) continue
    shown = shown.filter((other) => other !== index)
    left++
  }
  const cut = (spare: (index: number) => number) => {
    for (const index of shown.toSorted((a, b) => spare(b) - spare(a))) {
      widths[index] = (widths[index] ?? 0) - Math.max(0, Math.min(spare(index), total() - options.columns))
    }
  }
  cut((index) => (widths[index] ?? 0) - (leastWidths[index] ?? 0))
  cut((index) => (widths[index] ?? 0) - (header[index]?.least ?? Number.POSITIVE_INFINITY))
  const more = left > 0 ? options.colors.dim(`  +${left}`) : ""
  const line = (texts: ReadonlyArray<string>, end = "") => {
    const body = shown
      .map((index) => {
        const width = widths[index] ?? 0
        const text = texts[index] ?? ""
        return Text.pad(width < (contents[index] ?? 0) ? Text.clip(text, width) : text, width, header[index]?.align)
      })
      .join(" ".repeat(gap))
      .trimEnd()
    return Text.clip(`${" ".repeat(indent)}${body}${end}`, options.columns)
  }
  return [
    line(
      titles.map((title, index) => {
        const width = widths[index] ?? 0
        return options.colors.dim(Text.pad(Text.clip(title, width), width, header[index]?.align))
      }),
      more
    ),
    ...cells.map((row) => line(row))
  ]
}
