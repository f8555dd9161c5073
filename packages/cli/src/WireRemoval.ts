import * as AgentDocument from "@sweepline/server/AgentDocument"
import * as FileStore from "@sweepline/server/FileStore"
import * as SweepRemoval from "@sweepline/server/SweepRemoval"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"

/** The runs of a sweep that agents of a server were given. */
export const given = AgentDocument.runsOf

/** Forgets what clients of W&B's SDK told of a sweep that is gone, and the files that they sent to a state folder. */
export const remove = (dir: string, sweep: SweepId) =>
  Effect.provide(SweepRemoval.remove(sweep), FileStore.layerDirectory(`${dir}/files`))
