import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Executor, JobStatus } from "@sweepline/core/Executor"
import type { Job, JobHandle } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as Environment from "./Environment.js"
import * as FileFailure from "./FileFailure.js"
import * as Inspection from "./Inspection.js"
import * as KillSwitch from "./KillSwitch.js"
import * as Launcher from "./Launcher.js"
import * as ForkServer from "./ForkServer.js"
import * as LiveJobs from "./LiveJobs.js"
import * as Liveness from "./Liveness.js"
import * as OutputFile from "./OutputFile.js"
import * as ProcessGroup from "./ProcessGroup.js"
import * as Program from "./Program.js"
import * as ProcessTable from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import * as StopRequest from "./StopRequest.js"
import * as Stopping from "./Stopping.js"
import * as Submission from "./Submission.js"
import * as Timeouts from "./Timeouts.js"
import * as ToldEnds from "./ToldEnds.js"

/** What the local engine is told. */
export interface Options {
  /** The folder of all runs, absolute: `runs` in the state folder. It is made when it is needed. */
  readonly runs: string
  /** What jobs inherit. `undefined` is a variable that isn't set. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How often jobs that another process started are looked at; 500 ms. */
  readonly lookInterval?: Duration.DurationInput
  /** How long a wrapper may take to claim its job before it is given up; 10 seconds. */
  readonly claimTimeout?: Duration.DurationInput
  /** `shell` starts a shell for each run; `auto`, the default, a faster way where there is one (`ForkServer`). */
  readonly launcher?: "auto" | "shell"
}

export { killAllNow } from "./KillSwitch.js"

