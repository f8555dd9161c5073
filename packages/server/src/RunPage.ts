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
  const wanted = yield* Effect.filter(all, (run) => RunFilter.matches(filter, run))
  const sorted = page.order === undefined || page.order === "" ? wanted : inOrder(wanted, page.order, username)
  return Paging.of(sorted, page, ({ document }) => document.name, RunNode.make)
})

// internal

const inOrder = (runs: ReadonlyArray<WireRun>, order: string, username: string): ReadonlyArray<WireRun> => {
  const { compare, standing } = RunOrder.make(order, username)
  return runs
    .map((run) => ({ run, stands: standing(run) }))
    .sort((a, b) => compare(a.stands, b.stands))
    .map(({ run }) => run)
}
