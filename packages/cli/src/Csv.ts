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

/** The cells of RFC 4180 text, line by line; lines without any are left out. */
export const parse = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  // A cell, plain or in quotes, and what ends it.
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'))
    if (end === ",") continue
    if (row.length > 1 || row[0] !== "") rows.push(row)
    row = []
  }
  return rows
}
