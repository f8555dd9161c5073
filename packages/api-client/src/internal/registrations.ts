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
import { Batching } from "./batching.js"
import * as Gathering from "./gathering.js"
import { noSweep } from "./noSweep.js"
import { patiently } from "./patience.js"
import { askWhole, logRefusal } from "./readResolver.js"
import { chunkSize } from "./readRequests.js"
import { replyPart } from "./replyPart.js"

/**
 * Registers agents: those that begin in the same moment share their requests, 250 in each. A server that refuses that
 * gets single ones. One that failed within such a request is tried again by itself, since only then can the server say
 * with its status why (F.2).
 */
export const registrations = (
  client: WandbClient["Type"],
  place: WandbProject["Type"]
): SweepApi["Type"]["registerAgent"] => {
  const batching = new Batching()

  const singly = ({ answer, what }: Waiting) =>
    Deferred.complete(
      answer,
      Effect.map(client.request(CreateAgent, what, policy), ({ createAgent }) => createAgent)
    )

  const together = (waiting: ReadonlyArray<Waiting>): Effect.Effect<void> => {
    const batch = CreateAgentBatch.make(waiting.map(({ what }) => what))
    return Effect.matchEffect(askWhole(client, batch, policy), {
      onFailure: (failure) =>
        batching.refused(failure)
          ? Effect.zipRight(logRefusal(failure), each(waiting, singly))
          : each(waiting, ({ answer }) => Deferred.fail(answer, failure)),
      onSuccess: (reply) => {
        batching.answered()
        return each(waiting, (one, n) => {
          const found = Either.filterOrLeft(
            part(reply, batch.paths[n] ?? []),
            (it) => it !== null,
            () => nameless
          )
          const refused = Either.isLeft(found) && found.left.reason === "GraphQL"
          return refused ? singly(one) : Deferred.complete(one.answer, found)
        })
      }
    })
  }

  const register = Gathering.make((waiting: ReadonlyArray<Waiting>) =>
    Effect.forEach(
      Array.from({ length: Math.ceil(waiting.length / chunkSize) }, (_, n) =>
        waiting.slice(n * chunkSize, (n + 1) * chunkSize)
      ),
      (chunk) => (batching.single || chunk.length === 1 ? each(chunk, singly) : together(chunk)),
      { concurrency: "unbounded", discard: true }
    )
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

/** One worker that can't be registered ends the sweep: it may take the time of an outage. */
const policy = RetryPolicy.heartbeat

const part = replyPart(CreatedAgent)

const each = (waiting: ReadonlyArray<Waiting>, use: (one: Waiting, n: number) => Effect.Effect<unknown>) =>
  Effect.forEach(waiting, use, { concurrency: "unbounded", discard: true })

const nameless = WireFailure.make({ reason: "Decode", detail: "the answer names no agent", delivery: "Unknown" })
