/** Pages of long lists. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { connection, type Node, optional, type Value } from "./GraphValue.js"
import { badRequest, type WireError } from "./WireError.js"

/** The arguments of a connection. */
export const Page = Schema.Struct({
  after: optional(Schema.String),
  before: optional(Schema.String),
  first: optional(Schema.Int),
  last: optional(Schema.Int),
  order: optional(Schema.String),
  filters: optional(Schema.String)
})

/**
 * Things in an order that a client asks for, such as `+createdAt` or `-created_at`; as they are, where it asks for none.
 * What they have no value of is refused.
 */
export const ordered = <A>(
  all: ReadonlyArray<A>,
  { order = "" }: { readonly order?: string | undefined },
  values: ReadonlyMap<string, (item: A) => number | string>
): Effect.Effect<ReadonlyArray<A>, WireError> => {
  if (order === "") return Effect.succeed(all)
  const name = order.replace(/^[+-]/, "").replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const value = values.get(name)
  if (value === undefined) return badRequest(`order: ${order} is none of ${[...values.keys()].join(", ")}`)
  const sign = order.startsWith("-") ? -1 : 1
  const compare = (a: number | string, b: number | string) => (a < b ? -sign : a > b ? sign : 0)
  return Effect.succeed([...all].sort((a, b) => compare(value(a), value(b))))
}

/** The place of the first of some sorted things that comes after one. */
export const placeAfter = <A>(sorted: ReadonlyArray<A>, one: A, compare: (a: A, b: A) => number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const it = sorted[middle]
    if (it !== undefined && compare(it, one) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

/** One page of some things, each of which a cursor names; without a size, all of them. */
export const of = <A>(
  all: ReadonlyArray<A>,
  { after, first }: { readonly after?: string | undefined; readonly first?: number | undefined },
  cursorOf: (item: A) => string,
  nodeOf: (item: A) => Node,
  more: Readonly<Record<string, Value>> = {},
  edgeOf: (item: A) => Readonly<Record<string, Value>> = () => ({})
): Node => {
  const place = after === undefined || after === "" ? -1 : all.findIndex((item) => cursorOf(item) === after)
  const start = place + 1
  const end = first === undefined ? all.length : Math.min(all.length, start + first)
  const page = all.slice(start, end).map((item) => ({ ...edgeOf(item), cursor: cursorOf(item), node: nodeOf(item) }))
  return connection(page, end < all.length ? page[page.length - 1]?.cursor : undefined, more)
}
