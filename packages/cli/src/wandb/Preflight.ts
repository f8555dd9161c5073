import { ProjectRunQueues } from "@sweepline/api-client/operations/ProjectRunQueues"
import { WandbClient } from "@sweepline/api-client/WandbClient"
import { WandbProject } from "@sweepline/api-client/WandbProject"
import * as Executable from "@sweepline/core/Executable"
import * as NearestName from "@sweepline/core/NearestName"
import { SchedulerError } from "@sweepline/core/SchedulerError"
import { SweepApi, type SweepRecord } from "@sweepline/core/SweepApi"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as SweepState from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { UsageError } from "../UsageError.js"

// What would keep runs from being launched is told before the first one is, in a sentence each.

/** What a scheduler is about to do. */
export interface Plan {
  readonly sweep: SweepRecord
  readonly executable: Executable.Executable | undefined
  readonly queue: string
  readonly queueProject: string
}

/**
 * Looks whether the sweep's runs could be launched: a config that can be read, one job or image that exists, and a
 * queue. A sweep that has ended needs none of them.
 */
export const check = Effect.fn("Preflight.check")(function* ({ executable, queue, queueProject, sweep }: Plan) {
  if (Option.exists(sweep.state, SweepState.isTerminal)) return
  const { config } = yield* Effect.mapError(
    SweepConfig.parseAccepted({ file: `sweep ${sweep.id}`, text: sweep.config }),
    (cause) => new SchedulerError({ reason: "SweepUnreadable", detail: cause.message, cause })
  )
  const resolved = yield* Either.mapLeft(
    Executable.resolve({ given: executable, config, localProgram: false }),
    (detail) => new SchedulerError({ reason: "NoExecutable", detail })
  )
  if (resolved.kind === "job") yield* jobExists(resolved.name)
  const { entity } = yield* WandbProject
  const owner = config.launch?.get("queue_entity")
  yield* queueExists({ entity: typeof owner === "string" && owner !== "" ? owner : entity, queueProject, queue })
})

/** Fails where there is no such job. */
export const jobExists = Effect.fnUntraced(function* (name: string) {
  const api = yield* SweepApi
  const found = yield* api.job(name)
  if (Option.isSome(found)) return
  return yield* new SchedulerError({
    reason: "ExecutableMissing",
    detail: `There is no job "${name}". A job's full name is entity/project/name:version.`
  })
})

/** Where a queue should be. */
export interface QueuePlace {
  readonly entity: string
  readonly queueProject: string
  readonly queue: string
}

/** Fails where a project has queues, and none of this name. */
export const queueExists = Effect.fnUntraced(function* (place: QueuePlace) {
  const { entity, queue, queueProject } = place
  const client = yield* WandbClient
  const answer = yield* Effect.either(client.request(ProjectRunQueues, { entity, projectName: queueProject }))
  // A server that doesn't list queues, or a key that may only push, finds out at the first push.
  if (Either.isLeft(answer) && answer.left.status !== 404) return
  const listed = Either.isRight(answer) ? (answer.right.project?.runQueues ?? []) : []
  const queues = listed.map(({ name }) => name)
  if (!queues.includes(queue)) return yield* noQueue(place, queues)
})

/** A project has no such queue; `queues` are those that it has. */
export const noQueue = ({ entity, queue, queueProject }: QueuePlace, queues: ReadonlyArray<string>): UsageError => {
  const there = queues.length === 0 ? "There are none there." : `There are: ${queues.join(", ")}.`
  return new UsageError({
    message: `There is no queue "${queue}" in ${entity}/${queueProject}.${NearestName.didYouMean(queue, queues)} ${there} Create it in W&B, or give --queue.`
  })
}
