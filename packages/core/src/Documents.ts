import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { CommError } from "./CommError.js"

/** A key and the text under it. */
export type Entry = readonly [key: string, value: string]

/** Which entries are listed: those whose key begins with `prefix`, in the order of their keys. */
export interface Range {
  readonly prefix: string
  /** Only keys after this one; with `reverse`, before it. */
  readonly after?: string
  /** From this key on, itself included; with `reverse`, down to it. */
  readonly from?: string
  /** At most so many. */
  readonly limit?: number
  readonly reverse?: boolean
}

/** Documents as one moment knows them. */
export interface Reader {
  readonly get: (key: string) => string | undefined
  readonly list: (range: Range) => ReadonlyArray<Entry>
}

/** Documents within one write: it reads what it wrote. */
export interface Writer extends Reader {
  readonly set: (key: string, value: string) => void
  readonly remove: (key: string) => void
}

/**
 * Texts under ordered keys, kept beside the sweeps: what a server must remember that no scheduler asks for, such as
 * projects, queues and the lines that clients stream. Keys are ASCII.
 *
 * A body is synchronous and one transaction; it may run again when another process is in its way, so it changes
 * nothing else. What it throws is a defect, and then nothing was written.
 */
export class Documents extends Context.Tag("@sweepline/core/Documents")<
  Documents,
  {
    readonly read: <A>(body: (documents: Reader) => A) => Effect.Effect<A, CommError>
    readonly write: <A>(body: (documents: Writer) => A) => Effect.Effect<A, CommError>
  }
>() {}
