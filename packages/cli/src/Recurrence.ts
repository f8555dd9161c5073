/** How long a problem that comes again and again is told of once, in milliseconds. */
const quiet = 60_000

/**
 * Keeps a log readable while something is tried again and again: answers whether a line is to be told, and how
 * many like it were kept back since the last one. Lines with the same key are alike.
 */
export const make = (): ((key: string, now: number) => { readonly told: boolean; readonly before: number }) => {
  const last = new Map<string, { readonly at: number; since: number }>()
  return (key, now) => {
    const found = last.get(key)
    if (found !== undefined && now - found.at < quiet) {
      found.since++
      return { told: false, before: 0 }
    }
    for (const [other, { at }] of last) if (now - at >= 10 * quiet) last.delete(other)
    last.set(key, { at: now, since: 0 })
    return { told: true, before: found?.since ?? 0 }
  }
}
