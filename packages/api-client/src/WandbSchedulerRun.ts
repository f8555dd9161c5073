import { CommError } from "@sweepline/core/CommError"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { patiently } from "./internal/patience.js"
import * as Stream from "./internal/ownRunStream.js"
import { configOf, wireConfig } from "./internal/sweepRecords.js"
import type { RunPath } from "./operations/ReadBatch.js"
import { RunResumeStatus } from "./operations/RunResumeStatus.js"
import { UpsertBucket } from "./operations/UpsertBucket.js"
import { OutputLog } from "./OutputLog.js"
import type { OwnRunConfig } from "./OwnRunConfig.js"
import { Reads } from "./Reads.js"
import * as RetryPolicy from "./RetryPolicy.js"
import { execute, WandbClient } from "./WandbClient.js"
import { WandbProject } from "./WandbProject.js"
import * as WireFailure from "./WireFailure.js"

/**
 * The scheduler's own run on W&B (B14): created or resumed, kept alive by its stream, which carries the log, and ended
 * with the process's exit code. W&B has no leases: whoever wants only one scheduler for a sweep sees to it elsewhere.
 */
export const make = Effect.fnUntraced(function* (
  options: OwnRunConfig
): Effect.fn.Return<SchedulerRun["Type"], never, WandbClient | WandbProject | Reads | OutputLog> {
  const client = yield* WandbClient
  const place = yield* WandbProject
  const reads = yield* Reads
  const output = yield* OutputLog
  const started = new Map<SweepId, { readonly path: RunPath; readonly stream: Stream.OwnRunStream }>()

  const planned = (sweep: SweepId): RunPath => ({
    entity: options.entity ?? place.entity,
    project: options.project ?? place.project,
    run: options.id ?? sweep
  })

  const start = Effect.fn("WandbSchedulerRun.start")(function* (sweep: SweepId) {
    yield* patiently(reads.sweep({ ...place, sweep }))
    const { entity, project, run } = planned(sweep)
    const doing = `start the scheduler's own run ${run}`
    const before = begun(
      (yield* patiently(execute(client, RunResumeStatus, { entity, project, name: run }, { doing }))).model
    )
    const config = new Map([...configOf(before.config), ...options.config])
    const { upsertBucket } = yield* patiently(
      execute(
        client,
        UpsertBucket,
        {
          name: run,
          entity,
          project,
          displayName: `Scheduler.${sweep}`,
          config: ownConfig(config, before.config, options.launchKeys),
          host: options.host
        },
        { doing, policy: RetryPolicy.upsertRun }
      )
    )
    const { bucket } = upsertBucket
    // What the server says, not what was asked for: the run is looked up where it really is (RD29).
    const path = { entity: bucket.project.entity.name, project: bucket.project.name, run: bucket.name }
    const stream = Stream.make(client, output, path, before.lineCount)
    started.set(sweep, { path, stream })
    yield* Effect.addFinalizer((exit) =>
      stream.ended() || Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)
        ? Effect.void
        : Effect.ignore(Effect.timeout(Effect.interruptible(stream.end(1)), timeToLeave))
    )
    yield* Effect.forkScoped(stream.loop)
    // W&B has no lease: two schedulers of one sweep share one own run.
    return { id: RunId.make(bucket.name), config, lost: Effect.never }
  })

  return {
    start,

    state: (sweep) => {
      const own = started.get(sweep)
      // The server tells the run itself first, and calls it killed only once it has ended.
      if (own?.stream.stopped() === true) return Effect.succeed(Either.right("killed" as const))
      return Effect.flatMap(reads.ownRun(own?.path ?? planned(sweep)), (state) =>
        // After an outage the server takes a scheduler for crashed that it didn't hear of, until it does again.
        Effect.map(Clock.currentTimeMillis, (now) =>
          Either.isRight(state) && state.right === "crashed" && own?.stream.silent(now) === true
            ? Either.right("running" as const)
            : state
        )
      )
    },

    finish: Effect.fn("WandbSchedulerRun.finish")(function* (sweep, exitCode) {
      const doing = "end the scheduler's own run"
      const own = started.get(sweep)
      if (own === undefined) {
        const detail = `sweep ${sweep} has none that was started here`
        return yield* new CommError({ reason: "Status", operation: doing, detail, retryable: false })
      }
      yield* patiently(Effect.mapError(own.stream.end(exitCode), WireFailure.toCommError(doing)))
    })
  }
})

/** The own runs of the schedulers of the project in context. */
export const layer = (
  options: OwnRunConfig
): Layer.Layer<SchedulerRun, never, WandbClient | WandbProject | Reads | OutputLog> =>
  Layer.effect(SchedulerRun, make(options))

// internal

/** How long a scheduler that failed waits for its own run to be ended. */
const timeToLeave = "10 seconds"

interface Begun {
  /** As it is on the wire. */
  readonly config: PythonDict
  /** Lines of output. */
  readonly lineCount: number
}

const nothing: Begun = { config: new Map(), lineCount: 0 }

/** What there is of a run that a client has begun before (D.3). */
const begun = (
  model: {
    readonly bucket: {
      readonly config?: string | undefined
      readonly logLineCount?: number | undefined
      readonly wandbConfig?: string | undefined
    } | null
  } | null
): Begun => {
  if (!model?.bucket || !dictOf(model.bucket.wandbConfig).has("t")) return nothing
  return { config: dictOf(model.bucket.config), lineCount: model.bucket.logLineCount ?? 0 }
}

const dictOf = (text: string | undefined): PythonDict =>
  Either.getOrElse(PythonJson.parseDict(text ?? ""), (): PythonDict => new Map())

/** A run counts as begun once its config has `_wandb` with `t` (D.2, D.3). */
const ownConfig = (config: PythonDict, before: PythonDict, launchKeys: PythonDict): string => {
  const kept = before.get("_wandb")
  const value = isDict(kept) ? kept.get("value") : undefined
  const client = new Map<string, PythonValue>([
    ["t", new Map()],
    ...(isDict(value) ? value : []),
    ["cli_version", "0.30.0"],
    ...launchKeys
  ])
  return wireConfig(new Map<string, PythonValue>([...config, ["_wandb", client]]))
}
