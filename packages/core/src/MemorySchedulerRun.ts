import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { CommError } from "./CommError.js"
import type { StoredOwnRun } from "./internal/memorySweep.js"
import { LeaseHeldError } from "./LeaseHeldError.js"
import { MemoryStore } from "./MemoryStore.js"
import type { PythonDict } from "./PythonValue.js"
import { RunId } from "./RunId.js"
import * as RunState from "./RunState.js"
import { SchedulerRun } from "./SchedulerRun.js"
import type { SweepId } from "./SweepId.js"
import { SweepNotFoundError } from "./SweepNotFoundError.js"

const make = (config: PythonDict): Effect.Effect<SchedulerRun["Type"], never, MemoryStore> =>
  Effect.map(MemoryStore, ({ contents }) => {
    const ownRunOf = (sweep: SweepId): Effect.Effect<StoredOwnRun, SweepNotFoundError> =>
      Effect.suspend(() => {
        const stored = contents.sweeps.get(sweep)
        return stored === undefined
          ? new SweepNotFoundError({ kind: "sweep", id: sweep })
          : Effect.succeed(stored.ownRun)
      })

    return {
      start: (sweep) =>
        Effect.as(Effect.acquireRelease(Effect.flatMap(ownRunOf(sweep), take(sweep)), release), {
          id: RunId.make(`${sweep}-scheduler`),
          config,
          lost: Effect.never
        }),
      state: (sweep) =>
        Effect.map(ownRunOf(sweep), ({ state }) => Either.fromOption(RunState.decodeOption(state), () => state)),
      finish: (sweep, exitCode) =>
        Effect.mapBoth(ownRunOf(sweep), {
          onFailure: (error) =>
            new CommError({
              reason: "Status",
              status: 404,
              operation: "end the scheduler's own run",
              detail: error.message,
              retryable: false
            }),
          onSuccess: (ownRun) => end(ownRun, exitCode)
        })
    }
  })

/**
 * The own runs of a memory store's sweeps, all with the same run config, empty unless given. A lease lasts
 * until its scope closes, or until the store is encoded and read back, which stands for the holder's death.
 */
export const layer = (config: PythonDict = new Map()): Layer.Layer<SchedulerRun, never, MemoryStore> =>
  Layer.effect(SchedulerRun, make(config))

// internal

const take =
  (sweep: SweepId) =>
  (ownRun: StoredOwnRun): Effect.Effect<StoredOwnRun, LeaseHeldError> => {
    if (ownRun.held) return new LeaseHeldError({ sweep, holder: "this process", lost: false })
    ownRun.held = true
    ownRun.state = "running"
    ownRun.exitCode = undefined
    return Effect.succeed(ownRun)
  }

const release = (ownRun: StoredOwnRun): Effect.Effect<void> =>
  Effect.sync(() => {
    ownRun.held = false
  })

const end = (ownRun: StoredOwnRun, exitCode: number): void => {
  const known = RunState.decodeOption(ownRun.state)
  if (Option.isSome(known) && RunState.isTerminal(known.value)) return
  ownRun.state = exitCode === 0 ? "finished" : "failed"
  ownRun.exitCode = exitCode
}
