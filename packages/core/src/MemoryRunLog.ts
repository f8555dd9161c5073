import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { CommError } from "./CommError.js"
import type { StoredRun } from "./internal/memoryRun.js"
import type { StoredSweep } from "./internal/memorySweep.js"
import { MemoryStore } from "./MemoryStore.js"
import { tailNumber } from "./RowSource.js"
import type { RunId } from "./RunId.js"
import * as RunKey from "./RunKey.js"
import { RunLog } from "./RunLog.js"
import type { SweepId } from "./SweepId.js"

const pageSize = 1000

const make: Effect.Effect<RunLog["Type"], never, MemoryStore> = Effect.map(MemoryStore, ({ contents }) => {
  const inRun = <A>(
    operation: string,
    id: SweepId,
    run: RunId,
    use: (run: StoredRun, sweep: StoredSweep) => A
  ): Effect.Effect<A, CommError> =>
    Effect.suspend(() => {
      const sweep = contents.sweeps.get(id)
      const stored = sweep?.runs.get(run)
      if (sweep !== undefined && stored !== undefined) return Effect.succeed(use(stored, sweep))
      return new CommError({
        reason: "Status",
        status: 404,
        operation: `${operation} run ${run}`,
        detail: `Sweep ${id} has no such run`,
        retryable: false
      })
    })

  return {
    append: ({ sweep: id, key, rows, offset, source }) =>
      inRun("store rows of", id, RunKey.run(key), (run, sweep) => {
        const tail = tailNumber(key, source)
        if (offset <= (run.log?.offsets.get(tail) ?? 0)) return
        run.logged().offsets.set(tail, offset)
        sweep.append(run, rows)
      }),
    cursor: ({ sweep, key, source }) =>
      inRun("read how far went the log of", sweep, RunKey.run(key), ({ log }) => ({
        offset: log?.offsets.get(tailNumber(key, source)) ?? 0,
        nextStep: log?.nextStep ?? 0
      })),
    rows: ({ sweep, run }) =>
      Stream.paginateChunkEffect(0, (from) =>
        inRun("read the rows of", sweep, run, ({ log }) => {
          const page = log?.rows.slice(from, from + pageSize) ?? []
          const next = page.length < pageSize ? Option.none<number>() : Option.some(from + pageSize)
          return [Chunk.unsafeFromArray(page), next] as const
        })
      )
  }
})

/** The rows of a memory store's runs. A page of `rows` is read when it is asked for. */
export const layer: Layer.Layer<RunLog, never, MemoryStore> = Layer.effect(RunLog, make)
