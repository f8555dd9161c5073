import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ExecutorError } from "@sweepline/core/ExecutorError"
import * as FileFailure from "./FileFailure.js"
import type { Subject } from "./Inspection.js"
import * as LiveJobs from "./LiveJobs.js"
import * as Liveness from "./Liveness.js"
import { ProcessTable } from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import type { Stopping } from "./Stopping.js"
import * as StopRequest from "./StopRequest.js"

/** Looks now and then at the jobs of which nobody tells: an earlier process's, and those whose launcher is gone. */
export interface Adoption {
  /** Takes on a job that runs, and goes on with what it was asked. */
  readonly adopt: (subject: Subject, now: number) => Effect.Effect<void, ExecutorError>
  /** There may be a job to look at from now on. */
  readonly look: () => void
}

/** Looks until the scope closes, every `interval` where there is such a job. */
export const make = Effect.fnUntraced(function* (options: {
  readonly runs: string
  readonly interval: Duration.Duration
  readonly stopping: Stopping
  readonly jobs: LiveJobs.LiveJobs
  /** A job's wrapper is gone. */
  readonly lost: (job: LiveJobs.LiveJob) => void
}): Effect.fn.Return<Adoption, never, ProcessTable | Scope.Scope> {
  const { interval, jobs, lost, runs, stopping } = options
  const table = yield* ProcessTable
  const some = yield* Effect.makeLatch(false)

  const lookAtAll = Effect.try({
    try: () => {
      const watched = jobs.all().filter((job) => !LiveJobs.isTold(job))
      if (watched.length === 0) return some.unsafeClose()
      const seen = table.look(watched.map((job) => job.claim.listed))
      for (const job of watched) if (!Liveness.isAlive(job.claim, seen.get(job.claim.listed))) lost(job)
    },
    catch: (cause) => FileFailure.toExecutorError("The local engine", runs, cause)
  }).pipe(Effect.catchAll((error) => Effect.logWarning("Could not look at adopted jobs", error)))

  yield* some.await.pipe(
    Effect.zipRight(Effect.sleep(interval)),
    Effect.zipRight(lookAtAll),
    Effect.forever,
    Effect.annotateLogs({ package: "@sweepline/executors", module: "Adoption", fiber: "adopted" }),
    Effect.forkScoped
  )

  return {
    adopt: Effect.fnUntraced(function* (subject, now) {
      // Before it is taken on: one that is known already isn't looked at for a request again.
      const request = yield* Effect.try({
        try: () => StopRequest.read(RunFolder.stop(subject.folder)),
        catch: (cause) => FileFailure.toExecutorError(subject.key, runs, cause)
      })
      const job = jobs.add({ ...subject, own: undefined, since: now })
      some.unsafeOpen()
      if (request !== undefined) yield* stopping.resume(job, request)
    }),
    look: () => some.unsafeOpen()
  }
})
