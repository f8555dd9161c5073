import type { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import * as RunStates from "@sweepline/core/RunState"
import type { RunRecord } from "@sweepline/core/SweepApi"

/** What happened to a run between two readings of its sweep. */
export interface Change {
  readonly type: "RunStarted" | "RunEnded"
  readonly run: RunRecord
}

/** What a feed knows of a run that may still change. */
interface Seen {
  readonly state: RunState
  readonly attempt: number
}

/**
 * Turns readings of a sweep's runs into what happened since the reading before. A run that
 * started and ended in between gives both; an attempt that nobody saw gives nothing.
 */
export const make = (): ((runs: ReadonlyArray<RunRecord>) => ReadonlyArray<Change>) => {
  const seen = new Map<RunId, Seen>()
  return (runs) => {
    const changes: Array<Change> = []
    for (const run of runs) {
      const before = seen.get(run.id)
      if (before?.state === run.state && before.attempt === run.attempt) continue
      seen.set(run.id, { state: run.state, attempt: run.attempt })
      const started = (state: RunState | undefined) =>
        state !== undefined && state !== "pending" && before?.attempt === run.attempt
      if (run.startedAt !== undefined && run.state !== "pending" && !started(before?.state)) {
        changes.push({ type: "RunStarted", run })
      }
      if (!RunStates.isAlive(run.state)) changes.push({ type: "RunEnded", run })
    }
    return changes
  }
}
