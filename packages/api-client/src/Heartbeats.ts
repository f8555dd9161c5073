import type { AgentCommand } from "@sweepline/core/AgentCommand"
import type { AgentId } from "@sweepline/core/AgentId"
import type { CommError } from "@sweepline/core/CommError"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { RunId } from "@sweepline/core/RunId"
import type { SchedulerError } from "@sweepline/core/SchedulerError"
import type { SweepId } from "@sweepline/core/SweepId"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import { agentCommands } from "./internal/agentCommands.js"
import { Batching } from "./internal/batching.js"
import { askWhole, logRefusal } from "./internal/readResolver.js"
import { chunkSize } from "./internal/readRequests.js"
import { replyPart } from "./internal/replyPart.js"
import { Heartbeat, HeartbeatAnswer } from "./operations/Heartbeat.js"
import * as HeartbeatBatch from "./operations/HeartbeatBatch.js"
import * as RetryPolicy from "./RetryPolicy.js"
import type { WandbClient } from "./WandbClient.js"
import * as WireFailure from "./WireFailure.js"

/** Why a heartbeat failed. */
export type HeartbeatError = CommError | SchedulerError | SweepNotFoundError

/** What an agent tells. */
export interface Report {
  readonly sweep: SweepId
  readonly agent: AgentId
  readonly runs: ReadonlyMap<RunId, boolean>
}

/**
 * Heartbeats of agents: those that run under one `{ batching: true }` share their requests, 250 in each. A server that
 * refuses that gets single ones. One that failed within such a request is sent again by itself, since only then can the
 * server say with a status of 404 that sweep or agent are gone (B51, B.2.6).
 */
export const make = (
  client: WandbClient["Type"]
): ((report: Report) => Effect.Effect<ReadonlyArray<AgentCommand>, HeartbeatError>) => {
  const batching = new Batching()

  const singly = (beat: Beat): Effect.Effect<void> =>
    client.request(Heartbeat, { id: beat.agent, metrics: "{}", runState: beat.runState }, RetryPolicy.heartbeat).pipe(
      Effect.map(({ agentHeartbeat }) => agentHeartbeat),
      Effect.either,
      Effect.flatMap((found) => answer(beat, found))
    )

  const together = (beats: ReadonlyArray<Beat>): Effect.Effect<void> => {
    const batch = HeartbeatBatch.make(beats.map(({ agent, runState }) => ({ id: agent, runState })))
    return Effect.matchEffect(askWhole(client, batch, RetryPolicy.heartbeat), {
      onFailure: (failure) => {
        if (batching.refused(failure)) {
          return Effect.zipRight(logRefusal(failure), each(beats, singly))
        }
        return each(beats, (beat) => answer(beat, Either.left(failure)))
      },
      onSuccess: (reply) => {
        batching.answered()
        const refused: Array<Beat> = []
        const answers = beats.map((beat, n) => {
          const found = part(reply, batch.paths[n] ?? [])
          if (Either.isRight(found) || found.left.reason !== "GraphQL") return answer(beat, found)
          refused.push(beat)
          return Effect.void
        })
        return Effect.zipRight(Effect.all(answers, { discard: true }), each(refused, singly))
      }
    })
  }

  const resolver = RequestResolver.makeBatched((beats: ReadonlyArray<Beat>) =>
    Effect.forEach(
      chunksOf(beats),
      (chunk) => (batching.single || chunk.length === 1 ? each(chunk, singly) : together(chunk)),
      { concurrency: "unbounded", discard: true }
    ).pipe(
      Effect.catchAllCause((cause) =>
        Effect.forEach(beats, (beat) => Request.failCause(beat, cause), { discard: true })
      )
    )
  )

  return ({ agent, runs, sweep }) =>
    Effect.request(new Beat({ sweep, agent, runState: PythonJson.stringify(new Map(runs)) }), resolver)
}

// internal

class Beat extends Request.TaggedClass("Beat")<
  ReadonlyArray<AgentCommand>,
  HeartbeatError,
  { readonly sweep: SweepId; readonly agent: AgentId; readonly runState: string }
> {}

const chunksOf = (beats: ReadonlyArray<Beat>): ReadonlyArray<ReadonlyArray<Beat>> =>
  Array.from({ length: Math.ceil(beats.length / chunkSize) }, (_, n) => beats.slice(n * chunkSize, (n + 1) * chunkSize))

const each = (beats: ReadonlyArray<Beat>, use: (beat: Beat) => Effect.Effect<void>): Effect.Effect<void> =>
  Effect.forEach(beats, use, { concurrency: "unbounded", discard: true })

const part = replyPart(HeartbeatAnswer)

const answer = (
  beat: Beat,
  found: Either.Either<typeof HeartbeatAnswer.Type, WireFailure.WireFailure>
): Effect.Effect<void> =>
  Request.completeEffect(
    beat,
    Effect.mapError(
      Either.flatMap(found, (it) => (it === null ? Either.left(nothing) : agentCommands(it.commands))),
      (error) => {
        if (error._tag === "SchedulerError") return error
        if (error.status === 404) return new SweepNotFoundError({ kind: "sweep", id: beat.sweep })
        return WireFailure.toCommError(`send the heartbeat of agent ${beat.agent}`)(error)
      }
    )
  )

const nothing = WireFailure.make({ reason: "Decode", detail: "the answer is empty", delivery: "Unknown" })
