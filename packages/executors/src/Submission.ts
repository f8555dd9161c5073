import { randomUUID } from "node:crypto"
import { statSync } from "node:fs"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Job, JobHandle } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as Claiming from "./Claiming.js"
import * as Environment from "./Environment.js"
import * as FileFailure from "./FileFailure.js"
import type * as KillNow from "./KillNow.js"
import type * as Launcher from "./Launcher.js"
import { ProcessTable } from "./ProcessTable.js"
import * as Program from "./Program.js"
import * as RunFolder from "./RunFolder.js"
import * as Timeouts from "./Timeouts.js"
import type { Watch } from "./Watch.js"

/** Starts jobs that have no claim yet. */
export interface Submission {
  /** Starts a job and has it watched; or, where somebody else was faster, answers the handle of theirs. */
  readonly start: (job: Job, key: RunKey) => Effect.Effect<JobHandle, ExecutorError>
  /** From now on nothing is started; answers what is about to begin. Synchronous, for a signal handler. */
  readonly halt: () => ReadonlySet<KillNow.Job>
}

/** Starts jobs through a launcher, which may take until `claimTimeout` for each. */
export const make = Effect.fnUntraced(function* (options: {
  readonly runs: string
  readonly environment: Environment.Environment
  readonly launcher: Launcher.Launcher
  readonly claimTimeout: Duration.Duration
  readonly watch: Watch
}): Effect.fn.Return<Submission, never, ProcessTable | Scope.Scope> {
  const { claimTimeout, environment, launcher, runs, watch } = options
  const { here } = yield* ProcessTable
  const timeouts = yield* Timeouts.make(claimTimeout)
  const locate = Program.remembering()
  const starting = new Set<KillNow.Job>()
  let halted = false

  /** Sees a wrapper to its claim, and its job watched. `undefined`: its launcher is gone. */
  const begin = Effect.fnUntraced(function* (owned: KillNow.Job, prepared: Omit<Launcher.Start, "claim">) {
    const { folder, key } = owned
    const token = randomUUID()
    const started = launcher.start({ ...prepared, claim: Claim.middle(here, token) })
    const claim = yield* Claiming.awaited(key, folder, started, { timeout: claimTimeout, timeouts, here })
    if (claim === undefined) return undefined
    const handle = { key, data: Claim.line(claim) }
    if (claim.token === token) yield* watch.own({ key, folder, claim }, started)
    else yield* watch.poll([handle])
    return handle
  })

  const start = Effect.fnUntraced(function* (job: Job, key: RunKey) {
    const folder = RunFolder.make(runs, key)
    const prepared = yield* Effect.try({
      try: () => prepare(job, key, folder, { environment, locate }),
      catch: (cause) => FileFailure.toExecutorError(key, folder.attempt, cause)
    })
    yield* launcher.ready
    const owned = { key, folder }
    while (true) {
      if (halted) return yield* Effect.fail(killed(key))
      starting.add(owned)
      // Until the job is watched: in between, who kills all jobs would know of none.
      const handle = yield* Effect.ensuring(
        begin(owned, prepared),
        Effect.sync(() => starting.delete(owned))
      )
      // To start another wrapper is safe: the first to claim runs.
      if (handle !== undefined) return handle
    }
  })

  return {
    start,
    halt: () => {
      halted = true
      return starting
    }
  }
})

// internal

/** Checks a job, so that all that can be known to fail fails before a process is started. Throws, also Node's error. */
const prepare = (
  job: Job,
  key: RunKey,
  folder: RunFolder.RunFolder,
  options: { readonly environment: Environment.Environment; readonly locate: Program.Locate }
): Omit<Launcher.Start, "claim"> => {
  const [name, ...rest] = job.argv
  const env = Environment.changes(job.env, { run: folder.run, cwd: job.cwd })
  if (statSync(job.cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw refused(key, `there is no folder ${job.cwd} to run in. Start the sweep from a folder that exists`)
  }
  const program = options.locate(name, job.cwd, Environment.get(options.environment, env, "PATH"))
  if ("problem" in program) throw refused(key, program.problem)
  for (const file of job.files.keys()) {
    if (!RunFolder.isFileName(file)) throw refused(key, `"${file}" is no name of a file in the run's folder`)
  }
  // The path, not the name: the shell takes some names for its own commands, `exit` for one.
  return { folder, files: job.files, argv: [program.path, ...rest], env, cwd: job.cwd }
}

const refused = (key: RunKey, detail: string): ExecutorError =>
  new ExecutorError({ reason: "Refused", subject: key, detail })

const killed = (key: RunKey): ExecutorError =>
  new ExecutorError({ reason: "Unavailable", subject: key, detail: "all runs were killed, so no more are started" })
