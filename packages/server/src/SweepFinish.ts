/** When a sweep has finished: nothing more is handed out, and none of its runs lives. */
import type { CommError } from "@sweepline/core/CommError"
import { Documents } from "@sweepline/core/Documents"
import * as RunState from "@sweepline/core/RunState"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as AgentDocument from "./AgentDocument.js"
import * as ParsedConfig from "./ParsedConfig.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"

/** Keeps that agents were told that there is nothing more, and ends the sweep if none of its runs lives. */
export const spend = Effect.fnUntraced(function* (sweep: SweepId) {
  const config = yield* ServerConfig
  const documents = yield* Documents
  if ((yield* SweepDocument.get(sweep)).spent !== true) {
    yield* documents.write((writer) =>
      SweepDocument.set(writer, { ...SweepDocument.read(writer, sweep, config), spent: true })
    )
  }
  yield* settle(sweep)
})

/** Keeps that a run of a sweep has ended, which may have been its last. */
export const runEnded = (sweep: SweepId): Effect.Effect<void, CommError, Documents> =>
  Effect.flatMap(Documents, (documents) => documents.write((writer) => writer.set(`${waiting}${sweep}`, "")))

/**
 * Ends the sweeps whose last run has ended and whose agents are silent: those that were told how many runs to take leave
 * without asking once more, and those of a run that fell silent have left long before. Whoever still asks is told to
 * leave, and the sweep ends with that.
 */
export const settleAll = Effect.gen(function* () {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  const sweeps = yield* documents.read((reader) => reader.list({ prefix: waiting }))
  for (const [key] of sweeps) {
    const sweep = SweepId.make(key.slice(waiting.length))
    const agents = yield* AgentDocument.ofSweep(sweep)
    const heardAt = Math.max(...agents.map(({ createdAt, heartbeatAt = createdAt }) => heartbeatAt))
    if (now - heardAt < Duration.toMillis(silence)) continue
    yield* settle(sweep)
    yield* documents.write((writer) => writer.remove(key))
  }
})

// internal

const waiting = "settling/"

/** An agent that hasn't been heard of for so long has left: all ask every few seconds. */
const silence = Duration.minutes(1)

const settle = (sweep: SweepId): Effect.Effect<void, CommError, Documents | ServerConfig | SweepApi> =>
  Effect.catchTag(ended(sweep), "SweepNotFoundError", () => Effect.void)

const ended = Effect.fnUntraced(function* (sweep: SweepId) {
  const api = yield* SweepApi
  if (!Option.contains(yield* api.sweepState(sweep), "RUNNING")) return
  const { spent = false } = yield* SweepDocument.get(sweep)
  const cap = spent ? 0 : ParsedConfig.of((yield* api.sweep(sweep)).config)?.runCap
  if (cap === undefined) return
  const runs = yield* api.runs(sweep)
  if (runs.length < cap || runs.some(({ state }) => RunState.isAlive(state) || state === "preempted")) return
  yield* api.setSweepState(sweep, "FINISHED")
})
