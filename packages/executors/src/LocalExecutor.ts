import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Executor } from "@sweepline/core/Executor"
import type { ExecutorError } from "@sweepline/core/ExecutorError"
import * as Environment from "./Environment.js"
import * as FileFailure from "./FileFailure.js"
import * as KillNow from "./KillNow.js"
import * as KillSwitch from "./KillSwitch.js"
import * as Launcher from "./Launcher.js"
import * as ForkServer from "./ForkServer.js"
import * as OutputFile from "./OutputFile.js"
import * as ProcessTable from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import * as Stopping from "./Stopping.js"
import * as Submission from "./Submission.js"
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
    const { runs } = options
    const table = yield* ProcessTable.ProcessTable
    const stopping = yield* Stopping.make
    const interval = Duration.decode(options.lookInterval ?? "500 millis")
    const watch = yield* Watch.make({ runs, interval, stopping })
    const environment = Environment.base(options.environment)
    const shells = yield* Launcher.direct(environment)
    const forks = options.launcher !== "shell" && ForkServer.isAvailable()
    const submission = yield* Submission.make({
      runs,
      environment,
      launcher: forks ? yield* ForkServer.make(environment, shells) : shells,
      claimTimeout: Duration.decode(options.claimTimeout ?? "10 seconds"),
      watch
    })
    yield* KillSwitch.register(() => KillNow.killNow(table, stopping, watch.jobs.all(), submission.halt()))

    return Executor.of({
      // What was started must be known to be, so a submit can't be interrupted half-way.
      submit: (job, key) =>
        Effect.uninterruptible(
          Effect.flatMap(watch.find(key), (handle) =>
            // A job that runs is watched from now on, whoever has started it.
            handle === undefined ? submission.start(job, key) : Effect.as(watch.poll([handle]), handle)
          )
        ),
      poll: watch.poll,
      cancel: Effect.fn("LocalExecutor.cancel")(function* (handle, grace) {
        yield* watch.poll([handle])
        const job = watch.jobs.get(handle.key)
        if (job !== undefined) yield* stopping.ask(job, grace)
      }),
      find: (key) => Effect.map(watch.find(key), Option.fromNullable),
      output: ({ key }, offset, max) => {
        const file = RunFolder.output(RunFolder.make(runs, key))
        return Effect.try({
          try: () =>
            offset < (watch.outputOf(key) ?? Number.POSITIVE_INFINITY) ? OutputFile.read(file, offset, max) : nothing,
          catch: (cause) => FileFailure.toExecutorError(key, file, cause)
        })
      },
      changes: watch.jobs.changes
    })
  })

/** The engine of this machine. Fails where its processes can't be listed. */
export const layer = (options: Options): Layer.Layer<Executor, ExecutorError> =>
  Layer.provide(Layer.scoped(Executor, make(options)), ProcessTable.layer)

// internal

const nothing = new Uint8Array(0)
