/**
 * An agent of a sweep, as `wandb agent` is one (E.1): it tells a backend with heartbeats which runs it has, and is told
 * with the answers what to run and what to stop. A launch agent does the rest: it leases here what was handed out.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { AgentCommand } from "./AgentCommand.js"
import type { CommError } from "./CommError.js"
import { Executor } from "./Executor.js"
import * as agentPorts from "./internal/agentPorts.js"
import { AgentRuns } from "./internal/agentRuns.js"
import type { LaunchQueue } from "./LaunchQueue.js"
import * as Obstacle from "./Obstacle.js"
import type { RunId } from "./RunId.js"
import * as RunKey from "./RunKey.js"
import type { RunState } from "./RunState.js"
import type { SchedulerError } from "./SchedulerError.js"
import { SweepApi } from "./SweepApi.js"
import type { SweepId } from "./SweepId.js"
import type { SweepNotFoundError } from "./SweepNotFoundError.js"
import type { TrialConfig } from "./TrialConfig.js"

/** What an agent is told. */
export interface Options {
  readonly sweep: SweepId
  readonly host: string
  /** So many runs, and no more; `undefined` for as many as there are. */
  readonly count: number | undefined
  /** Time between two heartbeats; a run that ends brings the next one forward. */
  readonly interval: Duration.Duration
  /** So many failed runs, and none that finished, end the agent (`WANDB_AGENT_MAX_INITIAL_FAILURES`). */
  readonly failureLimit: number
  /** So many runs that fail one after the other end the agent; `undefined`: none do. */
  readonly failuresInARow: number | undefined
}

/** Why an agent has ended. */
export type EndReason = "Exit" | "Count" | "Asked" | "Failing" | "FailedInARow" | "SweepLost"

/** How it went. */
export interface Outcome {
  readonly reason: EndReason
  /** Runs by how they ended. */
  readonly runs: ReadonlyMap<RunState, number>
}

/** What happens to its runs. `handle` is the engine's, for whoever follows the output. */
export type Event =
  | { readonly _tag: "Started"; readonly key: RunKey.RunKey; readonly trial: TrialConfig; readonly handle: string }
  | {
      readonly _tag: "Ended"
      readonly key: RunKey.RunKey
      readonly state: RunState
      readonly exitCode: number | undefined
    }

/** An agent that was registered. */
export interface SweepAgent {
  /** Heartbeats until there is nothing more to do and its last run has ended. `SweepNotFoundError`: before any run. */
  readonly run: Effect.Effect<Outcome, SweepNotFoundError>
  /** Takes no more runs; those that it has go on. */
  readonly drain: (reason: EndReason) => Effect.Effect<void>
  /** Takes no more runs, and stops those that it has. */
  readonly stop: (reason: EndReason) => Effect.Effect<void>
  /** What happens to its runs, for one listener. */
  readonly events: Mailbox.ReadonlyMailbox<Event>
  /** The queue that its launch agent serves. */
  readonly queue: LaunchQueue["Type"]
  /** The backend as its launch agent sees it: runs are stopped as heartbeats say, and their clients report them. */
  readonly api: SweepApi["Type"]
}

/** Time between two heartbeats of W&B's own agent (E.1.1). */
export const defaultInterval: Duration.Duration = Duration.seconds(5)

/** How many failures W&B's own agent takes. */
export const defaultFailureLimit = 5

/** When the next heartbeat is due. */
export const heartbeatSchedule = ({ interval }: Options) => Schedule.spaced(interval)