/** The engine over a given process table. Jobs outlive its scope; what they were asked goes on with the next engine. */
export const make = (
  options: Options
): Effect.Effect<Executor["Type"], never, ProcessTable.ProcessTable | Scope.Scope> =>
  Effect.gen(function* () {
    const table = yield* ProcessTable.ProcessTable
    const stopping = yield* Stopping.make
    const adopted = yield* Effect.makeLatch(false)
    const jobs = LiveJobs.make()
    const told = ToldEnds.make()
    const starting = new Set<Owned>()
    let closed = false
    const environment = Environment.base(options.environment)
    const locate = Program.remembering()
    const shells = yield* Launcher.direct(environment)
    const launcher =
      options.launcher !== "shell" && ForkServer.isAvailable() ? yield* ForkServer.make(environment, shells) : shells
    const claimTimeout = Duration.decode(options.claimTimeout ?? "10 seconds")
    const timeouts = yield* Timeouts.make(claimTimeout)
    const folderOf = (key: RunKey) => RunFolder.make(options.runs, key)
    const failure = (subject: string) => (cause: unknown) => FileFailure.toExecutorError(subject, options.runs, cause)

    const wrapperGone = (job: LiveJobs.LiveJob, end?: Launcher.End): void => {
      // One that ended in order ends its group itself.
      if (end?._tag === "Done") told.add(job.key, end)
      else killLeftover(table, job)
      jobs.end(job)
    }

    const lookAtAdopted = Effect.try({
      try: () => {
        const watched = jobs.all().filter((job) => !LiveJobs.isTold(job))
        if (watched.length === 0) return adopted.unsafeClose()
        const seen = table.look(watched.map((job) => job.claim.listed))
        for (const job of watched) if (!Liveness.isAlive(job.claim, seen.get(job.claim.listed))) wrapperGone(job)
      },
      catch: failure("The local engine")
    }).pipe(Effect.catchAll((error) => Effect.logWarning("Could not look at adopted jobs", error)))

    const adopt = Effect.fnUntraced(function* (subject: Inspection.Subject, now: number) {
      const job = jobs.add({ ...subject, own: undefined, since: now })
      adopted.unsafeOpen()
      const request = yield* Effect.try({
        try: () => StopRequest.read(RunFolder.stop(job.folder)),
        catch: failure(job.key)
      })
      if (request !== undefined) yield* stopping.resume(job, request)
    })

    const poll = Effect.fnUntraced(function* (handles: ReadonlyArray<JobHandle>) {
      const found = new Map<RunKey, JobStatus>()
      const subjects: Array<Inspection.Subject> = []
      for (const { data, key } of handles) {
        const known = jobs.get(key)
        const end = told.get(key)
        if (known !== undefined && LiveJobs.isTold(known)) found.set(key, JobStatus.Running())
        else if (end !== undefined)
          found.set(
            key,
            Liveness.ended(end.code, () => stopping.wasAsked(key, folderOf(key)))
          )
        else {
          const claim = Claim.parse(data)
          if (claim === undefined) found.set(key, JobStatus.Lost({ detail: `its handle can't be read: ${data}` }))
          else subjects.push({ key, folder: folderOf(key), claim })
        }
      }
      if (subjects.length === 0) return found
      const now = yield* Clock.currentTimeMillis
      const seen = yield* Effect.try({
        try: () => Inspection.statuses(table, subjects, stopping.wasAsked),
        catch: failure("The local engine")
      })
      for (const subject of subjects) {
        const status = seen.get(subject.key)
        if (status === undefined) continue
        found.set(subject.key, status)
        if (status._tag === "Running" && jobs.get(subject.key) === undefined) yield* adopt(subject, now)
      }
      return found
    })

    /** The handle of a claimed key. Looking at it adopts a job that runs and refuses a foreign one. */
    const held = Effect.fnUntraced(function* (key: RunKey) {
      const claim = yield* Submission.readClaim(key, folderOf(key))
      if (claim === undefined) return undefined
      const handle = { key, data: Claim.line(claim) }
      yield* poll([handle])
      return handle
    })

    const own = (job: Omit<LiveJobs.LiveJob, "ended" | "since">, started: Launcher.Started) =>
      Effect.flatMap(Clock.currentTimeMillis, (since) => {
        const live = jobs.add({ ...job, since })
        const tell = () =>
          started.onEnd((end) => (end._tag === "Unknown" ? adopted.unsafeOpen() : wrapperGone(live, end)))
        // An end is told after the answer, or nobody would know what it is the end of.
        return Effect.sync(started.end() === undefined ? tell : () => queueMicrotask(tell))
      })

    const start = Effect.fnUntraced(function* (job: Job, key: RunKey) {
      const folder = folderOf(key)
      const prepared = yield* Effect.try({
        try: () => Submission.prepare(job, key, folder, { environment, locate }),
        catch: (cause) => FileFailure.toExecutorError(key, folder.attempt, cause)
      })
      yield* launcher.ready
      const owned = { key, folder }
      while (true) {
        const token = randomUUID()
        if (closed) return yield* Effect.fail(killed(key))
        starting.add(owned)
        const started = launcher.start({ ...prepared, claim: Claim.middle(table.here, token) })
        const claim = yield* Submission.awaitClaim(key, folder, started, {
          timeout: claimTimeout,
          timeouts,
          here: table.here
        }).pipe(Effect.ensuring(Effect.sync(() => starting.delete(owned))))
        // The launcher is gone. To start another wrapper is safe: the first to claim runs.
        if (claim === undefined) continue
        const handle = { key, data: Claim.line(claim) }
        if (claim.token === token) yield* own({ key, folder, claim, own: started }, started)
        else yield* poll([handle])
        return handle
      }
    })

    yield* adopted.await.pipe(
      Effect.zipRight(Effect.sleep(Duration.decode(options.lookInterval ?? "500 millis"))),
      Effect.zipRight(lookAtAdopted),
      Effect.forever,
      Effect.annotateLogs({ package: "@sweepline/executors", module: "LocalExecutor", fiber: "adopted" }),
      Effect.forkScoped
    )
    yield* KillSwitch.register(() => {
      closed = true
      killNow(table, stopping, jobs.all(), starting)
    })

    return Executor.of({
      // What was started must be known to be, so a submit can't be interrupted half-way.
      submit: (job, key) =>
        Effect.uninterruptible(
          Effect.flatMap(held(key), (handle) => (handle === undefined ? start(job, key) : Effect.succeed(handle)))
        ),
      poll,
      cancel: Effect.fn("LocalExecutor.cancel")(function* (handle, grace) {
        yield* poll([handle])
        const job = jobs.get(handle.key)
        if (job !== undefined) yield* stopping.ask(job, grace)
      }),
      find: (key) => Effect.map(held(key), Option.fromNullable),
      output: (handle, offset, max) =>
        Effect.try({
          try: () => {
            const end = told.get(handle.key)
            return end !== undefined && offset >= end.output
              ? nothing
              : OutputFile.read(RunFolder.output(folderOf(handle.key)), offset, max)
          },
          catch: (cause) => FileFailure.toExecutorError(handle.key, RunFolder.output(folderOf(handle.key)), cause)
        }),
      changes: jobs.changes
    })
  })

