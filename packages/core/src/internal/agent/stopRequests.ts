import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import type * as Scope from "effect/Scope"
import { Executor, type JobHandle } from "../../Executor.js"
import { LaunchAgentConfig } from "../../LaunchAgentConfig.js"
import type { RunId } from "../../RunId.js"
import type { RunKey } from "../../RunKey.js"
import type { StopReason } from "../../StopReason.js"
import { SweepApi } from "../../SweepApi.js"
import type { SweepId } from "../../SweepId.js"
import { onEach } from "../../Signal.js"
import type { LiveRun, LiveRuns } from "./liveRun.js"

/** Looks for runs that were asked to stop, and tells their jobs to end. */
export interface StopRequests {
  /** Stop requests are to be looked for. */
  readonly due: () => void
  /** Which of these runs were asked to stop, in one read. What can't be read is as if it weren't asked: it is read again. */
  readonly read: (runs: ReadonlyArray<LiveRun>) => Effect.Effect<ReadonlyMap<RunKey, StopReason>>
  /** Tells the job of a run that should stop to end, once. */
  readonly signal: (run: LiveRun) => Effect.Effect<void>
  /** Listens to the changes of a sweep from now on. */
  readonly follow: (sweep: SweepId) => Effect.Effect<void>
  /** Listens no more to sweeps without live runs. */
  readonly tidy: Effect.Effect<void>
  readonly loop: Effect.Effect<void>
}

export const make: (
  live: LiveRuns
) => Effect.Effect<StopRequests, never, Executor | LaunchAgentConfig | Scope.Scope | SweepApi> = Effect.fnUntraced(
  function* (live) {
    const executor = yield* Executor
    const api = yield* SweepApi
    const config = yield* LaunchAgentConfig
    const latch = yield* Effect.makeLatch(false)
    const followed = yield* FiberMap.make<SweepId>()

    const due = () => latch.unsafeOpen()

    const hasRuns = (sweep: SweepId): boolean => {
      for (const { item } of live.values()) if (item.request.sweep === sweep) return true
      return false
    }

    const requested = (sweep: SweepId, runs: ReadonlyArray<LiveRun>) =>
      Effect.catchAll(api.stopRequests({ sweep, runs: runs.map(({ item }) => item.request.run) }), (error) =>
        Effect.as(Effect.logWarning("Could not read which runs should stop", error), new Map<RunId, StopReason>())
      )

    const read = Effect.fnUntraced(function* (runs: ReadonlyArray<LiveRun>) {
      const asked = new Map<RunKey, StopReason>()
      for (const [sweep, ofSweep] of bySweep(runs)) {
        const reasons = yield* requested(sweep, ofSweep)
        for (const { item, key } of ofSweep) {
          const reason = reasons.get(item.request.run)
          if (reason !== undefined) asked.set(key, reason)
        }
      }
      return asked
    })

    /** A job that has ended already, maybe while no agent lived, has ended by itself: it isn't told to. */
    const hasEnded = (handle: JobHandle) =>
      Effect.match(executor.poll([handle]), {
        onSuccess: (statuses) => (statuses.get(handle.key)?._tag ?? "Running") !== "Running",
        onFailure: () => false
      })

    const signal = Effect.fnUntraced(function* (run: LiveRun) {
      if (run.stop === undefined || run.handle === undefined || run.signalled || run.over) return
      if (yield* hasEnded(run.handle)) return
      if (run.signalled || run.over) return
      run.signalled = true
      yield* executor.cancel(run.handle, config.killGrace).pipe(
        Effect.catchTag("ExecutorError", (error) => {
          run.signalled = false
          return Effect.logWarning("Could not tell a job to end", error)
        }),
        Effect.annotateLogs({ runId: run.item.request.run })
      )
    })

    const look = Effect.gen(function* () {
      const unasked: Array<LiveRun> = []
      for (const run of live.values()) if (run.stop === undefined && !run.over) unasked.push(run)
      if (unasked.length > 0) {
        const asked = yield* read(unasked)
        for (const run of unasked) run.stop ??= asked.get(run.key)
      }
      const unsignalled = [...live.values()].filter((run) => run.stop !== undefined && !run.signalled)
      if (unsignalled.length > 0) yield* Effect.forEach(unsignalled, signal, { concurrency: 16, discard: true })
    })

    const follow = (sweep: SweepId) =>
      Effect.asVoid(
        FiberMap.run(
          followed,
          sweep,
          Effect.suspend(() => onEach(api.changes(sweep), due)),
          { onlyIfMissing: true }
        )
      )

    return {
      due,
      read,
      signal,
      follow,
      tidy: Effect.gen(function* () {
        const idle = Array.from(followed, ([sweep]) => sweep).filter((sweep) => !hasRuns(sweep))
        // Letting go of one takes a while, in which a run of the next may come, or of that one.
        for (const sweep of idle) {
          if (!hasRuns(sweep)) yield* FiberMap.remove(followed, sweep)
          if (hasRuns(sweep)) yield* follow(sweep)
        }
      }),
      loop: Effect.gen(function* () {
        const interval = Duration.toMillis(config.stopInterval)
        let lookedAt = Number.NEGATIVE_INFINITY
        while (true) {
          yield* latch.await
          // However often a sweep changes, the requests are looked for only so often; of a clock that was set back, no later.
          const early = Math.min(interval, lookedAt + interval - (yield* Clock.currentTimeMillis))
          if (early > 0) yield* Effect.sleep(Math.ceil(early))
          latch.unsafeClose()
          yield* look
          lookedAt = yield* Clock.currentTimeMillis
        }
      })
    }
  }
)

const bySweep = (runs: ReadonlyArray<LiveRun>): ReadonlyMap<SweepId, ReadonlyArray<LiveRun>> => {
  const groups = new Map<SweepId, Array<LiveRun>>()
  for (const run of runs) {
    const { sweep } = run.item.request
    const group = groups.get(sweep)
    if (group === undefined) groups.set(sweep, [run])
    else group.push(run)
  }
  return groups
}
