/** What the server is told of the items of a launch agent. */
import type { CommError } from "@sweepline/core/CommError"
import type { QueueItemId } from "@sweepline/core/QueueItemId"
import * as Effect from "effect/Effect"
import { FailRunQueueItem } from "../operations/FailRunQueueItem.js"
import { GetSweepState } from "../operations/GetSweepState.js"
import { RunState } from "../operations/RunState.js"
import { UpsertSweepState } from "../operations/UpsertSweepState.js"
import { execute, type WandbClient } from "../WandbClient.js"
import type { Launch, LaunchEnd } from "./launches.js"

/** An item has failed: because of the agent, which can't launch it, or of its run. */
export const fail = (
  client: WandbClient["Type"],
  id: QueueItemId,
  message: string,
  stage: "agent" | "run"
): Effect.Effect<void, CommError> =>
  Effect.asVoid(execute(client, FailRunQueueItem, { runQueueItemId: id, message, stage }, { doing: `fail item ${id}` }))

/** A launch has ended. A run that never began is W&B's failed item, and a scheduler that failed takes its sweep along (E.3.4). */
export const conclude = Effect.fnUntraced(function* (
  client: WandbClient["Type"],
  launch: Launch,
  { exitCode, state }: LaunchEnd
): Effect.fn.Return<void, CommError> {
  const { id, item, run } = launch
  if (item.isScheduler && state === "failed") yield* cancelSweep(client, launch)
  const place = { entity: item.entity, project: item.project, name: run }
  const answer = yield* execute(client, RunState, place, { doing: `read the state of run ${run}` })
  if ((answer.project?.run?.state ?? "pending") !== "pending") return
  yield* fail(client, id, `The run ended without having begun: exit code ${exitCode ?? "unknown"}.`, "run")
})

// internal

/** Of a scheduler, whose run has the id of its sweep. */
const cancelSweep = Effect.fnUntraced(function* (client: WandbClient["Type"], { item, run }: Launch) {
  const { entity, project } = item
  const doing = `cancel sweep ${run}, whose scheduler failed`
  const answer = yield* execute(client, GetSweepState, { entity, project, sweep: run }, { doing })
  const sweep = answer.project?.sweep
  if (!sweep || sweep.state === "FINISHED" || sweep.state === "CANCELED") return
  const variables = { id: sweep.id, state: "CANCELED", entityName: entity, projectName: project }
  yield* execute(client, UpsertSweepState, variables, { doing })
})
