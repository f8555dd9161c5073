import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Documents, type Entry, type Range, type Writer } from "./Documents.js"

/** Documents that are gone with the process. */
export const layer: Layer.Layer<Documents> = Layer.sync(Documents, () => {
  const store = new Store()
  return {
    read: (body) => Effect.sync(() => body(store)),
    write: (body) => Effect.sync(() => store.transaction(body))
  }
})

// internal

class Store implements Writer {
  private readonly values = new Map<string, string>()
  private readonly keys: Array<string> = []
  /** How to undo what the present write has done. */
  private undo: Array<() => void> = []

  readonly get = (key: string): string | undefined => this.values.get(key)

  readonly list = ({ after, from, limit = Number.POSITIVE_INFINITY, prefix, reverse = false }: Range) => {
    const entries: Array<Entry> = []
    const inside = (key: string) =>
      key.startsWith(prefix) &&
      (after === undefined || (reverse ? key < after : key > after)) &&
      (from === undefined || (reverse ? key >= from : true))
    const end = `${prefix}\u{7f}`
    const first = reverse
      ? this.place(after !== undefined && after < end ? after : end) - 1
      : this.place(largest(prefix, after, from))
    for (let index = first; entries.length < limit; index += reverse ? -1 : 1) {
      const key = this.keys[index]
      if (key === undefined) break
      if (inside(key)) entries.push([key, this.values.get(key) ?? ""])
      // the key that is excluded may be the first one
      else if (key !== after) break
    }
    return entries
  }

  readonly set = (key: string, value: string): void => {
    const before = this.values.get(key)
    if (before === undefined) this.keys.splice(this.place(key), 0, key)
    this.values.set(key, value)
    this.undo.push(() => (before === undefined ? this.forget(key) : this.values.set(key, before)))
  }

  readonly remove = (key: string): void => {
    const before = this.values.get(key)
    if (before === undefined) return
    this.forget(key)
    this.undo.push(() => this.set(key, before))
  }

  transaction<A>(body: (writer: Writer) => A): A {
    this.undo = []
    try {
      return body(this)
    } catch (error) {
      for (const step of [...this.undo].reverse()) step()
      throw error
    }
  }

  private forget(key: string): void {
    this.values.delete(key)
    this.keys.splice(this.place(key), 1)
  }

  /** Where a key is, or would be. */
  private place(key: string): number {
    let low = 0
    let high = this.keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.keys[middle] ?? "") < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

const largest = (...keys: ReadonlyArray<string | undefined>): string =>
  keys.reduce<string>((best, key) => (key !== undefined && key > best ? key : best), "")
