import { Search, Suggestion } from "@sweepline/core/Search"
import type { PastRun } from "@sweepline/core/Search"
import { SchedulerError } from "@sweepline/core/SchedulerError"
import type { SweepConfig } from "@sweepline/core/SweepConfig"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Grid from "./Grid.js"
import type * as Layout from "./Layout.js"
import * as Permutation from "./Permutation.js"
import * as RandomSearch from "./RandomSearch.js"
import * as Space from "./Space.js"

/** Search by the config's `method`, computed where it is asked. */
export const layer: Layer.Layer<Search> = Layer.sync(Search, () => {
  const plans = new Map<string, Plan>()
  return {
    suggest: ({ config, history, seed }) =>
      Effect.suspend(() => {
        const key = `${seed} ${config.method} ${config.source}`
        const known = plans.get(key)
        const plan = known !== undefined && known.continues(history) ? known : start(config, seed)
        plans.set(key, plan)
        return plan.next(history)
      })
  }
})

// internal

/** The search of one sweep. What it remembers is a memo of the history that it has read. */
interface Plan {
  readonly continues: (history: ReadonlyArray<PastRun>) => boolean
  readonly next: (history: ReadonlyArray<PastRun>) => Effect.Effect<Suggestion, SchedulerError>
}

const start = (config: SweepConfig, seed: number): Plan => {
  const suggest = method(config, seed)
  let length = 0
  let last: PastRun["id"] | undefined
  return {
    continues: (history) => history.length >= length && (length === 0 || history[length - 1]?.id === last),
    next: (history) => {
      length = history.length
      last = history[length - 1]?.id
      return Either.match(suggest, {
        onLeft: (error) => Effect.fail(error),
        onRight: (next) => {
          const trial = next(history)
          return Effect.succeed(trial === undefined ? Suggestion.Exhausted() : Suggestion.Suggested({ trial }))
        }
      })
    }
  }
}

const method = (
  config: SweepConfig,
  seed: number
): Either.Either<(history: ReadonlyArray<PastRun>) => TrialConfig | undefined, SchedulerError> => {
  switch (config.method) {
    case "grid":
      return Grid.make(config.parameters).pipe(
        Either.map((grid) => {
          const shuffle = config.scheduler?.get("shuffle") === true
          return Grid.walk(grid, shuffle ? Permutation.make(grid.size, seed) : undefined).next
        }),
        Either.mapLeft(failure)
      )
    case "random":
    case "bayes":
      return Space.make(config.parameters).pipe(
        Either.map((space) => (history: ReadonlyArray<PastRun>) => RandomSearch.suggest(space, seed, history.length)),
        Either.mapLeft(failure)
      )
    case "custom":
      return Either.left(
        new SchedulerError({
          reason: "SearchFailed",
          detail: "method: custom leaves the search to your own Strategy; use grid, random or bayes here."
        })
      )
  }
}

const failure = (problems: ReadonlyArray<Layout.Problem>): SchedulerError =>
  new SchedulerError({
    reason: "SearchFailed",
    detail: problems.map(({ parameter, problem }) => `Parameter ${parameter} ${problem}.`).join(" ")
  })