/** The engine of this machine. Fails where its processes can't be listed. */
export const layer = (options: Options): Layer.Layer<Executor, ExecutorError> =>
  Layer.provide(layerProcessTable(options), ProcessTable.layer)

/** The engine over a process table of the caller's, for faults and foreign machines in tests. */
export const layerProcessTable = (options: Options): Layer.Layer<Executor, never, ProcessTable.ProcessTable> =>
  Layer.scoped(Executor, make(options))

// internal

const killed = (key: RunKey): ExecutorError =>
  new ExecutorError({ reason: "Unavailable", subject: key, detail: "all runs were killed, so no more are started" })

const nothing = new Uint8Array(0)

interface Owned {
  readonly key: RunKey
  readonly folder: RunFolder.RunFolder
}

/**
 * A wrapper that ended in order wrote the exit code and took its group with it; any other left it to us.
 * Called from an event of Node's, where a failure would end the process; the next poll tries again.
 */
const killLeftover = (table: ProcessTable.ProcessTable["Type"], job: LiveJobs.LiveJob): void => {
  if (existsSync(RunFolder.exitCode(job.folder))) return
  try {
    ProcessGroup.killRest(table, job.claim, { runFolder: job.folder.run, fresh: true })
  } catch {
    // The processes can't be listed at the moment.
  }
}

const killNow = (
  table: ProcessTable.ProcessTable["Type"],
  stopping: Stopping.Stopping,
  jobs: ReadonlyArray<Owned & { readonly claim: Claim.Claim }>,
  starting: ReadonlySet<Owned>
): void => {
  for (const { folder, key } of [...jobs, ...starting]) stopping.note(key, folder, { deadline: 0, grace: 0 })
  const claims = jobs.map((job) => job.claim)
  for (const { folder } of starting) {
    const claim = claimOrGiveUp(table, folder)
    if (claim !== undefined) claims.push(claim)
  }
  const seen = table.look(claims.map((claim) => claim.listed))
  const alive = claims.filter((claim) => Liveness.isAlive(claim, seen.get(claim.listed)))
  // First what needs no look at all processes, should there be no file left to read them with.
  for (const claim of alive) table.signal(claim.pid, "SIGKILL")
  ProcessGroup.signal(table, alive, ["SIGKILL"])
}

/** What hasn't claimed yet never will; what has is killed with the others. */
const claimOrGiveUp = (
  table: ProcessTable.ProcessTable["Type"],
  folder: RunFolder.RunFolder
): Claim.Claim | undefined => {
  const path = RunFolder.claim(folder)
  try {
    // Its wrapper may not have made its folder yet.
    RunFolder.create(folder)
    if (Claim.giveUp(path, table.here)) return undefined
    let reading = Claim.read(path)
    // Its wrapper is between making the file and writing the line: that takes microseconds.
    for (let waited = 0; reading.kind === "incomplete" && waited < 100; waited++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      reading = Claim.read(path)
    }
    return reading.kind === "held" ? reading.claim : undefined
  } catch {
    // The disk is full, for example: the other jobs are to be killed all the same.
    return undefined
  }
}
