/** Documents of one kind, under keys of several names. */
import type { Reader, Writer } from "@sweepline/core/Documents"
import * as Schema from "effect/Schema"

/** Documents of one kind. */
export interface Collection<A, Names extends ReadonlyArray<string>> {
  readonly get: (reader: Reader, ...names: Names) => A | undefined
  readonly set: (writer: Writer, value: A, ...names: Names) => void
  readonly remove: (writer: Writer, ...names: Names) => void
  /** The documents whose keys begin with these names, in the order of their keys. */
  readonly list: (reader: Reader, ...names: ReadonlyArray<string>) => ReadonlyArray<A>
  /** The same that come after one of them and that somebody wants, at most `limit`. */
  readonly after: (
    reader: Reader,
    place: {
      readonly names: ReadonlyArray<string> | undefined
      readonly limit: number
      readonly wanted: (value: A) => boolean
    },
    ...names: ReadonlyArray<string>
  ) => ReadonlyArray<A>
  /** The last names of the keys of the same. */
  readonly names: (reader: Reader, ...names: ReadonlyArray<string>) => ReadonlyArray<string>
}

/** A collection of values of a schema. What was stored and can't be read is a defect. */
export const make = <Names extends ReadonlyArray<string>>() => {
  return <A, I>(prefix: string, schema: Schema.Schema<A, I>): Collection<A, Names> => {
    const json = Schema.parseJson(schema)
    const decode = Schema.decodeSync(json)
    const encode = Schema.encodeSync(json)
    return {
      get: (reader, ...names) => {
        const text = reader.get(key(prefix, names))
        return text === undefined ? undefined : decode(text)
      },
      set: (writer, value, ...names) => writer.set(key(prefix, names), encode(value)),
      remove: (writer, ...names) => writer.remove(key(prefix, names)),
      list: (reader, ...names) => reader.list({ prefix: `${key(prefix, names)}/` }).map(([, text]) => decode(text)),
      after: (reader, { limit, names: last, wanted }, ...names) => {
        const found: Array<A> = []
        const range = { prefix: `${key(prefix, names)}/`, limit: chunk }
        for (let after = last && key(prefix, last); ;) {
          const entries = reader.list(after === undefined ? range : { ...range, after })
          for (const [, text] of entries) {
            const value = decode(text)
            if (wanted(value)) found.push(value)
            if (found.length >= limit) return found
          }
          const end = entries.at(-1)
          if (end === undefined || entries.length < chunk) return found
          after = end[0]
        }
      },
      names: (reader, ...names) =>
        reader
          .list({ prefix: `${key(prefix, names)}/` })
          .map(([found]) => decodeURIComponent(found.slice(found.lastIndexOf("/") + 1)))
    }
  }
}

/** A key of several names, each of which may hold any character. */
export const key = (prefix: string, names: ReadonlyArray<string>): string =>
  // half a surrogate pair has no encoding
  [prefix, ...names.map((name) => encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\u{fffd}")))].join("/")

/** A number as a part of keys that sort as the numbers do; from 0 to 10^12. */
export const ordered = (n: number): string => String(n).padStart(12, "0")

/** The next number of a counter, from 1. */
export const next = (writer: Writer, counter: string): number => {
  const n = count(writer, counter) + 1
  writer.set(`counter/${counter}`, String(n))
  return n
}

/** The last number that a counter has given; 0 before the first. */
export const count = (reader: Reader, counter: string): number => Number(reader.get(`counter/${counter}`) ?? 0)

// internal

/** How many documents are read at once where not all are wanted. */
const chunk = 500
