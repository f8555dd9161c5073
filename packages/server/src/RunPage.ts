/** Pages of the runs of a sweep, or of an agent: those that a client's filters let through, in the order that it asks for. */
import * as Effect from "effect/Effect"
import * as Paging from "./Paging.js"
import * as RunFilter from "./RunFilter.js"
import * as RunNode from "./RunNode.js"
import * as RunOrder from "./RunOrder.js"
import { ServerConfig } from "./ServerConfig.js"
import type { WireRun } from "./WireRun.js"

/** A page of some runs, which are in the order of their creation. */
export const of = Effect.fnUntraced(function* (all: ReadonlyArray<WireRun>, page: typeof Paging.Page.Type) {
  const { username } = yield* ServerConfig
  const filter = yield* RunFilter.parse(page.filters)
  const sorted = page.order === undefined || page.order === "" ? all : inOrder(all, page.order, username)
  // Before the filters, which may let through no longer whom the cursor names: its client would begin anew.
  const start = sorted.findIndex(({ document }) => document.name === page.after) + 1
  const wanted = yield* Effect.filter(sorted.slice(start), (run) => RunFilter.matches(filter, run))
  return Paging.of(wanted, { first: page.first }, ({ document }) => document.name, RunNode.make)
})

// internal

const inOrder = (runs: ReadonlyArray<WireRun>, order: string, username: string): ReadonlyArray<WireRun> => {
  const { compare, standing } = RunOrder.make(order, username)
  return runs
    .map((run) => ({ run, stands: standing(run) }))
    .sort((a, b) => compare(a.stands, b.stands))
    .map(({ run }) => run)
}
