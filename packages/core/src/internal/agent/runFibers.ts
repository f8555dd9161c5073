import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Scope from "effect/Scope"
import * as HeldHandle from "../../HeldHandle.js"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import * as LaunchAgentMetrics from "../../LaunchAgentMetrics.js"
import type { QueueItem } from "../../LaunchQueue.js"
import type { RunKey } from "../../RunKey.js"
import { meter } from "../metering.js"
import * as liveRun from "./liveRun.js"
import type { Execute } from "./runExecution.js"
import type { SlotDesk } from "./slotDesk.js"
import type { StopRequests } from "./stopRequests.js"

/** The runs of an agent, each in a fiber of its own. */
export interface RunFibers {
  /** Takes leased items on; `adopted` ones, and those that say that they were submitted, may have a job already. */
  readonly admit: (items: ReadonlyArray<QueueItem>, adopted: boolean) => Effect.Effect<void>
  /** Never ends, but with the defect of a run: jobs go on, and the next agent finds them. */
  readonly defects: Effect.Effect<void>
}

/**
 * No runs. When the scope closes they are interrupted; what they have begun may finish for a while, and is then
 * abandoned.
 */
export const make = Effect.fnUntraced(function* (options: {
  /** Written here alone: which runs there are. */
  readonly live: Map<RunKey, liveRun.LiveRun>
  readonly desk: SlotDesk
  readonly stops: StopRequests
  readonly execute: Execute
}): Effect.fn.Return<RunFibers, never, LaunchAgentConfig | Scope.Scope> {
  const { desk, execute, live, stops } = options
  const { shutdownGrace } = yield* LaunchAgentConfig
  const scope = yield* abandonedAfter(shutdownGrace)
  const fibers = yield* Scope.extend(FiberMap.make<RunKey, void, never>(), scope)
  const fork = yield* FiberMap.runtime(fibers)()
  const count = yield* meter

  const forget = (run: liveRun.LiveRun) =>
    Effect.sync(() => {
      live.delete(run.key)
      desk.leave(run)
      count(LaunchAgentMetrics.activeRuns, live.size)
    })

  const enter = (item: QueueItem, adopted: boolean): liveRun.LiveRun => {
    const run = liveRun.make(item, adopted)
    if (adopted) desk.adopt(run, item.handle === undefined ? undefined : HeldHandle.decode(item.handle).slot)
    else desk.take(run)
    live.set(run.key, run)
    return run
  }

  return {
    admit: Effect.fnUntraced(function* (items, adopted) {
      const runs: Array<liveRun.LiveRun> = []
      for (const item of items) {
        // A lease that ran out comes back to the agent that still has the run.
        if (!live.has(item.request.key)) runs.push(enter(item, adopted || item.submitted === true))
      }
      // One read for all, made by whichever needs it first.
      const asked = runs.length > 1 ? yield* Effect.cached(stops.read(runs)) : stops.read(runs)
      for (const run of runs) {
        yield* stops.follow(run.item.request.sweep)
        fork(run.key, Effect.ensuring(execute(run, asked), forget(run)), { onlyIfMissing: true })
      }
      count(LaunchAgentMetrics.activeRuns, live.size)
    }),
    defects: FiberMap.join(fibers)
  }
})

// internal

/** A scope that closes with the current one, which doesn't wait for it any longer than this. */
const abandonedAfter = Effect.fnUntraced(function* (grace: Duration.Duration) {
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer((exit) =>
    Scope.close(scope, exit).pipe(Effect.disconnect, Effect.interruptible, Effect.timeoutOption(grace))
  )
  return scope
})
