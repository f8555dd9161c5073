/** Searches whose answers a test knows beforehand. They depend on the history only, as every search does. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Search, Suggestion } from "@sweepline/core/Search"
import type { TrialConfig } from "@sweepline/core/TrialConfig"

/** Suggests these trials in order, one for each run of the history, and is exhausted then. */
export const layerFixed = (trials: ReadonlyArray<TrialConfig>): Layer.Layer<Search> =>
  layerFrom((index) => {
    const trial = trials[index]
    return trial === undefined ? Suggestion.Exhausted() : Suggestion.Suggested({ trial })
  })

/** Suggests `{ n: 0 }`, `{ n: 1 }` and so on; exhausted after `points`, or never. */
export const layerCounting = (points = Infinity): Layer.Layer<Search> =>
  layerFrom((index) =>
    index < points ? Suggestion.Suggested({ trial: new Map([["n", BigInt(index)]]) }) : Suggestion.Exhausted()
  )

const layerFrom = (suggestion: (index: number) => Suggestion): Layer.Layer<Search> =>
  Layer.succeed(Search, { suggest: ({ history }) => Effect.sync(() => suggestion(history.length)) })
