import { Documents, type Entry, type Range, type Reader, type Writer } from "@sweepline/core/Documents"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Connection, Database } from "./Database.js"
import { type Row, text } from "./internal/connection.js"
import * as Operations from "./internal/operations.js"

/** The documents of a database. A write survives a crash of the process, as the runs' own writes do. */
export const make: Effect.Effect<Documents["Type"], never, Database> = Effect.map(Database, (database) => {
  const { read, write } = Operations.make(database)
  return {
    read: (body) => read("read documents", (db) => body(readerOf(db))),
    write: (body) => write("write documents", (db) => body(writerOf(db)))
  }
})

/** The documents of a database. */
export const layer: Layer.Layer<Documents, never, Database> = Layer.effect(Documents, make)

// internal

const readerOf = (db: Connection): Reader => ({
  get: (key) => {
    const row = db.get("SELECT value FROM documents WHERE key = ?", [key])
    return row === undefined ? undefined : text(row, 0)
  },
  list: (range) => {
    const { above, below, least } = boundsOf(range)
    const limit = Number.isFinite(range.limit ?? Infinity) ? (range.limit ?? -1) : -1
    return db.all(range.reverse === true ? selectBackwards : selectForwards, [least, above, below, limit]).map(entryOf)
  }
})

const writerOf = (db: Connection): Writer => ({
  ...readerOf(db),
  set: (key, value) =>
    void db.run(
      "INSERT INTO documents (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      [key, value]
    ),
  remove: (key) => void db.run("DELETE FROM documents WHERE key = ?", [key])
})

/** Keys from `least` on, after `above`, before `below`. */
const boundsOf = ({ after, from, prefix, reverse = false }: Range) => {
  // keys are ASCII, so that no key of the prefix is greater
  const end = `${prefix}\u{7f}`
  return {
    least: from !== undefined && from > prefix ? from : prefix,
    above: reverse ? "" : (after ?? ""),
    below: reverse && after !== undefined && after < end ? after : end
  }
}

const selectForwards = "SELECT key, value FROM documents WHERE key >= ? AND key > ? AND key < ? ORDER BY key LIMIT ?"
const selectBackwards =
  "SELECT key, value FROM documents WHERE key >= ? AND key > ? AND key < ? ORDER BY key DESC LIMIT ?"

const entryOf = (row: Row): Entry => [text(row, 0), text(row, 1)]
