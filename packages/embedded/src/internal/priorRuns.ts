/** How results from elsewhere stand in the database. */
import * as PythonJson from "@sweepline/core/PythonJson"
import { RunId } from "@sweepline/core/RunId"
import { RunState } from "@sweepline/core/RunState"
import type { PastRun } from "@sweepline/core/Search"
import * as Schema from "effect/Schema"
import { stored } from "./connection.js"
import { dictOf, digestsOf, digestsText } from "./runRows.js"

/** Earlier results as text; `undefined` where there are none. */
export const textOf = (prior: ReadonlyArray<PastRun>): string | undefined =>
  prior.length === 0
    ? undefined
    : JSON.stringify(
        prior.map(({ metrics, state, trial }) => [state, PythonJson.stringify(trial), digestsText(metrics) ?? null])
      )

/** Earlier results that we stored, numbered from 1. */
export const ofText = (text: string | undefined): ReadonlyArray<PastRun> =>
  text === undefined
    ? []
    : decode(text).map(([state, trial, digests], i) => ({
        id: RunId.make(`prior-${i + 1}`, stored),
        state,
        trial: dictOf(trial),
        metrics: digestsOf(digests ?? undefined)
      }))

// internal

const decode = Schema.decodeSync(
  Schema.parseJson(Schema.Array(Schema.Tuple(RunState, Schema.String, Schema.NullOr(Schema.String))))
)
