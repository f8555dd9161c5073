/** When a sweep has finished: nothing more is handed out, and none of its runs lives. */
import type { CommError } from "@sweepline/core/CommError"
import { Documents, type Writer } from "@sweepline/core/Documents"
import * as RunState from "@sweepline/core/RunState"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as SweepState from "@sweepline/core/SweepState"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as AgentDocument from "./AgentDocument.js"
import * as Collection from "./Collection.js"
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
  Effect.flatMap(Documents, (documents) =>
    // Each note is another one, or that of a run that ends while the sweep is looked at would go with the one before.
    documents.write((writer) => writer.set(`${waiting}${sweep}`, String(Collection.next(writer, "settling"))))
  )

/** Waits no longer for the end of a sweep that is gone. */
export const forget = (writer: Writer, sweep: SweepId): void => writer.remove(`${waiting}${sweep}`)

/**
 * Ends the sweeps whose last run has ended and whose agents are silent: those that were told how many runs to take leave
 * without asking once more, and those of a run that fell silent have left long before. Whoever still asks is told to
 * leave, and the sweep ends with that. A sweep that is paused waits until it goes on.
 */
export const settleAll = Effect.gen(function* () {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  const sweeps = yield* documents.read((reader) => reader.list({ prefix: waiting }))
  // What is wrong with one keeps nobody from looking at the others.
  yield* Effect.forEach(
    sweeps,
    ([key, note]) =>
      Effect.catchAllCause(settleWaiting(key, note, now), (cause) =>
        Effect.annotateLogs(Effect.logWarning("Could not look whether a sweep has finished", cause), { key })
      ),
    { discard: true }
  )
})

// internal

const waiting = "settling/"

/** An agent that hasn't been heard of for so long has left: all ask every few seconds. */
const silence = Duration.minutes(1)

const settleWaiting = Effect.fnUntraced(function* (key: string, note: string, now: number) {
  const documents = yield* Documents
  const sweep = SweepId.make(key.slice(waiting.length))
  const agents = yield* AgentDocument.ofSweep(sweep)
  // What is long to come is from before the clock was set back.
  const isNear = (time: number) => Math.abs(now - time) < Duration.toMillis(silence)
  if (agents.some(({ createdAt, heartbeatAt = createdAt }) => isNear(heartbeatAt)) || !(yield* settle(sweep))) return
  yield* documents.write((writer) => {
    if (writer.get(key) === note) writer.remove(key)
  })
})

/** Ends a sweep that has finished; answers whether there is nothing left to see to until another of its runs ends. */
const settle = (sweep: SweepId): Effect.Effect<boolean, CommError, Documents | ServerConfig | SweepApi | SweepAdmin> =>
  Effect.catchTag(ended(sweep), "SweepNotFoundError", () => Effect.succeed(true))

const ended = Effect.fnUntraced(function* (sweep: SweepId) {
  const api = yield* SweepApi
  const state = yield* api.sweepState(sweep)
  // Whoever resumes a paused sweep may have no agent left to ask for it.
  if (!Option.contains(state, "RUNNING")) return Option.exists(state, SweepState.isTerminal)
  const document = yield* SweepDocument.get(sweep)
  const most = (yield* isSpent(document)) ? 0 : yield* mostRuns(document)
  if (most === undefined) return true
  // Most runs that end are not the last one: to read all of them each time would take ever longer.
  if ((yield* (yield* SweepAdmin).runCount(sweep)) < most) return true
  const runs = yield* api.runs(sweep)
  if (runs.some(({ state }) => RunState.isAlive(state) || state === "preempted")) return true
  return yield* api.setSweepState(sweep, "FINISHED")
})

/** Whether no agent is given anything more. Where a program of the user's searches, a target is nothing to it. */
const isSpent = Effect.fnUntraced(function* ({ id, local, spent }: SweepDocument.SweepDocument) {
  if (spent === true) return true
  const admin = yield* SweepAdmin
  return local !== true && (yield* admin.targetReached(id))
})

/** How many runs a sweep has at most. Where a program of the user's searches, only the run_cap binds it. */
const mostRuns = Effect.fnUntraced(function* ({ id, local = false }: SweepDocument.SweepDocument) {
  const api = yield* SweepApi
  const server = yield* ServerConfig
  const config = ParsedConfig.of((yield* api.sweep(id)).config)
  if (config === undefined) return undefined
  return local ? config.runCap : server.mostRuns(config)
})
