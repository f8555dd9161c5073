import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { CommError } from "./CommError.js"
import type { Contents } from "./internal/memoryContents.js"
import { StoredRun } from "./internal/memoryRun.js"
import type { StoredSweep } from "./internal/memorySweep.js"
import { MemoryStore } from "./MemoryStore.js"
import { SweepAdmin } from "./SweepAdmin.js"
import * as SweepConfig from "./SweepConfig.js"
import type { SweepId } from "./SweepId.js"
import { SweepNotFoundError } from "./SweepNotFoundError.js"

const make: Effect.Effect<SweepAdmin["Type"], never, MemoryStore> = Effect.map(MemoryStore, ({ contents }) => ({
  findRun: (id) =>
    Effect.sync(() => {
      for (const sweep of contents.sweeps.values()) {
        const run = sweep.runs.get(id)
        if (run !== undefined) return Option.some({ sweep: sweep.id, run: run.record() })
      }
      return Option.none()
    }),
  adoptRun: Effect.fnUntraced(function* ({ run: id, sweep: sweepId, trial }) {
    const sweep = yield* find(contents, sweepId)
    const now = yield* Clock.currentTimeMillis
    for (const { runs } of contents.sweeps.values()) {
      if (runs.has(id)) return yield* refused(`create run ${id}`, 409, "another run has this id")
    }
    sweep.add(new StoredRun(id, sweep.history.length, trial, now, undefined))
  }),
  changedRuns: (id) =>
    Effect.map(find(contents, id), ({ history }) => ({ mark: 0, runs: history.map((run) => run.id) })),
  runCount: (id) => Effect.map(find(contents, id), ({ history }) => history.length),
  targetReached: (id) => Effect.map(find(contents, id), (sweep) => sweep.targetReached),
  setConfig: Effect.fnUntraced(function* ({ config: text, sweep: sweepId }) {
    const sweep = yield* find(contents, sweepId)
    const operation = `set the config of sweep ${sweepId}`
    const config = yield* Effect.mapError(SweepConfig.parse({ file: "the sweep config", text }), (error) =>
      refused(operation, 400, error.message)
    )
    sweep.reconfigure(config)
  })
}))

/** What a server asks of a memory store. */
export const layer: Layer.Layer<SweepAdmin, never, MemoryStore> = Layer.effect(SweepAdmin, make)

// internal

const find = (contents: Contents, id: SweepId): Effect.Effect<StoredSweep, SweepNotFoundError> =>
  Effect.suspend(() => {
    const sweep = contents.sweeps.get(id)
    return sweep === undefined ? new SweepNotFoundError({ kind: "sweep", id }) : Effect.succeed(sweep)
  })

const refused = (operation: string, status: number, detail: string): CommError =>
  new CommError({ reason: "Status", operation, status, detail, retryable: false })
