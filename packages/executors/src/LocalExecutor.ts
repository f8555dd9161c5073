import { randomUUID } from "node:crypto"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Executor } from "@sweepline/core/Executor"
import type { Job } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as Environment from "./Environment.js"
import * as FileFailure from "./FileFailure.js"
import * as KillNow from "./KillNow.js"
import * as KillSwitch from "./KillSwitch.js"
import * as Launcher from "./Launcher.js"
import * as ForkServer from "./ForkServer.js"
import * as OutputFile from "./OutputFile.js"
import * as Program from "./Program.js"
import * as ProcessTable from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import * as Stopping from "./Stopping.js"
import * as Submission from "./Submission.js"
import * as Timeouts from "./Timeouts.js"
import * as Watch from "./Watch.js"

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
    const { held, jobs, outputOf, own, poll } = yield* Watch.make({
      runs: options.runs,
      interval: Duration.decode(options.lookInterval ?? "500 millis"),
      stopping
    })
    const starting = new Set<KillNow.Job>()
    let closed = false
    const environment = Environment.base(options.environment)
    const locate = Program.remembering()
    const shells = yield* Launcher.direct(environment)
    const launcher =
      options.launcher !== "shell" && ForkServer.isAvailable() ? yield* ForkServer.make(environment, shells) : shells
    const claimTimeout = Duration.decode(options.claimTimeout ?? "10 seconds")
    const timeouts = yield* Timeouts.make(claimTimeout)
    const folderOf = (key: RunKey) => RunFolder.make(options.runs, key)

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
        if (claim.token === token) yield* own({ key, folder, claim }, started)
        else yield* poll([handle])
        return handle
      }
    })

    yield* KillSwitch.register(() => {
      closed = true
      KillNow.killNow(table, stopping, jobs.all(), starting)
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
            const whole = outputOf(handle.key)
            return whole !== undefined && offset >= whole
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