/** Registers an agent; a sweep that has ended refuses it. */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<SweepAgent, CommError | SweepNotFoundError, SweepApi | Executor | Scope.Scope> {
  const { count, failureLimit, failuresInARow, host, sweep } = options
  const api = yield* SweepApi
  const executor = yield* Executor
  const record = yield* api.sweep(sweep)
  const agent = yield* api.registerAgent({ sweep, host })
  const runs = new AgentRuns(sweep)
  const due = yield* Effect.makeLatch(true)
  const events = yield* Mailbox.make<Event>()
  const over = yield* Deferred.make<Outcome>()
  let leaving: EndReason | undefined

  /** Takes no more runs; it is over as soon as those that it has have ended. */
  const leave = (reason: EndReason) => {
    leaving ??= reason
    runs.withdrawOffers()
    if (runs.isIdle) Deferred.unsafeDone(over, Effect.succeed({ reason: leaving, runs: runs.ended }))
  }

  const stop = (reason: EndReason) => {
    runs.stopAll("Killed")
    leave(reason)
  }

  const leaveIfDone = () => {
    const failures = runs.ended.get("failed") ?? 0
    if (leaving !== undefined) leave(leaving)
    else if (failures >= failureLimit && failures === runs.total) leave("Failing")
    else if (failuresInARow !== undefined && runs.failedInARow >= failuresInARow) leave("FailedInARow")
    else if (count !== undefined && runs.total >= count) leave("Count")
  }

  /** The attempt that a run which is handed out again begins: the first that this machine's engine doesn't know. */
  const nextAttempt = Effect.fnUntraced(function* (run: RunId) {
    let attempt = 1
    while (Option.isSome(yield* executor.find(RunKey.make(run, attempt)))) attempt += 1
    return attempt
  })

  const isWanted = (run: RunId) => leaving === undefined && !runs.has(run)

  const offer = (run: RunId, trial: TrialConfig, attempt: number) => {
    if (isWanted(run)) runs.offer(run, trial, attempt)
  }

  const obey = (command: AgentCommand): Effect.Effect<void> =>
    AgentCommand.$match(command, {
      Run: ({ run, trial }) => Effect.sync(() => offer(run, trial, 1)),
      Resume: ({ attempt, run, trial }) =>
        (attempt === undefined ? nextAttempt(run) : Effect.succeed(attempt)).pipe(
          Effect.map((next) => offer(run, trial, next)),
          Effect.catchAll((error) => Effect.logWarning("A run can't be resumed here", error)),
          Effect.when(() => isWanted(run))
        ),
      StopRun: ({ run }) => Effect.sync(() => runs.stop(run, "EarlyStopped")),
      Exit: () => Effect.sync(() => stop("Exit")),
      Unknown: ({ text }) =>
        Effect.logWarning("The server sent a command that this version doesn't know").pipe(
          Effect.annotateLogs({ command: text })
        )
    })

  const obstacle = Obstacle.make(unheard)

  const heartbeat = Effect.suspend(() => {
    due.unsafeClose()
    return api.heartbeat({ sweep, agent, runs: runs.living() })
  }).pipe(
    Effect.flatMap(Effect.forEach(obey, { discard: true })),
    Effect.zipLeft(obstacle.gone),
    Effect.catchTags({
      // What a later heartbeat can heal.
      CommError: obstacle.met,
      SchedulerError: obstacle.met,
      // An agent that loses its sweep lets its runs end (E.1.4).
      SweepNotFoundError: (error) =>
        runs.total === 0 && runs.isIdle ? Effect.fail(error) : Effect.map(obstacle.met(error), () => leave("SweepLost"))
    })
  )

  return {
    run: Effect.scoped(
      Effect.zipRight(
        Effect.forkScoped(Effect.repeat(due.open, heartbeatSchedule(options))),
        Effect.raceFirst(Effect.forever(Effect.zipRight(due.await, heartbeat)), Deferred.await(over))
      )
    ).pipe(Effect.ensuring(events.end), Effect.annotateLogs({ package: "@sweepline/core", module: "SweepAgent" })),
    drain: (reason) => Effect.sync(() => leave(reason)),
    stop: (reason) => Effect.sync(() => stop(reason)),
    events,
    api: agentPorts.api(runs, api, record),
    queue: agentPorts.queue(runs, {
      onStarted: ({ request: { key, trial } }, handle) => events.unsafeOffer({ _tag: "Started", key, trial, handle }),
      onEnded: (key, { exitCode, state }) => {
        events.unsafeOffer({ _tag: "Ended", key, state, exitCode })
        due.unsafeOpen()
        leaveIfDone()
      },
      onReleased: leaveIfDone
    })
  }
})

// internal

/** Tells why a heartbeat came to nothing. */
const unheard = (error: CommError | SchedulerError | SweepNotFoundError): Effect.Effect<void> => {
  switch (error._tag) {
    case "CommError":
      return Effect.logWarning("A heartbeat was not answered", error)
    case "SchedulerError":
      return Effect.logWarning("A heartbeat was answered with what can't be read", error)
    case "SweepNotFoundError":
      return Effect.logError("The sweep is gone", error)
  }
}
