/** Values by key, of which only those that were used last are kept. */
export interface Recent<K, V> {
  /** The value of a key, which is used by that. */
  readonly get: (key: K) => V | undefined
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => void
}

/**
 * None yet, and never more than `most`, unless more are in use: for what a process that lives for weeks remembers only to
 * be faster.
 *
 * @example
 * ```ts
 * import * as Recent from "@sweepline/core/Recent"
 *
 * const lengths = Recent.make<string, number>(2)
 * for (const text of ["a", "bb", "a", "ccc"]) lengths.set(text, text.length)
 *
 * lengths.get("a") // 1
 * lengths.get("bb") // undefined
 * ```
 */
export const make = <K, V>(most: number, isInUse: (value: V) => boolean = () => false): Recent<K, V> => {
  // In the order of their last use.
  const values = new Map<K, V>()
  const set = (key: K, value: V) => {
    values.delete(key)
    values.set(key, value)
    for (const [oldest, unused] of values) {
      // What was used after it is in use as well.
      if (values.size <= most || isInUse(unused)) break
      values.delete(oldest)
    }
  }
  return {
    get: (key) => {
      const value = values.get(key)
      if (value !== undefined) set(key, value)
      return value
    },
    set,
    delete: (key) => void values.delete(key)
  }
}
