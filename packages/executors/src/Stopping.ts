import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import type * as Scope from "effect/Scope"
import type { RunKey } from "@sweepline/core/RunKey"
import type { LiveJob } from "./LiveJobs.js"
import * as ProcessGroup from "./ProcessGroup.js"
import { ProcessTable } from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import * as StopRequest from "./StopRequest.js"

/** Ends jobs: SIGTERM, and SIGKILL for what is left after the grace time. */
export interface Stopping {
  /**
   * Asks a job to end. Asked again, the shorter grace time holds, and no second SIGTERM is sent.
   * Returns when that is under way.
   */
  readonly ask: (job: LiveJob, grace: Duration.Duration) => Effect.Effect<void>
  /** Goes on with what an earlier process asked for: SIGTERM again, and the rest of the grace time. */
  readonly resume: (job: LiveJob, request: StopRequest.StopRequest) => Effect.Effect<void>
  /** Notes that a job is being stopped, before it is. Synchronous, for a signal handler. */
  readonly note: (key: RunKey, folder: RunFolder.RunFolder, request: StopRequest.StopRequest) => void
  /** Whether a job was asked, by this process or an earlier one. */
  readonly wasAsked: (key: RunKey, folder: RunFolder.RunFolder) => boolean
}

/** The fibers that wait out the grace times end with the scope; whoever adopts the jobs resumes them. */
export const make: Effect.Effect<Stopping, never, ProcessTable | Scope.Scope> = Effect.gen(function* () {
  const table = yield* ProcessTable
  const waiting = yield* FiberMap.make<RunKey>()
  const deadlines = new Map<RunKey, number>()
  /** Asked for, but the file could not be written: the disk is full, for example. */
  const unwritten = new Set<RunKey>()

  const note: Stopping["note"] = (key, folder, request) => {
    try {
      StopRequest.write(RunFolder.stop(folder), request)
    } catch {
      // The job is stopped all the same; only a later process would take it for crashed.
      unwritten.add(key)
    }
  }

  const send = (job: LiveJob, signals: ReadonlyArray<NodeJS.Signals>) =>
    Effect.try(() => ProcessGroup.signal(table, [job.claim], signals)).pipe(
      Effect.catchAll((error) => Effect.logWarning("Could not look at the processes of a job to stop", error.cause)),
      Effect.annotateLogs({ package: "@sweepline/executors", module: "Stopping", run: job.key })
    )

  /** A stopped process notices nothing but SIGKILL until it is continued. */
  const terminate = (job: LiveJob) => send(job, ["SIGTERM", "SIGCONT"])

  const killRest = (job: LiveJob) =>
    Effect.try(() => ProcessGroup.killRest(table, job.claim, { runFolder: job.folder.run, fresh: true })).pipe(
      Effect.catchAll((error) => Effect.logWarning("Could not look for what a job left behind", error.cause)),
      Effect.annotateLogs({ package: "@sweepline/executors", module: "Stopping", run: job.key })
    )

  const escalate = Effect.fnUntraced(function* (job: LiveJob, now: number, grace: number) {
    let waited = 0
    let ended = false
    for (const after of now - job.since < youth ? askAgain.filter((millis) => millis < grace) : []) {
      ended = yield* endsWithin(job, after - waited)
      if (ended) break
      yield* terminate(job)
      waited = after
    }
    ended ||= yield* endsWithin(job, grace - waited)
    yield* ended ? killRest(job) : send(job, ["SIGKILL"])
    deadlines.delete(job.key)
  })

  const begin = Effect.fnUntraced(function* (job: LiveJob, now: number, grace: number) {
    const known = deadlines.get(job.key)
    const deadline = now + grace
    if (known !== undefined && known <= deadline) return
    deadlines.set(job.key, deadline)
    note(job.key, job.folder, { deadline, grace })
    // At once, not in the fiber: the scope may close as soon as this returns.
    if (grace === 0) yield* send(job, ["SIGKILL"])
    else if (known === undefined) yield* terminate(job)
    yield* FiberMap.run(waiting, job.key, escalate(job, now, grace))
  })

  return {
    ask: (job, grace) => Effect.flatMap(Clock.currentTimeMillis, (now) => begin(job, now, Duration.toMillis(grace))),
    resume: (job, request) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => begin(job, now, StopRequest.remaining(request, now))),
    note,
    wasAsked: (key, folder) => unwritten.has(key) || StopRequest.read(RunFolder.stop(folder)) !== undefined
  }
})

// internal

/**
 * A wrapper that hasn't started its program yet takes the SIGTERM for itself, and the
 * program hears nothing of it. So a job that is known for less than this many
 * milliseconds is asked again, this many milliseconds later.
 */
const youth = 100
const askAgain: ReadonlyArray<number> = [100, 500]

/** Whether a job ends within some milliseconds. */
const endsWithin = (job: LiveJob, millis: number): Effect.Effect<boolean> =>
  job.ended.await.pipe(
    Effect.as(true),
    Effect.timeoutTo({ duration: millis, onTimeout: () => false, onSuccess: (ended) => ended })
  )
