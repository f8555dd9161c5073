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
import { CommError } from "./CommError.js"
import { Executor } from "./Executor.js"
import { AgentRuns } from "./internal/agentRuns.js"
import type { LaunchQueue } from "./LaunchQueue.js"
import type { QueueItemId } from "./QueueItemId.js"
import type { RunId } from "./RunId.js"
import * as RunKey from "./RunKey.js"
import * as RunState from "./RunState.js"
import type { StopReason } from "./StopReason.js"
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
}

/** Why an agent has ended. */
export type EndReason = "Exit" | "Count" | "Asked" | "Failing" | "SweepLost"

/** How it went. */
export interface Outcome {
  readonly reason: EndReason
  /** Runs by how they ended. */
  readonly runs: ReadonlyMap<RunState.RunState, number>
}

/** What happens to its runs. `handle` is the engine's, for whoever follows the output. */
export type Event =
  | { readonly _tag: "Started"; readonly key: RunKey.RunKey; readonly trial: TrialConfig; readonly handle: string }
  | {
      readonly _tag: "Ended"
      readonly key: RunKey.RunKey
      readonly state: RunState.RunState
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
  const { count, failureLimit, host, sweep } = options
  const api = yield* SweepApi
  const executor = yield* Executor
  // What it runs doesn't change while it lives.
  const record = yield* api.sweep(sweep)
  const agent = yield* api.registerAgent({ sweep, host })
  const due = yield* Effect.makeLatch(true)
  const events = yield* Mailbox.make<Event>()
  const offers = yield* Mailbox.make<void>({ capacity: 1, strategy: "dropping" })
  const stops = yield* Mailbox.make<void>({ capacity: 1, strategy: "dropping" })
  const over = yield* Deferred.make<Outcome>()

  const runs = new AgentRuns(sweep)
  let leaving: EndReason | undefined

  const leave = (reason: EndReason) =>
    Effect.sync(() => {
      leaving ??= reason
      runs.withdrawOffers()
      if (runs.isIdle) Deferred.unsafeDone(over, Effect.succeed({ reason: leaving, runs: runs.ended }))
    })

  const stopAll = (reason: EndReason) =>
    Effect.suspend(() => {
      runs.stopAll("Killed")
      stops.unsafeOffer(undefined)
      return leave(reason)
    })

  const offer = (run: RunId, trial: TrialConfig, attempt: number) => {
    runs.offer(run, trial, attempt)
    offers.unsafeOffer(undefined)
  }

  /** The attempt that a run which is handed out again begins: the first that this machine's engine doesn't know. */
  const nextAttempt = Effect.fnUntraced(function* (run: RunId) {
    let attempt = 1
    while (Option.isSome(yield* executor.find(RunKey.make(run, attempt)))) attempt += 1
    return attempt
  })

  const obey = (command: AgentCommand): Effect.Effect<void> =>
    AgentCommand.$match(command, {
      Run: ({ run, trial }) => Effect.sync(() => (runs.has(run) || leaving ? undefined : offer(run, trial, 1))),
      Resume: ({ attempt, run, trial }) =>
        runs.has(run) || leaving
          ? Effect.void
          : (attempt === undefined ? nextAttempt(run) : Effect.succeed(attempt)).pipe(
              Effect.map((next) => offer(run, trial, next)),
              Effect.catchAll((error) => Effect.logWarning("A run can't be resumed here", error))
            ),
      StopRun: ({ run }) =>
        Effect.sync(() => {
          if (runs.stop(run, "EarlyStopped")) stops.unsafeOffer(undefined)
        }),
      Exit: () => stopAll("Exit"),
      Unknown: ({ text }) =>
        Effect.logWarning("The server sent a command that this version doesn't know").pipe(
          Effect.annotateLogs({ command: text })
        )
    })

  const heartbeat = Effect.suspend(() => api.heartbeat({ sweep, agent, runs: runs.living() })).pipe(
    Effect.flatMap((commands) => Effect.forEach(commands, obey, { discard: true })),
    Effect.catchTags({
      // What a later heartbeat can heal.
      CommError: (error) => Effect.logWarning("A heartbeat was not answered", error),
      SchedulerError: (error) => Effect.logWarning("A heartbeat was answered with what can't be read", error)
    })
  )

  /** One that loses its sweep lets its runs end (E.1.4). */
  const beat = Effect.catchTag(heartbeat, "SweepNotFoundError", (error) =>
    runs.total === 0 && runs.isIdle
      ? Effect.fail(error)
      : Effect.zipRight(Effect.logError("The sweep is gone", error), leave("SweepLost"))
  )

  const beatOnce = Effect.suspend(() => {
    due.unsafeClose()
    return beat
  })

  /** Why it leaves with the runs that have ended, if it does. */
  const reasonToLeave = (): EndReason | undefined => {
    if (leaving !== undefined) return leaving
    const failures = runs.ended.get("failed") ?? 0
    if (failures >= failureLimit && failures === runs.total) return "Failing"
    return count !== undefined && runs.total >= count ? "Count" : undefined
  }

  const conclude = (id: QueueItemId) =>
    Effect.suspend(() => {
      const end = runs.conclude(id, failed)
      if (end === undefined) return Effect.void
      events.unsafeOffer({ _tag: "Ended", ...end })
      due.unsafeOpen()
      const reason = reasonToLeave()
      return reason === undefined ? Effect.void : leave(reason)
    })

  return {
    run: Effect.scoped(
      Effect.zipRight(
        Effect.forkScoped(Effect.repeat(due.open, heartbeatSchedule(options))),
        Effect.raceFirst(Effect.forever(Effect.zipRight(due.await, beatOnce)), Deferred.await(over))
      )
    ).pipe(Effect.ensuring(events.end), Effect.annotateLogs({ package: "@sweepline/core", module: "SweepAgent" })),
    drain: leave,
    stop: stopAll,
    events,
    api: {
      ...api,
      sweep: (id) => (id === sweep ? Effect.succeed(record) : api.sweep(id)),
      sweepState: () => Effect.succeed(Option.some("RUNNING")),
      stopRequested: ({ run }) => Effect.sync(() => Option.fromNullable(runs.stopReason(run))),
      stopRequests: ({ runs: of }) =>
        Effect.sync(() => {
          const asked = new Map<RunId, StopReason>()
          for (const run of of) {
            const reason = runs.stopReason(run)
            if (reason !== undefined) asked.set(run, reason)
          }
          return asked
        }),
      changes: () => Mailbox.toStream(stops),
      reportRun: (told) => {
        const { attempt, exitCode, state } = told.report
        if (!RunState.isTerminal(state)) return Effect.void
        runs.report(told.run, attempt, { state, exitCode })
        return api.reportRun(told)
      }
    },
    queue: {
      push: () => unsupported("push a run"),
      itemState: () => Effect.succeed(Option.none()),
      itemStates: () => Effect.succeed([]),
      find: () => Effect.succeed(Option.none()),
      lease: ({ max }) => Effect.sync(() => runs.lease(max)),
      acknowledge: (id, handle) =>
        Effect.sync(() => {
          const item = runs.item(id)
          if (item === undefined) return
          events.unsafeOffer({ _tag: "Started", key: item.request.key, trial: item.request.trial, handle })
        }),
      complete: conclude,
      fail: conclude,
      release: (id) =>
        Effect.suspend(() => {
          if (!runs.giveBack(id)) return Effect.void
          offers.unsafeOffer(undefined)
          return leaving === undefined ? Effect.void : leave(leaving)
        }),
      held: () => Effect.succeed([]),
      changes: () => Mailbox.toStream(offers)
    }
  }
})

// internal

/** A run of which nothing was reported. */
const failed = { state: "failed", exitCode: undefined } as const

const unsupported = (operation: string) =>
  new CommError({ reason: "Status", operation, detail: "an agent is handed its runs", retryable: false })
