/** Pages of long lists. */
import * as Schema from "effect/Schema"
import { connection, type Node, optional, type Value } from "./GraphValue.js"

/** The arguments of a connection. */
export const Page = Schema.Struct({
  after: optional(Schema.String),
  before: optional(Schema.String),
  first: optional(Schema.Int),
  last: optional(Schema.Int),
  order: optional(Schema.String),
  filters: optional(Schema.String)
})

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
