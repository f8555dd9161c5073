import { type MetricRow, RunLog } from "@sweepline/core/RunLog"
import type { RunRecord } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import type { Row } from "@sweepline/simulation/MetricModel"
import type { Recording } from "@sweepline/simulation/Recordings"
import * as Arr from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Json from "../Json.js"
import * as SweepHistory from "../SweepHistory.js"
import * as Sweeps from "../Sweeps.js"
import { UsageError } from "../UsageError.js"

/**
 * The runs of a sweep that ended by themselves, as recordings. Those that somebody, or early stopping, ended
 * tell nothing of how long they would have taken.
 */
export const recordings = Effect.fnUntraced(function* (text: string, option: Option.Option<string>) {
  const { runs, sweep } = yield* Sweeps.report(yield* Sweeps.find(option))
  const log = yield* RunLog
  const retries = yield* retriesOf(sweep.id, runs)
  const ended = runs.flatMap((run) => {
    const times = timesOf(run)
    return times === undefined ? [] : [recording(run, times, retries(run))]
  })
  // In one stream: to run one for each run would take a hundred times as long.
  yield* Stream.fromIterable(ended).pipe(
    Stream.flatMap(({ run, take }) => Stream.map(log.rows({ sweep: sweep.id, run }), (row) => ({ row, take }))),
    Stream.runForEachChunk((read) => Effect.sync(() => Chunk.forEach(read, ({ row, take }) => take(row))))
  )
  const all = ended.map(({ told }) => told)
  if (Arr.isNonEmptyReadonlyArray(all)) return all
  return yield* new UsageError({
    message: `No run of sweep ${text} has ended by itself, so it doesn't tell how long runs take. Say so with --duration.`
  })
})

// internal

/**
 * How often a run was tried again because it had failed. An attempt that was interrupted or preempted counts as one of
 * a run as well, and which it was only the scheduler knows; where a sweep had none here, each has failed.
 */
const retriesOf = Effect.fnUntraced(function* (sweep: SweepId, runs: ReadonlyArray<RunRecord>) {
  // Most sweeps have none, and a journal is long.
  if (runs.every(({ attempt }) => attempt === 1)) return () => 0
  const { past } = (yield* SweepHistory.moment(sweep, { _tag: "All" })).model
  return ({ attempt, id }: RunRecord): number =>
    Option.match(HashMap.get(past, id), { onNone: () => attempt - 1, onSome: ({ retried }) => retried })
})

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

/** What is told of a run, which takes what it logged row by row. */
const recording = (
  { attempt, createdAt, exitCode, id, trial }: RunRecord,
  { endedAt, startedAt, state }: Times,
  retries: number
) => {
  const durationMs = endedAt - startedAt
  const rows: Array<Recording["rows"][number]> = []
  const told: Recording = {
    trial,
    durationMs,
    // A later attempt began long after the run was created.
    waitMs: attempt === 1 ? Math.max(0, startedAt - createdAt) : undefined,
    state,
    exitCode,
    attempts: retries + 1,
    rows
  }
  const take = ({ at, step, values }: MetricRow): void => {
    if (at < startedAt) return
    rows.push({
      part: Math.min(1, (at - startedAt) / Math.max(1, durationMs)),
      row: { ...scalars(values), _step: step }
    })
  }
  return { run: id, told, take }
}

const scalars = (values: RunRecord["summary"]): Row => {
  const row: Record<string, Row[string]> = {}
  for (const [name, value] of Object.entries(Json.dict(values))) {
    if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") row[name] = value
  }
  return row
}
