import * as Path from "@effect/platform/Path"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import * as ProcessTable from "@sweepline/executors/ProcessTable"
import * as Vacancy from "@sweepline/executors/Vacancy"
import * as Effect from "effect/Effect"
import * as Abandonment from "./Abandonment.js"
import * as Local from "./Local.js"
import type * as Report from "./SweepReport.js"

/**
 * The runs of a sweep that have ended and that nobody saw end, because no process works on it: the backend still has
 * them as running. What can't be told of is left out.
 */
export const of = Effect.fnUntraced(function* (dir: string, { runs, sweep }: Report.SweepReport) {
  const alive = runs.filter(({ state }) => RunState.isAlive(state))
  if (alive.length === 0 || !(yield* Abandonment.hasNobody(sweep.id))) return nobody
  const path = yield* Path.Path
  const root = Local.runsDirectory(path.resolve(dir))
  const keys = alive.map(({ attempt, id }) => RunKey.make(id, Math.max(1, attempt)))
  // It adds to what is shown: processes that can't be listed, or a folder that can't be read, take none of that away.
  const over = yield* Effect.orElseSucceed(vacant(root, keys), () => [])
  return new Set<RunId>(over.map(RunKey.run))
})

// internal

const nobody: ReadonlySet<RunId> = new Set()

const vacant = (root: string, keys: ReadonlyArray<RunKey.RunKey>) =>
  ProcessTable.ProcessTable.pipe(
    Effect.flatMap((table) => Effect.try(() => Vacancy.of(table, root, keys))),
    Effect.provide(ProcessTable.layer)
  )
