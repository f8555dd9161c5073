import { existsSync } from "node:fs"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Executor, type JobHandle, JobStatus } from "@sweepline/core/Executor"
import type { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Adoption from "./Adoption.js"
import * as Claim from "./Claim.js"
import * as Claiming from "./Claiming.js"
import * as FileFailure from "./FileFailure.js"
import * as Inspection from "./Inspection.js"
import * as LiveJobs from "./LiveJobs.js"
import * as Liveness from "./Liveness.js"
import * as ProcessGroup from "./ProcessGroup.js"
import { ProcessTable } from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import type * as Started from "./Started.js"
import type { Stopping } from "./Stopping.js"
import * as ToldEnds from "./ToldEnds.js"

/**
 * Knows what became of jobs. The wrappers that this process has started tell of their ends; jobs that an earlier process
 * started, or whose launcher is gone, are adopted when somebody first asks for them, and looked at from then on.
 */
export interface Watch {
  readonly poll: Executor["Type"]["poll"]
  /** The handle of a claimed key; refuses a foreign one. Its job notices nothing of that. */
  readonly find: (key: RunKey) => Effect.Effect<JobHandle | undefined, ExecutorError>
  /** Watches a job whose wrapper this process has started, once it is claimed. */
  readonly own: (
    job: Omit<LiveJobs.LiveJob, "ended" | "own" | "since">,
    started: Started.Started
  ) => Effect.Effect<void>
  /** How many bytes of output a job has that told of its end; `undefined` where its file has to be asked. */
  readonly outputOf: (key: RunKey) => number | undefined
  /** The jobs that run, as far as this process knows. */
  readonly jobs: LiveJobs.LiveJobs
}

/** Watches until the scope closes; `interval` is how often the adopted jobs are looked at. */
export const make = Effect.fnUntraced(function* (options: {
  readonly runs: string
  readonly interval: Duration.Duration
  readonly stopping: Stopping
}): Effect.fn.Return<Watch, never, ProcessTable | Scope.Scope> {
  const { interval, runs, stopping } = options
  const table = yield* ProcessTable
  const jobs = LiveJobs.make()
  const told = ToldEnds.make()
  const folderOf = (key: RunKey) => RunFolder.make(runs, key)

  /** A wrapper is gone that didn't say so. */
  const lost = (job: LiveJobs.LiveJob): void => {
    killLeftover(table, job)
    jobs.end(job)
  }

  const adoption = yield* Adoption.make({ runs, interval, stopping, jobs, lost })

  /** What needs no look: a job that runs and will tell of its end, or has told of it. */
  const knownStatus = (key: RunKey): JobStatus | undefined => {
    const job = jobs.get(key)
    if (job !== undefined && LiveJobs.isTold(job)) return JobStatus.Running()
    const end = told.get(key)
    return end && Liveness.ended(end.code, () => stopping.wasAsked(key, folderOf(key)))
  }

  /** The subjects of errors that were told of: a job is polled again and again. */
  const said = new Set<string>()
  const sayOnce = (error: ExecutorError): Effect.Effect<void> => {
    if (said.has(error.subject)) return Effect.void
    said.add(error.subject)
    return Effect.logWarning("A job can't be looked at from here", error).pipe(
      Effect.annotateLogs({ package: "@sweepline/executors", module: "Watch", run: error.subject })
    )
  }

  const poll = Effect.fnUntraced(function* (handles: ReadonlyArray<JobHandle>) {
    const found = new Map<RunKey, JobStatus>()
    const subjects: Array<Inspection.Subject> = []
    for (const { data, key } of handles) {
      const known = knownStatus(key)
      const claim = known === undefined ? Claim.parse(data) : undefined
      if (claim !== undefined) subjects.push({ key, folder: folderOf(key), claim })
      else found.set(key, known ?? JobStatus.Lost({ detail: `its handle can't be read: ${data}` }))
    }
    if (subjects.length === 0) return found
    const now = yield* Clock.currentTimeMillis
    const { foreign, statuses } = yield* Effect.try({
      try: () => Inspection.look(table, subjects, stopping.wasAsked),
      catch: (cause) => FileFailure.toExecutorError("The local engine", runs, cause)
    })
    const [first, ...others] = foreign
    if (first !== undefined) {
      // What can be told of others must not get lost with it; of several, the error tells of the first.
      const isAll = found.size + statuses.size === 0
      yield* Effect.forEach(isAll ? others : foreign, sayOnce, { discard: true })
      if (isAll) return yield* Effect.fail(first)
    }
    for (const subject of subjects) {
      const status = statuses.get(subject.key)
      if (status === undefined) continue
      found.set(subject.key, status)
      if (status._tag === "Running" && jobs.get(subject.key) === undefined) yield* adoption.adopt(subject, now)
    }
    return found
  })

  const find = Effect.fnUntraced(function* (key: RunKey) {
    const folder = folderOf(key)
    const claim = yield* Claiming.find(key, folder)
    if (claim === undefined) return undefined
    yield* Effect.try({
      try: () => Inspection.refuseForeign(table, { key, folder, claim }),
      catch: (cause) => FileFailure.toExecutorError(key, runs, cause)
    })
    return { key, data: Claim.line(claim) }
  })

  const own: Watch["own"] = (job, started) =>
    Effect.map(Clock.currentTimeMillis, (since) => {
      const live = jobs.add({ ...job, own: started, since })
      const onEnd = (end: Started.End): void => {
        if (end._tag === "Unknown") return adoption.look()
        if (end._tag !== "Done") return lost(live)
        // One that ended in order ends its group itself.
        told.set(job.key, end)
        jobs.end(live)
      }
      // An end is told after the answer, or nobody would know what it is the end of.
      if (started.end() === undefined) started.onEnd(onEnd)
      else queueMicrotask(() => started.onEnd(onEnd))
    })

  return { poll, find, own, outputOf: (key) => told.get(key)?.output, jobs }
})

// internal

/**
 * A wrapper that ended in order wrote the exit code and took its group with it; any other left it to us.
 * Called from an event of Node's, where a failure would end the process; the next poll tries again.
 */
const killLeftover = (table: ProcessTable["Type"], job: LiveJobs.LiveJob): void => {
  if (existsSync(RunFolder.exitCode(job.folder))) return
  try {
    ProcessGroup.killRest(table, job.claim, { runFolder: job.folder.run, fresh: true })
  } catch {
    // The processes can't be listed at the moment.
  }
}
