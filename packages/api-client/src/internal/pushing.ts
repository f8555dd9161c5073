import { LaunchError } from "@sweepline/core/LaunchError"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import type { RunId } from "@sweepline/core/RunId"
import * as Effect from "effect/Effect"
import type { PushBatching } from "./pushBatching.js"
import type { LaunchSpec } from "../LaunchSpec.js"
import { CreateRunQueue } from "../operations/CreateRunQueue.js"
import { ProjectRunQueues, type RunQueue } from "../operations/ProjectRunQueues.js"
import { PushToRunQueue } from "../operations/PushToRunQueue.js"
import { pushToRunQueueByName, pushToRunQueueByNameOlder } from "../operations/PushToRunQueueByName.js"
import { Viewer } from "../operations/Viewer.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type { WandbClient } from "../WandbClient.js"
import * as WireFailure from "../WireFailure.js"

/** A push, and where it goes. */
export interface Push {
  readonly run: RunId
  readonly spec: LaunchSpec
  readonly queue: string
  readonly queueProject: string
  /** Which push of this process it is. */
  readonly begun: number
}

/** W&B's own priority, which nobody has to have asked for (B4). */
const usualPriority = 2

/**
 * Pushes once, together with others that begin in the same moment, and never again after a failure that leaves open
 * whether it happened: a form that the server doesn't know was refused before anything was done, so the next older one is
 * tried (B.5.2). `LaunchError`: there is no such queue, or the server is too old for what is asked.
 */
export const pushOnce = (
  client: WandbClient["Type"],
  push: Push,
  batching: PushBatching
): Effect.Effect<QueueItemId, LaunchError | WireFailure.WireFailure> => {
  const { priority, templateVariables } = push.spec
  const first =
    batching.isOpen() && templateVariables === undefined
      ? Effect.flatMap(batching.push({ ...named(push), priority }), itemOf)
      : undefined
  const byName = (withPriority: boolean) =>
    client
      .request(
        pushToRunQueueByName({
          priority: withPriority,
          templateVariableValues: templateVariables !== undefined
        }),
        {
          ...named(push),
          priority: withPriority ? priority : undefined,
          templateVariableValues: templateVariables
        },
        RetryPolicy.once
      )
      .pipe(Effect.flatMap((answer) => itemOf(answer.pushToRunQueueByName)))
  const older = client
    .request(pushToRunQueueByNameOlder, named(push), RetryPolicy.once)
    .pipe(Effect.flatMap((answer) => itemOf(answer.pushToRunQueueByName)))

  return Effect.catchTag(first ?? byName(true), "WireFailure", (failure): ReturnType<typeof pushOnce> => {
    const { detail } = failure
    if (detail.includes('Cannot query field "runSpec" on type "PushToRunQueueByNamePayload"')) return older
    const priorityUnknown = /"\$?priority"/.test(detail) && /not defined|unknown/i.test(detail)
    const unknown = detail.includes('Cannot query field "pushToRunQueueByName"')
    if (!priorityUnknown && !unknown) return failure
    if (priority !== usualPriority)
      return refused(push, `its queue's server knows no priorities, and it asks for ${priority}.`)
    return priorityUnknown ? byName(false) : byId(client, push)
  })
}

/** The queue of a push isn't there. */
export const noQueue = ({ queue, queueProject, run, spec }: Push): LaunchError =>
  new LaunchError({
    reason: "QueueNotFound",
    run,
    detail: `there is no queue "${queue}" in ${spec.queueEntity}/${queueProject}: create it, or give --queue.`
  })

// internal

const named = ({ queue, queueProject, spec }: Push) => ({
  entityName: spec.queueEntity,
  projectName: queueProject,
  queueName: queue,
  runSpec: spec.runSpec
})

/**
 * The oldest way: find the queue by its name, make it if it is the default one, and push by its id. Only the push itself
 * may leave something behind.
 */
const byId = Effect.fnUntraced(function* (client: WandbClient["Type"], push: Push) {
  const { queue, queueProject, spec } = push
  const listed = yield* Effect.mapError(
    client.request(ProjectRunQueues, { entity: spec.queueEntity, projectName: queueProject }),
    WireFailure.unsent
  )
  const { viewer } = yield* Effect.mapError(client.request(Viewer, {}), WireFailure.unsent)
  const usable = (listed.project?.runQueues ?? []).filter(
    ({ access, createdBy, name }) =>
      name === queue &&
      (access === "PROJECT" || access === "USER" || (createdBy !== undefined && createdBy === viewer?.entity))
  )
  if (usable.length > 1) return yield* refused(push, `there are ${usable.length} queues named "${queue}".`)
  const [found] = usable
  const queueID = found?.id ?? (yield* createdQueue(client, push))
  const answer = yield* client.request(
    PushToRunQueue,
    { queueID, runSpec: spec.runSpec, templateVariableValues: spec.templateVariables },
    RetryPolicy.once
  )
  return yield* itemOf(answer.pushToRunQueue)
})

const createdQueue = (
  client: WandbClient["Type"],
  push: Push
): Effect.Effect<RunQueue["id"], LaunchError | WireFailure.WireFailure> => {
  const { queue, queueProject, spec } = push
  if (queue !== "default") return noQueue(push)
  return client
    .request(CreateRunQueue, {
      entity: spec.queueEntity,
      project: queueProject,
      queueName: queue,
      access: "PROJECT"
    })
    .pipe(
      Effect.mapError(WireFailure.unsent),
      Effect.flatMap(({ createRunQueue }) => Effect.fromNullable(createRunQueue?.queueID)),
      Effect.catchTag("NoSuchElementException", () => noQueue(push))
    )
}

/** An answer without an item is a failure, after which nobody knows (B.5.1). */
const itemOf = (
  payload: { readonly runQueueItemId?: string | undefined } | null
): Effect.Effect<QueueItemId, WireFailure.WireFailure> =>
  payload?.runQueueItemId === undefined ? nameless : Effect.succeed(QueueItemId.make(payload.runQueueItemId))

const nameless = WireFailure.make({
  reason: "Decode",
  detail: "the queue's answer names no item",
  delivery: "Unknown"
})

const refused = ({ run }: Push, detail: string): LaunchError => new LaunchError({ reason: "Refused", run, detail })
