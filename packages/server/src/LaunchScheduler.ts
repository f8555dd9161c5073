/** The scheduler that `wandb launch-sweep` asks a launch agent to run (F.6, G.3). */
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Projects from "./Projects.js"
import * as QueueItems from "./QueueItems.js"
import * as RunQueues from "./RunQueueDocument.js"
import { badRequest, notFound, type WireError } from "./WireError.js"

/**
 * Puts a sweep's scheduler into its queue, with the sweep's name where the spec says `WANDB_SWEEP_ID`. Answers the
 * object as text: that is what the sweep keeps, and what a resumption reads.
 */
export const launch = Effect.fnUntraced(function* (text: string, entity: string, sweep: SweepId) {
  const given = yield* read(text)
  const spec = given.get("run_spec")
  const runSpec = (typeof spec === "string" ? spec : PythonJson.stringify(spec ?? null)).replaceAll(
    "WANDB_SWEEP_ID",
    sweep
  )
  const queueName = given.get("queue")
  if (typeof queueName !== "string" || queueName === "") return yield* badRequest("launchScheduler names no queue")
  const project = given.get("run_queue_project")
  const place = { entity, project: typeof project === "string" && project !== "" ? project : Projects.modelRegistry }
  const queue = yield* RunQueues.find(place, queueName)
  if (queue === undefined) {
    return yield* notFound(`run queue ${queueName} not found in ${place.entity}/${place.project}`)
  }
  yield* QueueItems.push(queue, { runSpec })
  const kept: ReadonlyArray<readonly [string, PythonValue]> = [...given].map(([key, value]) =>
    key === "run_spec" ? [key, runSpec] : [key, value]
  )
  return PythonJson.stringify(new Map(kept))
})

// internal

const read = (text: string): Effect.Effect<PythonDict, WireError> =>
  Either.match(PythonJson.parse(text), {
    onLeft: (error) => badRequest(`launchScheduler: ${error.message}`),
    onRight: (value) => (isDict(value) ? Effect.succeed(value) : badRequest("launchScheduler must be an object"))
  })
