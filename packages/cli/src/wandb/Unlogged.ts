import type { RunLog } from "@sweepline/core/RunLog"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Rows go to W&B through the SDK of the run itself: two writers would overwrite one another. */
export const runLog: RunLog["Type"] = {
  append: () => Effect.void,
  cursor: () => Effect.succeed({ offset: 0, nextStep: 0 }),
  rows: () => Stream.empty
}
