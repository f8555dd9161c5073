/** The launch queues of W&B as a launch agent serves them (E.3): it pops, acknowledges, and says what failed. */
import type { CommError } from "@sweepline/core/CommError"
import { Executor } from "@sweepline/core/Executor"
import type { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { QueueItemId } from "@sweepline/core/QueueItemId"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import * as Signal from "@sweepline/core/Signal"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as itemEnds from "./internal/itemEnds.js"
import * as itemIntake from "./internal/itemIntake.js"
import { type Launch, Launches } from "./internal/launches.js"
import { stopStatus } from "./internal/stopStatus.js"
import { unsupported } from "./internal/unsupported.js"
import { AckRunQueueItem } from "./operations/AckRunQueueItem.js"
import { execute, WandbClient } from "./WandbClient.js"

/** Whose queues, and how much of them at a time. */
export interface Options {
  /** The id that the server gave this agent. */
  readonly agentId: string
  readonly entity: string
  readonly project: string
  readonly queues: ReadonlyArray<string>
  /** Runs at a time, schedulers apart. */
  readonly maxJobs: number
  readonly maxSchedulers: number
  /** How long a run that was stopped on W&B has to end by itself. */
  readonly stopTimeout: Duration.Duration
  /** The item for which the job of a key was submitted, by this agent or an earlier one; `None` where that isn't known. */
  readonly itemOf: (key: RunKey.RunKey) => Effect.Effect<Option.Option<QueueItemId>>
}

export type { Launch } from "./internal/launches.js"

/** What happens to launches, for a person. */
export type Event =
  | { readonly _tag: "Started"; readonly launch: Launch }
  | {
      readonly _tag: "Ended"
      readonly launch: Launch
      readonly state: RunState.RunState
      readonly exitCode: number | undefined
    }
  | { readonly _tag: "Refused"; readonly item: QueueItemId; readonly run: RunId | undefined; readonly detail: string }

/** The queues, and what else their launch agent works with. */
export interface LaunchAgentQueue {
  readonly queue: LaunchQueue["Type"]
  /** The backend as the launch agent sees it. */
  readonly api: SweepApi["Type"]
  readonly launch: (key: RunKey.RunKey) => Launch | undefined
  /** How many launches are under way. */
  readonly live: () => number
  /** Waits until it takes nothing more, and nothing is under way; `events` end then. */
  readonly over: Effect.Effect<void>
  /** Takes nothing more. */
  readonly close: Effect.Effect<void>
  /** Stops what runs. */
  readonly stop: Effect.Effect<void>
  readonly events: Mailbox.ReadonlyMailbox<Event>
}

/** The queues of a registered agent. */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<LaunchAgentQueue, never, WandbClient | SweepApi | Executor | Scope.Scope> {
  const { maxJobs } = options
  const client = yield* WandbClient
  const base = yield* SweepApi
  const executor = yield* Executor
  const events = yield* Mailbox.make<Event>()
  const over = yield* Effect.makeLatch(false)
  const stops = Signal.make<void>("first")
  const launches = new Launches()
  const stopTimeout = Duration.toMillis(options.stopTimeout)
  let closed = false
  let stopping = false

  const leaveIfOver = () => {
    if (!closed || launches.size > 0) return
    events.unsafeDone(Exit.void)
    over.unsafeOpen()
  }

  /** A launch is no longer under way; `told` is what a person hears of it. */
  const forget = (id: QueueItemId, told?: Event) =>
    Effect.sync(() => {
      if (told !== undefined) events.unsafeOffer(told)
      launches.forget(id)
      leaveIfOver()
    })

  /** Forgets a launch once the server knows how it ended, or never will. Who tells it again finds it still there. */
  const settled = (telling: Effect.Effect<void, CommError>, id: QueueItemId, told: Event) =>
    Effect.tapBoth(telling, {
      onSuccess: () => forget(id, told),
      onFailure: ({ retryable }) => (retryable ? Effect.void : forget(id, told))
    })

  const lease = (max: number) =>
    itemIntake.take({
      ...options,
      client,
      executor,
      launches,
      hasRoom: (taken) => !closed && taken < max && launches.count(false) < maxJobs,
      refuse: (item, run, detail) =>
        Effect.suspend(() => {
          events.unsafeOffer({ _tag: "Refused", item, run, detail })
          return itemEnds.fail(client, item, detail, "agent")
        })
    })

  /** Whether a run was stopped on W&B, and has had its time to end by itself. */
  const isStopped = Effect.fnUntraced(function* (launch: Launch) {
    if (stopping) return true
    if ((yield* stopStatus(client, launch.item, launch.run)) !== true) return false
    return launches.stoppedFor(launch, yield* Clock.currentTimeMillis) >= stopTimeout
  })

  return {
    launch: (key) => launches.withKey(key),
    live: () => launches.size,
    over: over.await,
    close: Effect.sync(() => {
      closed = true
      leaveIfOver()
    }),
    stop: Effect.sync(() => {
      stopping = true
      stops.emit()
    }),
    events,
    api: {
      ...base,
      sweepState: () => Effect.succeed(Option.some("RUNNING")),
      stopRequests: ({ runs }) =>
        Effect.suspend(() =>
          Effect.filter(launches.ofRuns(runs), (launch) => Effect.catchAll(isStopped(launch), unread), {
            concurrency: "unbounded"
          })
        ).pipe(Effect.map((stopped) => new Map(stopped.map(({ run }) => [run, "Killed" as const])))),
      changes: () => stops.changes,
      // Its client says how it goes; what is reported here is only kept for the queue.
      reportRun: ({ report: { attempt, exitCode, state }, run }) =>
        Effect.sync(() => {
          if (RunState.isTerminal(state)) launches.ended(RunKey.make(run, attempt), { state, exitCode })
        })
    },
    queue: {
      push: () => notHere("push a run"),
      itemState: () => Effect.succeedNone,
      itemStates: () => Effect.succeed([]),
      find: () => Effect.succeedNone,
      lease: ({ max }) => lease(max),
      acknowledge: (id) =>
        Effect.suspend(() => {
          const launch = launches.get(id)
          if (launch === undefined) return Effect.void
          events.unsafeOffer({ _tag: "Started", launch })
          const variables = { itemId: id, runId: launch.run }
          return Effect.asVoid(execute(client, AckRunQueueItem, variables, { doing: `acknowledge item ${id}` }))
        }),
      complete: (id) =>
        Effect.suspend(() => {
          const launch = launches.get(id)
          if (launch === undefined) return Effect.void
          const end = launches.endOf(launch)
          return settled(itemEnds.conclude(client, launch, end), id, { _tag: "Ended", launch, ...end })
        }),
      fail: (id, detail) =>
        Effect.suspend(() => {
          const told = { _tag: "Refused", item: id, run: launches.get(id)?.run, detail } as const
          return settled(itemEnds.fail(client, id, detail, "agent"), id, told)
        }),
      // Its lease runs out.
      release: (id) => forget(id),
      held: () => Effect.succeed([]),
      changes: () => launches.room.changes
    }
  }
})

// internal

const notHere = unsupported("a launch agent only takes items")

/** What can't be read of one run says nothing of the others. */
const unread = (error: CommError) =>
  Effect.as(Effect.logWarning("Could not read whether a run should stop", error), false)
