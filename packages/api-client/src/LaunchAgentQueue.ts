/** The launch queues of W&B as a launch agent serves them (E.3): it pops, acknowledges, and says what failed. */
import type { CommError } from "@sweepline/core/CommError"
import { Executor } from "@sweepline/core/Executor"
import type { LaunchQueue, QueueItem } from "@sweepline/core/LaunchQueue"
import * as PythonJson from "@sweepline/core/PythonJson"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import * as Signal from "@sweepline/core/Signal"
import type { StopReason } from "@sweepline/core/StopReason"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { newRunId } from "./internal/newRunId.js"
import { stopStatus } from "./internal/stopStatus.js"
import { unsupported } from "./internal/unsupported.js"
import * as LaunchItem from "./LaunchItem.js"
import { AckRunQueueItem } from "./operations/AckRunQueueItem.js"
import { FailRunQueueItem } from "./operations/FailRunQueueItem.js"
import { GetSweepState } from "./operations/GetSweepState.js"
import { PopFromRunQueue } from "./operations/PopFromRunQueue.js"
import { RunState as RunStateOf } from "./operations/RunState.js"
import { UpsertSweepState } from "./operations/UpsertSweepState.js"
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
}

/** A launch under way. */
export interface Launch {
  readonly id: QueueItemId
  readonly key: RunKey.RunKey
  readonly run: RunId
  readonly queue: string
  readonly item: LaunchItem.LaunchItem
}

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
  const { agentId, entity, maxJobs, maxSchedulers, project, queues, stopTimeout } = options
  const client = yield* WandbClient
  const base = yield* SweepApi
  const executor = yield* Executor
  const events = yield* Mailbox.make<Event>()
  const over = yield* Effect.makeLatch(false)
  const room = Signal.make<void>("first")
  const stops = Signal.make<void>("first")
  const live = new Map<QueueItemId, Launch>()
  const ends = new Map<RunKey.RunKey, { readonly state: RunState.RunState; readonly exitCode: number | undefined }>()
  const stoppedSince = new Map<RunId, number>()
  let closed = false
  let stopping = false

  const count = (isScheduler: boolean): number =>
    [...live.values()].filter(({ item }) => item.isScheduler === isScheduler).length

  /** A launch is no longer under way; `told` is what a person hears of it. */
  const forget = (id: QueueItemId, told?: Event) =>
    Effect.sync(() => {
      const launch = live.get(id)
      if (launch !== undefined) {
        live.delete(id)
        ends.delete(launch.key)
        stoppedSince.delete(launch.run)
      }
      if (told !== undefined) events.unsafeOffer(told)
      room.emit()
      leaveIfOver()
    })

  const leaveIfOver = () => {
    if (!closed || live.size > 0) return
    events.unsafeDone(Exit.void)
    over.unsafeOpen()
  }

  /** Forgets a launch once the server knows how it ended, or never will. Who tells it again finds it still there. */
  const settled = (telling: Effect.Effect<unknown, CommError>, id: QueueItemId, told: Event) =>
    Effect.asVoid(
      Effect.tapBoth(telling, {
        onSuccess: () => forget(id, told),
        onFailure: ({ retryable }) => (retryable ? Effect.void : forget(id, told))
      })
    )

  const fail = (id: QueueItemId, message: string, stage: "agent" | "run") =>
    Effect.asVoid(
      execute(client, FailRunQueueItem, { runQueueItemId: id, message, stage }, { doing: `fail item ${id}` })
    )

  const refuse = (id: QueueItemId, run: RunId | undefined, detail: string) =>
    Effect.zipRight(
      Effect.sync(() => void events.unsafeOffer({ _tag: "Refused", item: id, run, detail })),
      fail(id, detail, "agent")
    )

  /** The first attempt that the engine doesn't know: a run may be launched again. */
  const attemptOf = Effect.fnUntraced(function* (run: RunId) {
    let attempt = 1
    while (Option.isSome(yield* Effect.orElseSucceed(executor.find(RunKey.make(run, attempt)), Option.none)))
      attempt += 1
    return attempt
  })

  /** Why a run can't be launched (E.3.3); `undefined` where it can. */
  const problemOf = Effect.fnUntraced(function* (item: LaunchItem.LaunchItem, run: RunId) {
    const refusal = LaunchItem.refusal(item)
    if (refusal !== undefined) return refusal
    if ([...live.values()].some((other) => other.run === run)) return `Run ${run} runs here already.`
    if (item.sweep === undefined) return undefined
    const place = { entity: item.entity, project: item.project, sweep: item.sweep }
    const answer = yield* execute(client, GetSweepState, place, { doing: `read the state of sweep ${item.sweep}` })
    const state = answer.project?.sweep?.state
    return state === "RUNNING" || state === "PAUSED"
      ? undefined
      : `Sweep ${item.sweep} is ${state ?? "gone"}: its runs are launched while it is RUNNING or PAUSED.`
  })

  /** Pops an item of a queue and reads it. False: there is none to be had now. */
  const popOne = Effect.fnUntraced(function* (queue: string, taken: Array<QueueItem>) {
    const variables = { entity, project, queueName: queue, launchAgentId: agentId }
    const { popFromRunQueue: popped } = yield* execute(client, PopFromRunQueue, variables, {
      doing: `take an item of queue ${queue}`
    })
    if (popped === null) return false
    const id = QueueItemId.make(popped.runQueueItemId)
    const read = Either.flatMap(
      Either.mapLeft(PythonJson.parseDict(JSON.stringify(popped.runSpec)), () => "The spec is no JSON object."),
      LaunchItem.read
    )
    if (Either.isLeft(read)) {
      yield* refuse(id, undefined, read.left)
      return true
    }
    const item = read.right
    // Not acknowledged, it is somebody's else again in a minute; what waits behind it mustn't wait for that.
    if (item.isScheduler && count(true) >= maxSchedulers) return true
    const run = item.run ?? (yield* newRunId)
    const problem = yield* problemOf(item, run)
    if (problem !== undefined) {
      yield* refuse(id, run, problem)
      return true
    }
    const attempt = yield* attemptOf(run)
    const key = RunKey.make(run, attempt)
    live.set(id, { id, key, run, queue, item })
    taken.push({
      id,
      handle: undefined,
      request: {
        key,
        sweep: item.sweep ?? sweepless,
        run,
        attempt,
        queue,
        priority: 0,
        executable: { kind: "program" },
        trial: item.runConfig,
        entryPoint: undefined,
        launch: new Map(),
        author: item.author
      }
    })
    return true
  })

  const hasRoom = (left: number): boolean => !closed && left > 0 && count(false) < maxJobs

  const lease = Effect.fnUntraced(function* (max: number) {
    const taken: Array<QueueItem> = []
    for (const queue of queues) {
      let more = true
      while (more && hasRoom(max - taken.length)) {
        more = yield* Effect.catchTag(popOne(queue, taken), "CommError", (error) =>
          // What was taken before is launched.
          Effect.as(Effect.logWarning("Could not take an item of a queue", error), false)
        )
      }
    }
    return taken
  })

  const isStopped = Effect.fnUntraced(function* ({ item, run }: Launch) {
    if ((yield* stopStatus(client, item, run)) !== true) return false
    const now = yield* Clock.currentTimeMillis
    const since = stoppedSince.get(run) ?? now
    stoppedSince.set(run, since)
    return now - since >= Duration.toMillis(stopTimeout)
  })

  /** A run that never began is W&B's failed item, and a scheduler that failed takes its sweep along (E.3.4). */
  const conclude = (launch: Launch) => {
    const { id, item, key, run } = launch
    const { exitCode, state } = ends.get(key) ?? { state: "failed" as const, exitCode: undefined }
    const place = { entity: item.entity, project: item.project }
    const telling = Effect.gen(function* () {
      if (item.isScheduler && state === "failed") yield* cancelSweep(place, run)
      const doing = `read the state of run ${run}`
      const answer = yield* execute(client, RunStateOf, { ...place, name: run }, { doing })
      if ((answer.project?.run?.state ?? "pending") !== "pending") return
      yield* fail(id, `The run ended without having begun: exit code ${exitCode ?? "unknown"}.`, "run")
    })
    return settled(telling, id, { _tag: "Ended", launch, state, exitCode })
  }

  const cancelSweep = Effect.fnUntraced(function* (
    place: { readonly entity: string; readonly project: string },
    run: RunId
  ) {
    const doing = `cancel sweep ${run}, whose scheduler failed`
    const { project } = yield* execute(client, GetSweepState, { ...place, sweep: run }, { doing })
    const sweep = project?.sweep
    if (!sweep || sweep.state === "FINISHED" || sweep.state === "CANCELED") return
    const variables = { id: sweep.id, state: "CANCELED", entityName: place.entity, projectName: place.project }
    yield* execute(client, UpsertSweepState, variables, { doing })
  })

  const launchOf = (key: RunKey.RunKey) => [...live.values()].find((launch) => launch.key === key)

  return {
    launch: launchOf,
    live: () => live.size,
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
      stopRequests: ({ runs }) => {
        const wanted = new Set(runs)
        const launches = [...live.values()].filter(({ run }) => wanted.has(run))
        const asked = (launch: Launch) => (stopping ? Effect.succeed(true) : Effect.catchAll(isStopped(launch), unread))
        return Effect.map(
          Effect.filter(launches, asked, { concurrency: "unbounded" }),
          (stopped): ReadonlyMap<RunId, StopReason> => new Map(stopped.map(({ run }) => [run, "Killed"]))
        )
      },
      changes: () => stops.changes,
      // Its client says how it goes; what is reported here is only kept for the queue.
      reportRun: ({ report: { attempt, exitCode, state }, run }) =>
        Effect.sync(() => {
          if (RunState.isTerminal(state)) ends.set(RunKey.make(run, attempt), { state, exitCode })
        })
    },
    queue: {
      push: () => notHere("push a run"),
      itemState: () => Effect.succeed(Option.none()),
      itemStates: () => Effect.succeed([]),
      find: () => Effect.succeed(Option.none()),
      lease: ({ max }) => lease(max),
      acknowledge: (id) =>
        Effect.suspend(() => {
          const launch = live.get(id)
          if (launch === undefined) return Effect.void
          events.unsafeOffer({ _tag: "Started", launch })
          return Effect.asVoid(
            execute(client, AckRunQueueItem, { itemId: id, runId: launch.run }, { doing: `acknowledge item ${id}` })
          )
        }),
      complete: (id) =>
        Effect.suspend(() =>
          Option.match(Option.fromNullable(live.get(id)), { onNone: () => Effect.void, onSome: conclude })
        ),
      fail: (id, message) =>
        Effect.suspend(() => {
          const told = { _tag: "Refused", item: id, run: live.get(id)?.run, detail: message } as const
          return settled(fail(id, message, "agent"), id, told)
        }),
      // Its lease runs out.
      release: (id) => forget(id),
      held: () => Effect.succeed([]),
      changes: () => room.changes
    }
  }
})

// internal

/** For launches that are no runs of a sweep. */
const sweepless = SweepId.make("no-sweep")

const notHere = unsupported("a launch agent only takes items")

/** What can't be read of one run says nothing of the others. */
const unread = (error: CommError) =>
  Effect.as(Effect.logWarning("Could not read whether a run should stop", error), false)
