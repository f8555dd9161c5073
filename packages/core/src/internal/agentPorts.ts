/** Queue and backend as the launch agent of a sweep's agent sees them: what heartbeats have handed out, and nothing else. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommError } from "../CommError.js"
import type { LaunchQueue, QueueItem } from "../LaunchQueue.js"
import type { RunId } from "../RunId.js"
import type { RunKey } from "../RunKey.js"
import * as RunState from "../RunState.js"
import type { StopReason } from "../StopReason.js"
import type { SweepApi, SweepRecord } from "../SweepApi.js"
import type { AgentRuns, RunEnd } from "./agentRuns.js"

/** What the agent hears of its runs through the queue. */
export interface Heard {
  readonly onStarted: (item: QueueItem, handle: string) => void
  readonly onEnded: (key: RunKey, end: RunEnd) => void
  /** A run was given back, and is offered again. */
  readonly onReleased: () => void
}

/** The queue of an agent's runs. It holds what was handed out for as long as the agent lives, and no longer. */
export const queue = (runs: AgentRuns, { onEnded, onReleased, onStarted }: Heard): LaunchQueue["Type"] => {
  const conclude: LaunchQueue["Type"]["complete"] = (id) =>
    Effect.sync(() => {
      const ended = runs.conclude(id)
      if (ended !== undefined) onEnded(ended.key, ended)
    })
  return {
    push: () => unsupported("push a run"),
    itemState: () => Effect.succeedNone,
    itemStates: () => Effect.succeed([]),
    find: () => Effect.succeedNone,
    lease: ({ except, max }) => Effect.sync(() => (except?.has(runs.sweep) === true ? [] : runs.lease(max))),
    acknowledge: (id, handle) =>
      Effect.sync(() => {
        const item = runs.item(id)
        if (item !== undefined) onStarted(item, handle)
      }),
    complete: conclude,
    fail: conclude,
    release: (id) =>
      Effect.sync(() => {
        if (runs.giveBack(id)) onReleased()
      }),
    held: () => Effect.succeed([]),
    changes: () => runs.offers.changes
  }
}

/** The backend of an agent's runs: they are stopped as heartbeats say, and their clients report how they do meanwhile. */
export const api = (runs: AgentRuns, backend: SweepApi["Type"], sweep: SweepRecord): SweepApi["Type"] => ({
  ...backend,
  // What it runs doesn't change while it lives.
  sweep: (id) => (id === sweep.id ? Effect.succeed(sweep) : backend.sweep(id)),
  sweepState: () => Effect.succeed(Option.some("RUNNING")),
  stopRequested: ({ run }) => Effect.sync(() => Option.fromNullable(runs.stopReason(run))),
  stopRequests: ({ runs: of }) =>
    Effect.sync(() => {
      const asked = new Map<RunId, StopReason>()
      for (const run of of) {
        const reason = runs.stopReason(run)
        if (reason !== undefined) asked.set(run, reason)
      }
      return asked
    }),
  changes: () => runs.stops.changes,
  reportRun: (told) => {
    const { attempt, exitCode, state } = told.report
    if (RunState.isAlive(state)) return Effect.void
    runs.report(told.run, attempt, { state, exitCode })
    return backend.reportRun(told)
  }
})

// internal

const unsupported = (operation: string) =>
  new CommError({ reason: "Status", operation, detail: "an agent is handed its runs", retryable: false })
