import type { CommError } from "@sweepline/core/CommError"
import type { RunId } from "@sweepline/core/RunId"
import * as Effect from "effect/Effect"
import { RunStoppedStatus } from "../operations/RunStoppedStatus.js"
import { execute, type WandbClient } from "../WandbClient.js"

/** Whether a run was asked to stop; `undefined` where there is no such run. */
export const stopStatus = (
  client: WandbClient["Type"],
  place: { readonly entity: string; readonly project: string },
  run: RunId
): Effect.Effect<boolean | undefined, CommError> =>
  Effect.map(
    execute(
      client,
      RunStoppedStatus,
      { projectName: place.project, entityName: place.entity, runId: run },
      { doing: `ask whether run ${run} is to stop` }
    ),
    ({ project }) => (project?.run ? project.run.stopped === true : undefined)
  )
