import { RunLog } from "@sweepline/core/RunLog"
import type { RunRecord } from "@sweepline/core/SweepApi"
import type { Row } from "@sweepline/simulation/MetricModel"
import type { Recording } from "@sweepline/simulation/Recordings"
import * as Arr from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Json from "../Json.js"
import * as Sweeps from "../Sweeps.js"
import { UsageError } from "../UsageError.js"

/**
 * The runs of a sweep that ended by themselves, as recordings. Those that somebody, or early stopping, ended
 * tell nothing of how long they would have taken.
 */
export const recordings = Effect.fnUntraced(function* (text: string, option: Option.Option<string>) {
  const { runs, sweep } = yield* Sweeps.report(yield* Sweeps.find(option))
  const log = yield* RunLog
  const found = yield* Effect.forEach(runs, (run) => {
    const times = timesOf(run)
    if (times === undefined) return Effect.succeed([])
    return Effect.map(Stream.runCollect(log.rows({ sweep: sweep.id, run: run.id })), (rows) => [
      recording(run, times, Chunk.toReadonlyArray(rows))
    ])
  })
  const all = found.flat()
  if (Arr.isNonEmptyReadonlyArray(all)) return all
  return yield* new UsageError({
    message: `No run of sweep ${text} has ended by itself, so it doesn't tell how long runs take. Say so with --duration.`
  })
})

// internal

type Ended = Recording["state"]

interface Times {
  readonly state: Ended
  readonly startedAt: number
  readonly endedAt: number
}

const timesOf = ({ endedAt, startedAt, state, stop }: RunRecord): Times | undefined =>
  (state === "finished" || state === "failed" || state === "crashed") &&
  stop === undefined &&
  startedAt !== undefined &&
  endedAt !== undefined
    ? { state, startedAt, endedAt }
    : undefined

const recording = (
  { attempt, createdAt, exitCode, trial }: RunRecord,
  { endedAt, startedAt, state }: Times,
  rows: ReadonlyArray<{ readonly step: number; readonly at: number; readonly values: RunRecord["summary"] }>
): Recording => {
  const durationMs = endedAt - startedAt
  return {
    trial,
    durationMs,
    // A later attempt began long after the run was created.
    waitMs: attempt === 1 ? Math.max(0, startedAt - createdAt) : undefined,
    state,
    exitCode,
    attempts: attempt,
    rows: rows.flatMap(({ at, step, values }) =>
      at < startedAt
        ? []
        : [{ part: Math.min(1, (at - startedAt) / Math.max(1, durationMs)), row: { ...scalars(values), _step: step } }]
    )
  }
}

const scalars = (values: RunRecord["summary"]): Row => {
  const row: Record<string, Row[string]> = {}
  for (const [name, value] of Object.entries(Json.dict(values))) {
    if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") row[name] = value
  }
  return row
}
