import { AgentId } from "@sweepline/core/AgentId"
import type { SweepApi } from "@sweepline/core/SweepApi"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { CreateAgent, CreatedAgent } from "../operations/CreateAgent.js"
import * as CreateAgentBatch from "../operations/CreateAgentBatch.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type { WandbClient } from "../WandbClient.js"
import type { WandbProject } from "../WandbProject.js"
import * as WireFailure from "../WireFailure.js"
import * as BatchedMutation from "./batchedMutation.js"
import * as Gathering from "./gathering.js"
import { noSweep } from "./noSweep.js"
import { patiently } from "./patience.js"
import { replyPart } from "./replyPart.js"

/** Registers agents: those that begin in the same moment share their requests. */
export const registrations = (
  client: WandbClient["Type"],
  place: WandbProject["Type"]
): SweepApi["Type"]["registerAgent"] => {
  const register = Gathering.make(
    BatchedMutation.make<Waiting, typeof CreatedAgent.Type | null>({
      client,
      policy,
      request: (waiting) => CreateAgentBatch.make(waiting.map(({ what }) => what)),
      part: replyPart(CreatedAgent),
      answer: ({ answer }, found) =>
        Deferred.complete(
          answer,
          Either.filterOrLeft(
            found,
            (it) => it !== null,
            () => nameless
          )
        ),
      singly: ({ answer, what }) =>
        Deferred.complete(
          answer,
          Effect.map(client.request(CreateAgent, what, policy), ({ createAgent }) => createAgent)
        )
    })
  )

  return ({ host, sweep }) =>
    register({ host, sweep, entityName: place.entity, projectName: place.project }).pipe(
      Effect.mapError(WireFailure.toCommError(`register the worker ${host} with sweep ${sweep}`)),
      patiently,
      Effect.mapBoth({
        onFailure: (error) => (error.status === 404 ? noSweep(place, sweep) : error),
        onSuccess: ({ agent }) => AgentId.make(agent.id)
      })
    )
}

// internal

type Waiting = Gathering.Asked<CreateAgentBatch.Registration, typeof CreatedAgent.Type, WireFailure.WireFailure>

/** One worker that is refused ends the sweep: it is asked for as long as a heartbeat, and an outage is left to the caller. */
const policy = RetryPolicy.heartbeat

const nameless = WireFailure.make({ reason: "Decode", detail: "the answer names no agent", delivery: "Unknown" })
