/**
 * The states of a run as its client's traffic makes them (F.4). A run of a sweep has its state in the ports, whose
 * rules decide; any other has it in its document.
 */
import { Documents, type Writer } from "@sweepline/core/Documents"
import type { PythonDict } from "@sweepline/core/PythonValue"
import * as RunState from "@sweepline/core/RunState"
import type { RunRecord } from "@sweepline/core/SweepApi"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { StopReason } from "@sweepline/core/StopReason"
import type { SweepId } from "@sweepline/core/SweepId"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as AgentDocument from "./AgentDocument.js"
import * as Collection from "./Collection.js"
import * as Endpoint from "./Endpoint.js"
import type { RunPath } from "./Lines.js"
import * as RunDocument from "./RunDocument.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepFinish from "./SweepFinish.js"
import * as WireRun from "./WireRun.js"

/**
 * A client has begun the run, or is heard of again. One that is dead comes back only where a client begins it anew
 * (`again`), or where it was taken for crashed.
 */
export const began = Effect.fnUntraced(function* (run: WireRun.WireRun, again: boolean) {
  const state = WireRun.state(run)
  const alive = RunState.isAlive(state)
  if (!alive && !again && state !== "crashed") return
  if (run.sweep === undefined) {
    yield* touch(run, (document) => ({
      ...document,
      begun: true,
      state: alive && state !== "pending" ? state : "running",
      stopped: alive && document.stopped,
      exitCode: alive ? document.exitCode : undefined
    }))
    return
  }
  const { id: sweep, record } = run.sweep
  yield* touch(run, (document) => ({ ...document, begun: true }))
  if (alive) {
    if (state === "pending" || state === "unknown") yield* report(sweep, record, record.attempt, "running")
    return
  }
  // An agent that watches processes begins attempts itself, and whoever was stopped stays so.
  if (record.stop !== undefined || (yield* isWatched(run.sweep))) return
  const api = yield* SweepApi
  yield* api.requeueRun({ sweep, run: record.id, attempt: record.attempt + 1 })
  yield* report(sweep, record, record.attempt + 1, "running")
})

/** Its client has said how it ended; only 0 is a success. One that was about to be preempted runs again. */
export const ended = Effect.fnUntraced(function* (run: WireRun.WireRun, exitCode: number | undefined) {
  const failed = WireRun.state(run) === "preempting" ? "preempted" : "failed"
  yield* end(run, exitCode === 0 ? "finished" : failed, exitCode)
})

/** Its client hasn't been heard of for too long. */
export const lost = (run: WireRun.WireRun) =>
  end(run, WireRun.state(run) === "preempting" ? "preempted" : "crashed", undefined)

/** Its client says that its machine is about to be taken away. */
export const preempting = Effect.fnUntraced(function* (run: WireRun.WireRun) {
  if (WireRun.state(run) !== "running") return
  if (run.sweep === undefined) yield* touch(run, (document) => ({ ...document, state: "preempting" }))
  else yield* report(run.sweep.id, run.sweep.record, run.sweep.record.attempt, "preempting")
})

/** Somebody says what its state is: `pending` puts it back for another attempt, where it isn't alive. */
export const set = Effect.fnUntraced(function* (run: WireRun.WireRun, state: RunState.RunState) {
  if (RunState.isAlive(state) && state !== "pending") return yield* began(run, true)
  if (state !== "pending") return yield* end(run, state, undefined)
  if (run.sweep === undefined) {
    yield* touch(run, (document) => ({ ...document, state, stopped: false, begun: false, exitCode: undefined }))
  } else if (!WireRun.isAlive(run)) {
    const { id: sweep, record } = run.sweep
    const api = yield* SweepApi
    yield* api.requeueRun({ sweep, run: record.id, attempt: record.attempt + 1 })
  }
})

