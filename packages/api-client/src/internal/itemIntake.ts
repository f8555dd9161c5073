import type { CommError } from "@sweepline/core/CommError"
import type { Executor } from "@sweepline/core/Executor"
import type { QueueItem } from "@sweepline/core/LaunchQueue"
import * as PythonJson from "@sweepline/core/PythonJson"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as LaunchItem from "../LaunchItem.js"
import { GetSweepState } from "../operations/GetSweepState.js"
import { PopFromRunQueue } from "../operations/PopFromRunQueue.js"
import { execute, type WandbClient } from "../WandbClient.js"
import type { Launch, Launches } from "./launches.js"
import { newRunId } from "./newRunId.js"

/** What came of a look into a queue; `Passed`: an item that isn't launched here. */
type Popped = "Nothing" | "Passed" | Taken

/** A launch, and whether an earlier lease of its item has submitted its job. */
interface Taken {
  readonly launch: Launch
  readonly submitted: boolean
}

/** Takes items of queues: those that can't be launched are refused, for the others launches are under way. */
export const take = (options: {
  readonly client: WandbClient["Type"]
  readonly executor: Executor["Type"]
  readonly launches: Launches
  readonly agentId: string
  readonly entity: string
  readonly project: string
  readonly queues: ReadonlyArray<string>
  readonly maxSchedulers: number
  readonly itemOf: (key: RunKey.RunKey) => Effect.Effect<Option.Option<QueueItemId>>
  /** Whether there is room for another, with so many just taken. */
  readonly hasRoom: (taken: number) => boolean
  readonly refuse: (id: QueueItemId, run: RunId | undefined, detail: string) => Effect.Effect<void, CommError>
}): Effect.Effect<ReadonlyArray<QueueItem>> => {
  const { agentId, client, entity, executor, hasRoom, itemOf, launches, maxSchedulers, project, queues, refuse } =
    options

  /**
   * The attempt of a run that an item is: the one that was submitted for it, by an agent that ended before it could
   * claim the item; otherwise the first that the engine doesn't know, since a run may be launched again.
   */
  const attemptOf = Effect.fnUntraced(function* (run: RunId, id: QueueItemId) {
    for (let attempt = 1; ; attempt++) {
      const key = RunKey.make(run, attempt)
      const job = yield* Effect.orElseSucceed(executor.find(key), Option.none)
      if (Option.isNone(job)) return { key, submitted: false }
      if (Option.contains(yield* itemOf(key), id)) return { key, submitted: true }
    }
  })

  /** Why a run can't be launched (E.3.3); `undefined` where it can, or was. */
  const problemOf = Effect.fnUntraced(function* (item: LaunchItem.LaunchItem, run: RunId, submitted: boolean) {
    const refusal = LaunchItem.refusal(item)
    if (refusal !== undefined) return refusal
    if (launches.ofRuns([run]).length > 0) return `Run ${run} runs here already.`
    if (submitted || item.sweep === undefined) return undefined
    const place = { entity: item.entity, project: item.project, sweep: item.sweep }
    const answer = yield* execute(client, GetSweepState, place, { doing: `read the state of sweep ${item.sweep}` })
    const state = answer.project?.sweep?.state
    return state === "RUNNING" || state === "PAUSED"
      ? undefined
      : `Sweep ${item.sweep} is ${state ?? "gone"}: its runs are launched while it is RUNNING or PAUSED.`
  })

  const pop = Effect.fnUntraced(function* (queue: string): Effect.fn.Return<Popped, CommError> {
    const variables = { entity, project, queueName: queue, launchAgentId: agentId }
    const { popFromRunQueue: popped } = yield* execute(client, PopFromRunQueue, variables, {
      doing: `take an item of queue ${queue}`
    })
    if (popped === null) return "Nothing"
    const id = QueueItemId.make(popped.runQueueItemId)
    // It is under way here, and not acknowledged yet: to begin a job may take longer than the minute that it was leased for.
    if (launches.get(id) !== undefined) return "Passed"
    const read = readItem(popped.runSpec)
    if (Either.isLeft(read)) {
      yield* refuse(id, undefined, read.left)
      return "Passed"
    }
    const item = read.right
    // Not acknowledged, it is somebody's else again in a minute; what waits behind it mustn't wait for that.
    if (item.isScheduler && launches.count(true) >= maxSchedulers) return "Passed"
    const run = item.run ?? (yield* newRunId)
    const { key, submitted } = yield* attemptOf(run, id)
    const problem = yield* problemOf(item, run, submitted)
    if (problem !== undefined) {
      yield* refuse(id, run, problem)
      return "Passed"
    }
    return { launch: { id, key, run, queue, item }, submitted }
  })

  const popUntilEmpty = Effect.fnUntraced(function* (queue: string, taken: Array<QueueItem>) {
    while (hasRoom(taken.length)) {
      const popped = yield* pop(queue)
      if (popped === "Nothing") return
      if (popped === "Passed") continue
      launches.add(popped.launch)
      taken.push(queueItemOf(popped))
    }
  })

  return Effect.gen(function* () {
    const taken: Array<QueueItem> = []
    for (const queue of queues) {
      // What was taken before is launched.
      yield* Effect.catchTag(popUntilEmpty(queue, taken), "CommError", (error) =>
        Effect.logWarning("Could not take an item of a queue", error)
      )
    }
    return taken
  })
}

// internal

/** For launches that are no runs of a sweep. */
const sweepless = SweepId.make("no-sweep")

const readItem = (spec: unknown): Either.Either<LaunchItem.LaunchItem, string> =>
  Either.flatMap(
    Either.mapLeft(PythonJson.parseDict(JSON.stringify(spec)), () => "The spec is no JSON object."),
    LaunchItem.read
  )

/** The launch as its launch agent leases it. */
const queueItemOf = ({ launch: { id, item, key, queue, run }, submitted }: Taken): QueueItem => ({
  id,
  handle: undefined,
  ...(submitted ? { submitted } : {}),
  request: {
    key,
    sweep: item.sweep ?? sweepless,
    run,
    attempt: RunKey.attempt(key),
    queue,
    priority: 0,
    executable: { kind: "program" },
    trial: item.runConfig,
    entryPoint: undefined,
    launch: new Map(),
    author: item.author
  }
})
