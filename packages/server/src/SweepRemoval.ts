/** Sweeps that are gone, with what clients have told of them. */
import { Documents } from "@sweepline/core/Documents"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Effect from "effect/Effect"
import * as AgentDocument from "./AgentDocument.js"
import * as Endpoint from "./Endpoint.js"
import * as RunDocument from "./RunDocument.js"
import * as RunRemoval from "./RunRemoval.js"
import * as SweepDocument from "./SweepDocument.js"
import * as SweepFinish from "./SweepFinish.js"

/**
 * Forgets a sweep that the ports have forgotten, with its agents, its runs and their files; may be repeated. Artifacts that
 * its runs made stay: others may use them.
 */
export const remove = Effect.fnUntraced(function* (sweep: SweepId) {
  const documents = yield* Documents
  const runs = yield* documents.read((reader) => RunDocument.ofSweep(reader, sweep))
  yield* Effect.forEach(runs, RunRemoval.remove, { discard: true })
  const agents = yield* AgentDocument.ofSweep(sweep)
  yield* documents.write((writer) => {
    for (const agent of agents) AgentDocument.remove(writer, agent.id)
    SweepFinish.forget(writer, sweep)
    SweepDocument.remove(writer, sweep)
    Endpoint.remove(writer, sweep)
  })
})

/**
 * Does so where the ports have forgotten it: for who has just kept something of it, since another process may have removed it
 * meanwhile, and then nobody else would.
 */
export const tidy = Effect.fnUntraced(function* (sweep: SweepId) {
  const api = yield* SweepApi
  yield* Effect.catchTag(api.sweepState(sweep), "SweepNotFoundError", () => remove(sweep))
})
