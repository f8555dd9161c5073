import type { Json } from "./Json.js"

/** The cells of a line by column; of two with the same column the later one counts. */
export type Row = ReadonlyArray<readonly [column: string, value: Json | undefined]>

const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json | undefined } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Nested objects as dotted columns. */
export const flatten = (prefix: string, value: Json | undefined): Row => {
  const row: Array<Row[number]> = []
  collect(row, prefix, value)
  return row
}

const collect = (row: Array<Row[number]>, prefix: string, value: Json | undefined): void => {
  if (!isRecord(value)) return void row.push([prefix, value])
  for (const [key, inner] of Object.entries(value)) collect(row, prefix === "" ? key : `${prefix}.${key}`, inner)
}

const cell = (value: Json | undefined): string => {
  if (value === undefined || value === null) return ""
  const text = typeof value === "object" ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const lineOf = (cells: ReadonlyArray<string>): string => `${cells.join(",")}\r\n`

/**
 * Writes RFC 4180 text line by line, however many lines there are: each row is first to be seen, for its columns, which
 * stand in the order in which they first appear.
 */
export const writer = () => {
  const columns = new Map<string, number>()
  return {
    see: (row: Row): void => {
      for (const [column] of row) if (!columns.has(column)) columns.set(column, columns.size)
    },
    header: (): string => lineOf(Array.from(columns.keys(), cell)),
    line: (row: Row): string => {
      const cells = Array.from({ length: columns.size }, () => "")
      for (const [column, value] of row) {
        const at = columns.get(column)
        if (at !== undefined) cells[at] = cell(value)
      }
      return lineOf(cells)
    }
  }
}

/** A record of a CSV text, and the line on which it begins. */
export interface Record {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** Reads CSV text, with or without quotes, and any line ends. Lines without a character in them are no records. */
export const records = (text: string): ReadonlyArray<Record> => {
  const found: Array<Record> = []
  const token = /("(?:[^"]|"")*"?|[^,\r\n]*)(,|\r\n|\n|\r|$)/y
  let cells: Array<string> = []
  let line = 1
  let begin = 1
  token.lastIndex = text.startsWith("\ufeff") ? 1 : 0
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [whole, cell = "", end = ""] = match
    cells.push(cell.startsWith('"') ? cell.replace(/^"|"$/g, "").replaceAll('""', '"') : cell)
    line += whole.split(/\r\n|\n|\r/).length - 1
    if (end === ",") continue
    if (cells.length > 1 || cells[0] !== "") found.push({ line: begin, cells })
    cells = []
    begin = line
    if (end === "") break
  }
  return found
}

/** The cells of its records alone. */
export const parse = (text: string): ReadonlyArray<ReadonlyArray<string>> => records(text).map(({ cells }) => cells)
