/** Things of which the first in an order can be taken, in steps that grow with the logarithm of how many there are. */
export interface Heap<A> {
  readonly add: (item: A) => void
  /** Takes the first one out; `undefined` where there is none. */
  readonly take: () => A | undefined
}

/** A heap without a thing in it. `before` says whether one comes before another. */
export const make = <A>(before: (one: A, other: A) => boolean): Heap<A> => {
  // Each comes before the two at twice its place and one, and at twice its place and two.
  const items: Array<A> = []

  const rise = (item: A): void => {
    let at = items.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = items[above]
      if (other === undefined || !before(item, other)) break
      items[at] = other
      at = above
    }
    items[at] = item
  }

  const sink = (item: A): void => {
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      let other = items[below]
      const right = items[below + 1]
      if (other === undefined) break
      if (right !== undefined && before(right, other)) {
        below++
        other = right
      }
      if (!before(other, item)) break
      items[at] = other
      at = below
    }
    items[at] = item
  }

  return {
    add: rise,
    take: () => {
      const first = items[0]
      const last = items.pop()
      if (last !== undefined && items.length > 0) sink(last)
      return first
    }
  }
}
