import * as Path from "@effect/platform/Path"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as JobBuilder from "@sweepline/core/JobBuilder"
import * as LaunchAgent from "@sweepline/core/LaunchAgent"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunLog } from "@sweepline/core/RunLog"
import * as Slots from "@sweepline/core/Slots"
import * as SweepAgent from "@sweepline/core/SweepAgent"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as KillSwitch from "@sweepline/executors/KillSwitch"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Environment from "../Environment.js"
import * as ExitCode from "../ExitCode.js"
import { ExitStatus } from "../ExitStatus.js"
import * as Local from "../Local.js"
import * as LocalMachine from "../LocalMachine.js"
import * as SdkServer from "../SdkServer.js"
import { type Signal, Signals } from "../Signals.js"
import * as SweepSettings from "../SweepSettings.js"
import { UsageError } from "../UsageError.js"
import * as AgentView from "./AgentView.js"
import { Surroundings } from "./Surroundings.js"
import * as SweepPath from "./SweepPath.js"
import * as Unlogged from "./Unlogged.js"
import * as WandbBackend from "./WandbBackend.js"

/** What a command line says. */
export interface Given {
  readonly sweep: Option.Option<string>
  readonly count: Option.Option<number>
  readonly maxConsecutiveFailedRuns: Option.Option<number>
  readonly entity: Option.Option<string>
  readonly project: Option.Option<string>
  readonly forwardSignals: boolean
  readonly termTimeout: Duration.Duration
  readonly dir: string
  readonly json: boolean
}

/**
 * Runs the runs of a sweep on a W&B server, one at a time, until it has no more. A first Ctrl-C waits for the run to end,
 * a second one stops it (as the first SIGTERM does), a third one kills it. Sets the exit status.
 */
export const run = Effect.fnUntraced(function* (given: Given) {
  const { environment } = yield* Surroundings
  const text = yield* Effect.mapError(
    Option.orElse(given.sweep, () => Option.fromNullable(environment.get("WANDB_SWEEP_ID"))),
    () => new UsageError({ message: "Which sweep? Write its id, or ENTITY/PROJECT/SWEEP." })
  )
  const path = yield* Path.Path
  const folder = path.resolve(given.dir)
  const sweep = yield* SweepPath.parse(text)
  const backend = WandbBackend.layer({
    overrides: SweepPath.overrides(sweep, {
      entity: Option.getOrUndefined(given.entity),
      project: Option.getOrUndefined(given.project)
    })
  })
  const executor = LocalExecutor.layer({ runs: Local.runsDirectory(folder), environment: Environment.all() })
  yield* work(sweep.sweep, folder, given).pipe(Effect.provide(Layer.merge(backend, executor)), Effect.scoped)
})

// internal

const work = Effect.fnUntraced(function* (sweep: SweepId, dir: string, given: Given) {
  const { environment, host } = yield* Surroundings
  const signals = yield* Signals
  const status = yield* ExitStatus
  const place = yield* WandbProject
  const view = yield* AgentView.make({ ...place, sweep, json: given.json })
  const agent = yield* SweepAgent.make({
    sweep,
    host,
    count: Option.getOrUndefined(given.count),
    interval: SweepAgent.defaultInterval,
    failureLimit: failureLimit(environment),
    failuresInARow: Option.getOrUndefined(given.maxConsecutiveFailedRuns)
  }).pipe(
    Effect.catchIf(
      // What W&B answers for a sweep that has ended (F.2).
      (error) => error._tag === "CommError" && error.status === 400,
      (error) => new UsageError({ message: `Sweep ${sweep} takes no agents: ${error.message}.` })
    )
  )
  const asked = yield* signals.take(KillSwitch.killAllNow, 2)
  yield* view.begins
  const launcher = yield* launchAgent(agent, dir, given.termTimeout)
  const working = yield* Effect.forkScoped(launcher.run)
  yield* launcher.notices.pipe(
    Stream.runForEach((notice) => (notice._tag === "LaunchingStopped" ? agent.drain("Failing") : Effect.void)),
    Effect.forkScoped
  )
  let told: Signal | undefined
  yield* asked.take.pipe(
    Effect.flatMap((signal) => {
      const stops = told !== undefined || given.forwardSignals || signal === "SIGTERM"
      told ??= signal
      return Effect.zipRight(view.interrupted(signal, stops), stops ? agent.stop("Asked") : agent.drain("Asked"))
    }),
    Effect.forever,
    Effect.ignore,
    Effect.forkScoped
  )
  const shown = yield* Effect.fork(view.follow(agent.events))
  // Where what runs the runs dies of a bug, none would ever end.
  const outcome = yield* Effect.raceFirst(agent.run, Fiber.join(working))
  yield* shown
  yield* view.ends(outcome)
  if (told !== undefined) return yield* status.set(ExitCode.ofSignal(told))
  yield* status.set(failures.has(outcome.reason) ? ExitCode.failure : ExitCode.success)
})

const failures: ReadonlySet<SweepAgent.EndReason> = new Set(["Failing", "FailedInARow", "SweepLost"])

/** What runs the agent's runs: one at a time, as W&B's own agent does. */
const launchAgent = Effect.fnUntraced(function* (agent: SweepAgent.SweepAgent, dir: string, grace: Duration.Duration) {
  const { cwd } = yield* Surroundings
  const { baseUrl } = yield* WandbSettings
  const { entity, project } = yield* WandbProject
  const place = LocalMachine.place(dir, SweepSettings.defaults(cwd))
  const layer = LaunchAgent.layer.pipe(
    Layer.provide(SdkServer.layerJobs),
    Layer.provide(JobBuilder.layerProgram(LocalMachine.make(place))),
    Layer.provide(SdkServer.layerFixed(new Map([["WANDB_BASE_URL", baseUrl]]))),
    Layer.provide(
      LocalMachine.layerAgentConfig({
        ...place,
        entity,
        project,
        queue: "agent",
        agent: "agent",
        slots: Slots.workers(1),
        outputInterval: Duration.infinity,
        // With one slot, the guard against failing scripts says all that could be said of it.
        quickFailure: Duration.zero,
        killGrace: grace
      })
    ),
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(LaunchQueue, agent.queue),
        Layer.succeed(SweepApi, agent.api),
        Layer.succeed(RunLog, Unlogged.runLog)
      )
    )
  )
  return yield* Effect.map(Layer.build(layer), (context) => LaunchAgent.LaunchAgent.pipe(Effect.provide(context))).pipe(
    Effect.flatten
  )
})

/** `WANDB_AGENT_MAX_INITIAL_FAILURES` (E.1.4). */
const failureLimit = (environment: ReadonlyMap<string, string>): number => {
  const text = environment.get("WANDB_AGENT_MAX_INITIAL_FAILURES") ?? ""
  return /^[0-9]{1,9}$/.test(text) ? Math.max(1, Number(text)) : SweepAgent.defaultFailureLimit
}
