import type { Overrides } from "@sweepline/api-client/WandbSettings"
import { SweepId } from "@sweepline/core/SweepId"
import * as Either from "effect/Either"
import { UsageError } from "../UsageError.js"

/** A sweep on W&B, as a person names it; what is left out, the settings say. */
export interface SweepPath {
  readonly entity: string | undefined
  readonly project: string | undefined
  readonly sweep: SweepId
}

/** Reads `SWEEP`, `PROJECT/SWEEP` and `ENTITY/PROJECT/SWEEP` (G.5). */
export const parse = (text: string): Either.Either<SweepPath, UsageError> => {
  const parts = text.split("/").map((part) => part.trim())
  const sweep = parts.at(-1)
  if (parts.length > 3 || sweep === undefined || parts.includes("")) {
    return Either.left(
      new UsageError({
        message: `"${text}" names no sweep on W&B. Write its id, as PROJECT/SWEEP, or as ENTITY/PROJECT/SWEEP.`
      })
    )
  }
  return Either.right({ entity: parts.at(-3), project: parts.at(-2), sweep: SweepId.make(sweep) })
}

/** What a path says over the options of a command line. */
export const overrides = (
  { entity, project }: Pick<SweepPath, "entity" | "project">,
  given: Pick<Overrides, "entity" | "project">
): Overrides => ({ entity: entity ?? given.entity, project: project ?? given.project })
