import * as OwnRunConfig from "@sweepline/api-client/OwnRunConfig"
import * as OutputLog from "@sweepline/api-client/OutputLog"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as HeartbeatStrategy from "@sweepline/core/HeartbeatStrategy"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as SchedulerConfig from "@sweepline/core/SchedulerConfig"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as CommandLine from "../CommandLine.js"
import * as ExitCode from "../ExitCode.js"
import { ExitStatus } from "../ExitStatus.js"
import * as Logging from "../Logging.js"
import { Signals } from "../Signals.js"
import { UsageError } from "../UsageError.js"
import * as Preflight from "./Preflight.js"
import * as SchedulerJournal from "./SchedulerJournal.js"
import type * as SchedulerOptions from "./SchedulerOptions.js"
import * as Options from "./SchedulerOptions.js"
import * as SchedulerView from "./SchedulerView.js"
import { Surroundings } from "./Surroundings.js"
import * as SweepPath from "./SweepPath.js"
import * as WandbBackend from "./WandbBackend.js"

/**
 * Schedules a sweep of a W&B server until it ends: its runs go to a launch queue, whose agents run them. What is logged
 * goes to standard error and to the output of the scheduler's own run. A first Ctrl-C or SIGTERM stops the runs and
 * cancels the sweep (B66, RD16); a second one leaves at once. Sets the exit status.
 */
export const run = Effect.fnUntraced(function* (given: SchedulerOptions.Given) {
  const { environment, host } = yield* Surroundings
  const launched = ["1", "true", "yes", "on"].includes((environment.get("WANDB_LAUNCH") ?? "").toLowerCase())
  const unknown = yield* CommandLine.UnknownOptions
  // W&B's scheduler takes any option (B13): a launch agent's sweep must not fail for one. A person is told of a slip.
  if (unknown[0] !== undefined && !launched) return yield* new UsageError({ message: unknown[0] })
  const options = yield* Options.read(given)
  for (const warning of [...unknown, ...options.warnings]) yield* Effect.logWarning(warning)
  const ownRun = yield* OwnRunConfig.fromEnvironment(environment, { config: options.config, host })
  const backend = WandbBackend.layer({
    overrides: SweepPath.overrides(options.path, {
      entity: Option.getOrUndefined(given.entity),
      project: Option.getOrUndefined(given.project)
    }),
    launchQueue: { queue: options.queue, queueProject: options.queueProject },
    ownRun
  })
  const scheduler = Scheduler.layer.pipe(
    Layer.provide(HeartbeatStrategy.layer),
    Layer.provide(SchedulerJournal.layer(given.dir)),
    Layer.provide(
      SchedulerConfig.layer({
        workers: options.workers,
        pollInterval: options.pollInterval,
        queue: options.queue,
        executable: options.executable,
        author: options.author,
        environment,
        host,
        adoptsPending: given.requeuePending,
        ...(Option.isNone(given.dir) ? { snapshotEvery: Number.POSITIVE_INFINITY } : {})
      })
    )
  )
  yield* work(options, { json: given.json, launched }).pipe(
    Effect.provide(Layer.mergeAll(scheduler, OutputLog.layerLogger(Logging.line)).pipe(Layer.provideMerge(backend)))
  )
}, Logging.talkative)

// internal

const work = Effect.fnUntraced(function* (
  options: SchedulerOptions.SchedulerOptions,
  { json, launched }: { readonly json: boolean; readonly launched: boolean }
) {
  const { sweep } = options.path
  const status = yield* ExitStatus
  const signals = yield* Signals
  const api = yield* SweepApi
  const scheduler = yield* Scheduler.Scheduler
  const { appUrl } = yield* WandbSettings
  const place = yield* WandbProject
  const view = yield* SchedulerView.make({ ...place, sweep, appUrl, json })

  const record = yield* api.sweep(sweep)
  yield* Preflight.check({ ...options, sweep: record }).pipe(
    Effect.tapError(({ message }) => (launched ? leaveWord(sweep, message) : Effect.void))
  )
  const asked = yield* signals.take(() => {})
  // Its own run has begun by then, and ends as failed.
  const running = yield* scheduler
    .start(sweep)
    .pipe(Effect.tapError(({ message }) => (launched ? say(message) : Effect.void)))
  yield* view.begins
  yield* asked.take.pipe(
    Effect.tap((signal) => view.interrupted(signal)),
    Effect.flatMap(running.interrupt),
    Effect.ignore,
    Effect.forkScoped
  )
  const outcome = yield* running.outcome
  yield* view.ends(outcome)
  yield* status.set(outcome.exitCode)
}, Effect.scoped)

/** A launch agent's person sees the scheduler's own run, and no terminal: there it says why it couldn't begin, and fails. */
const leaveWord = (sweep: SweepId, message: string) =>
  Effect.gen(function* () {
    const own = yield* SchedulerRun
    yield* say(message)
    yield* own.start(sweep)
    yield* own.finish(sweep, ExitCode.failure)
  }).pipe(Effect.scoped, Effect.ignoreLogged)

const say = (message: string) => Effect.map(OutputLog.OutputLog, (log) => log.write(`sweepline: ${message}`))
