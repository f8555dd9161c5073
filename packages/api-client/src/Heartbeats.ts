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
import * as BatchedMutation from "./internal/batchedMutation.js"
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
 * Heartbeats of agents: those that run under one `{ batching: true }` share their requests. A status of 404 says that
 * sweep or agent are gone (B51, B.2.6).
 */
export const make = (
  client: WandbClient["Type"]
): ((report: Report) => Effect.Effect<ReadonlyArray<AgentCommand>, HeartbeatError>) => {
  const beat = BatchedMutation.make({
    client,
    policy: RetryPolicy.heartbeat,
    request: (beats: ReadonlyArray<Beat>) =>
      HeartbeatBatch.make(beats.map(({ agent, runState }) => ({ id: agent, runState }))),
    part: replyPart(HeartbeatAnswer),
    answer,
    singly: (beat) =>
      client.request(Heartbeat, { id: beat.agent, metrics: "{}", runState: beat.runState }, RetryPolicy.heartbeat).pipe(
        Effect.map(({ agentHeartbeat }) => agentHeartbeat),
        Effect.either,
        Effect.flatMap((found) => answer(beat, found))
      )
  })
  const resolver = RequestResolver.makeBatched((beats: ReadonlyArray<Beat>) =>
    Effect.catchAllCause(beat(beats), (cause) =>
      Effect.forEach(beats, (one) => Request.failCause(one, cause), { discard: true })
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

const answer = (
  beat: Beat,
  found: Either.Either<typeof HeartbeatAnswer.Type | null, WireFailure.WireFailure>
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
