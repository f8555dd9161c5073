import { Documents } from "@sweepline/core/Documents"
import type * as LaunchNotice from "@sweepline/core/LaunchNotice"
import * as RunKey from "@sweepline/core/RunKey"
import type { RunId } from "@sweepline/core/RunId"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"

// What the engine says of an attempt that has no exit code: the machine was restarted, or it could not be started at all.

const prefix = "run-ending/"
const keyOf = (key: RunKey.RunKey): string => `${prefix}${key}`

/** Runs whose attempts one write forgets: it keeps nobody waiting. */
const runsPerWrite = 500

/** Keeps what a notice says of an attempt's end. Nothing is lost with it but the reason: a failure is only logged. */
export const keep = Effect.fnUntraced(function* (notice: LaunchNotice.LaunchNotice) {
  if (notice._tag !== "RunFailed" && notice._tag !== "RunRefused") return
  const { detail, key } = notice
  if (detail === undefined) return
  const documents = yield* Documents
  yield* Effect.catchAll(
    documents.write((writer) => writer.set(keyOf(key), detail)),
    (error) => Effect.logWarning("Could not keep why a run ended", error)
  )
})

/** Why the last attempt of a run ended as it did, where that is known. */
export const of = Effect.fnUntraced(function* ({ attempt, id }: RunRecord) {
  const documents = yield* Documents
  return yield* documents.read((reader) => reader.get(keyOf(RunKey.make(id, attempt))))
})

/** Forgets it of runs that are deleted, of all their attempts; may be repeated. */
export const forget = Effect.fnUntraced(function* (runs: ReadonlyArray<RunId>) {
  const documents = yield* Documents
  yield* Effect.forEach(
    Arr.chunksOf(runs, runsPerWrite),
    (some) =>
      documents.write((writer) => {
        for (const run of some) for (const [key] of writer.list({ prefix: `${prefix}${run}#` })) writer.remove(key)
      }),
    { discard: true }
  )
})
