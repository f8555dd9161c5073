import type { CommError } from "@sweepline/core/CommError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ArtifactMembershipByName } from "../operations/ArtifactMembershipByName.js"
import { execute, type WandbClient } from "../WandbClient.js"
import { patiently } from "./patience.js"

/** Whether there is a job of this full name, `entity/project/name:alias` (B.6): the name, or `None`. */
export const findJob = (
  client: WandbClient["Type"],
  fullName: string
): Effect.Effect<Option.Option<string>, CommError> => {
  const [entity, project, name, ...more] = fullName.split("/")
  if (entity === undefined || project === undefined || name?.includes(":") !== true || more.length > 0) {
    return Effect.succeedNone
  }
  return patiently(
    execute(client, ArtifactMembershipByName, { entity, project, name }, { doing: `look for the job ${fullName}` })
  ).pipe(
    Effect.map((answer) =>
      Option.fromNullable(answer.project?.artifactCollectionMembership?.artifact).pipe(
        Option.filter(({ artifactType }) => artifactType.name === "job"),
        Option.as(fullName)
      )
    )
  )
}
