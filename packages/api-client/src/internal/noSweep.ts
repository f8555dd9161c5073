import type { SweepId } from "@sweepline/core/SweepId"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import type { WandbProject } from "../WandbProject.js"

/** The sweep isn't there, and where it was looked for. */
export const noSweep = ({ entity, project }: WandbProject["Type"], id: SweepId): SweepNotFoundError =>
  new SweepNotFoundError({ kind: "sweep", id, hint: `It was looked for in ${entity}/${project}.` })