/** Asks a run to stop: its client hears of it with the answer to its next lines. */
export const stop = Effect.fnUntraced(function* (run: WireRun.WireRun, reason: StopReason) {
  if (!WireRun.isAlive(run)) return
  if (run.sweep === undefined) {
    yield* touch(run, (document) => ({
      ...document,
      stopped: true,
      state: document.begun ? document.state : "killed"
    }))
    return
  }
  const api = yield* SweepApi
  yield* api.stopRun({ sweep: run.sweep.id, run: run.sweep.record.id, reason })
})

/** Keeps what is known of a run's summary; for a run of a sweep it is what search and `best` see. */
export const summarise = Effect.fnUntraced(function* (run: WireRun.WireRun, summary: PythonDict) {
  if (run.sweep === undefined || summary.size === 0) return
  const { id: sweep, record } = run.sweep
  yield* report(sweep, record, record.attempt, "pending", summary)
})

/** The runs that a client is at work on. */
export const live = Effect.flatMap(Documents, (documents) =>
  documents.read((reader) =>
    reader.list({ prefix: "live/" }).flatMap(([key]): ReadonlyArray<RunPath> => {
      const [entity, project, name] = key.split("/").slice(1).map(decodeURIComponent)
      return entity === undefined || project === undefined || name === undefined ? [] : [{ entity, project, name }]
    })
  )
)

/** Forgets that a client is at work on a run. */
export const leave = (writer: Writer, { entity, name, project }: RunPath): void =>
  writer.remove(Collection.key("live", [entity, project, name]))

// internal

const end = Effect.fnUntraced(function* (run: WireRun.WireRun, state: RunState.RunState, exitCode: number | undefined) {
  if (run.sweep === undefined) {
    yield* touch(run, (document) => {
      if (!RunState.isAlive(document.state)) return document
      const ended = document.stopped && state !== "finished" ? "killed" : state
      return exitCode === undefined ? { ...document, state: ended } : { ...document, state: ended, exitCode }
    })
    return
  }
  yield* touch(run, (document) => (exitCode === undefined ? document : { ...document, exitCode }), true)
  if (yield* isWatched(run.sweep)) return
  yield* report(run.sweep.id, run.sweep.record, run.sweep.record.attempt, state, none, exitCode)
  yield* SweepFinish.runEnded(run.sweep.id)
})

/**
 * Whether a launch agent of this backend watches the process of a sweep's run, and says itself how it ends. Who works on a
 * sweep of agents, as after `sweepline resume`, has none of the runs that those were given.
 */
const isWatched = Effect.fnUntraced(function* ({ id, record }: NonNullable<WireRun.WireRun["sweep"]>) {
  const { runEnds } = yield* ServerConfig
  if (runEnds === "agent") return true
  const documents = yield* Documents
  if (!(yield* documents.read((reader) => Endpoint.isKept(reader, id)))) return false
  return !(yield* AgentDocument.runsOf(id)).has(record.id)
})

const none: PythonDict = new Map()

const report = (
  sweep: SweepId,
  record: RunRecord,
  attempt: number,
  state: RunState.RunState,
  summary: PythonDict = none,
  exitCode: number | undefined = undefined
) =>
  Effect.flatMap(SweepApi, (api) =>
    api.reportRun({ sweep, run: record.id, report: { attempt, state, exitCode, summary } })
  )

/** Changes a run's document, and keeps beside it whether a client is at work on it. */
const touch = Effect.fnUntraced(function* (
  run: WireRun.WireRun,
  change: (document: RunDocument.RunDocument) => RunDocument.RunDocument,
  over = false
) {
  const documents = yield* Documents
  const now = yield* Clock.currentTimeMillis
  const path = WireRun.pathOf(run)
  yield* documents.write((writer) => {
    const document = change(RunDocument.get(writer, path) ?? run.document)
    const alive = run.sweep === undefined ? RunState.isAlive(document.state) : !over
    RunDocument.set(writer, { ...document, heartbeatAt: now })
    if (alive && document.begun) writer.set(Collection.key("live", [path.entity, path.project, path.name]), "")
    else leave(writer, path)
  })
})
