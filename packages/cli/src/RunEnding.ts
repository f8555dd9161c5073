import { Documents } from "@sweepline/core/Documents"
import type * as LaunchNotice from "@sweepline/core/LaunchNotice"
import * as RunKey from "@sweepline/core/RunKey"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Effect from "effect/Effect"

// What the engine says of an attempt that has no exit code: the machine was restarted, or it could not be started at all.

const keyOf = (key: RunKey.RunKey): string => `run-ending/${key}`

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
