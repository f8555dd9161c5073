import type { Json } from "./Json.js"

/** A line of a CSV file, by column. */
export type Row = { readonly [column: string]: Json | undefined }

const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json | undefined } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Nested objects as dotted columns. */
export const flatten = (prefix: string, value: Json | undefined): Row => Object.fromEntries(columnsOf(prefix, value))

const columnsOf = (prefix: string, value: Json | undefined): ReadonlyArray<readonly [string, Json | undefined]> =>
  isRecord(value)
    ? Object.entries(value).flatMap(([key, inner]) => columnsOf(prefix === "" ? key : `${prefix}.${key}`, inner))
    : [[prefix, value]]

const cell = (value: Json | undefined): string => {
  if (value === undefined || value === null) return ""
  const text = typeof value === "object" ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows as RFC 4180 text with a header; columns in the order in which they first appear. */
export const render = (rows: ReadonlyArray<Row>): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return [columns.map(cell), ...rows.map((row) => columns.map((column) => cell(row[column])))]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("")
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
