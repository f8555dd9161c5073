/** A search and an early stopping whose answers the suites know. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { EarlyStopping } from "@sweepline/core/EarlyStopping"
import { SchedulerError } from "@sweepline/core/SchedulerError"
import { Search, Suggestion } from "@sweepline/core/Search"
import { awkwardTrial, dict } from "../Fixtures.js"

/** A sweep's seed says which search it gets. */
export const seeds = { awkward: 0, three: 1, notNow: 2, fails: 3, slow: 4 } as const

export const scriptedSearch: Layer.Layer<Search> = Layer.succeed(Search, {
  suggest: ({ history, seed }) => {
    const counted = Suggestion.Suggested({ trial: dict(["n", BigInt(history.length)]) })
    switch (seed) {
      case seeds.three:
        return Effect.succeed(
          history.length < 3
            ? Suggestion.Suggested({ trial: dict(["n", BigInt(history.length + 1)]) })
            : Suggestion.Exhausted()
        )
      case seeds.notNow:
        return Effect.succeed(Suggestion.NotNow())
      case seeds.fails:
        return new SchedulerError({ reason: "SearchFailed", detail: "out of ideas" })
      case seeds.slow:
        return Effect.delay(Effect.succeed(counted), "1 second")
      default:
        return Effect.succeed(Suggestion.Suggested({ trial: awkwardTrial }))
    }
  }
})

/** The loss that `scriptedStopping` stops a run for. */
export const hopeless = 100

export const scriptedStopping: Layer.Layer<EarlyStopping> = Layer.succeed(EarlyStopping, {
  judge: ({ curves }) =>
    Effect.sync(() =>
      curves
        .filter(({ values }) => values.at(-1) === hopeless)
        .map(({ id, values }) => ({ run: id, rung: values.length, value: hopeless, threshold: 1, peers: [] }))
    )
})
