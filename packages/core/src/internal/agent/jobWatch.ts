import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { ExecutorError } from "../../ExecutorError.js"
import { Executor, type JobHandle, type JobStatus } from "../../Executor.js"
import * as Obstacle from "../../Obstacle.js"
import type { RunKey } from "../../RunKey.js"
import { onEach } from "../../Signal.js"
import type { LiveRun, LiveRuns } from "./liveRun.js"
import type { EndedStatus } from "./runOutcome.js"

/** Watches jobs: asks the engine about those that it speaks of at once, and about all of them now and then. */
export interface JobWatch {
  /** All jobs are to be asked about. */
  readonly due: () => void
  /** How the job of a run ended. */
  readonly ended: (run: LiveRun) => Effect.Effect<EndedStatus>
  /** Listens to the engine and asks it; one question for all jobs that there is reason to ask about. */
  readonly loop: Effect.Effect<void>
}

export const make = Effect.fnUntraced(function* (live: LiveRuns) {
  const executor = yield* Executor
  const latch = yield* Effect.makeLatch(false)
  let all = false

  const noticed = (key: RunKey) => {
    const run = live.get(key)
    if (run === undefined) return
    run.noticed = true
    // A job may end before its submit has answered; it is asked about as soon as it has a handle.
    if (run.handle !== undefined) latch.unsafeOpen()
  }

  const toAsk = (): ReadonlyArray<JobHandle> => {
    const handles: Array<JobHandle> = []
    for (const run of live.values()) {
      if (run.handle === undefined || run.over || !(all || run.noticed)) continue
      run.noticed = false
      handles.push(run.handle)
    }
    all = false
    return handles
  }

  const tell = (statuses: ReadonlyMap<RunKey, JobStatus>) => {
    for (const [key, status] of statuses) {
      const run = live.get(key)
      if (status._tag === "Running" || run === undefined) continue
      run.over = true
      Deferred.unsafeDone(run.ended, Effect.succeed(status))
    }
  }

  const obstacle = Obstacle.make((error: ExecutorError) =>
    Effect.logWarning("Could not ask the engine about its jobs", error)
  )

  const ask = Effect.gen(function* () {
    while (true) {
      yield* latch.await
      latch.unsafeClose()
      const handles = toAsk()
      if (handles.length === 0) continue
      yield* executor.poll(handles).pipe(
        Effect.matchEffect({
          // The next look at all jobs makes up for it.
          onFailure: obstacle.met,
          onSuccess: (statuses) => {
            tell(statuses)
            return obstacle.gone
          }
        })
      )
    }
  })

  return {
    due: () => {
      all = true
      latch.unsafeOpen()
    },
    ended: (run) =>
      Effect.suspend(() => {
        if (run.noticed) latch.unsafeOpen()
        return Deferred.await(run.ended)
      }),
    loop: Effect.all([onEach(executor.changes, noticed), ask], {
      concurrency: "unbounded",
      discard: true
    })
  } satisfies JobWatch
})
