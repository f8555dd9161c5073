import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { Search, Suggestion, type PastRun } from "@sweepline/core/Search"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { RunId } from "@sweepline/core/RunId"
import { dict, sweepConfig } from "../src/Fixtures.js"
import * as TestSearch from "../src/TestSearch.js"

describe("TestSearch", () => {
  it.effect("suggests the given trials in order, by the history alone", () =>
    Effect.gen(function* () {
      const trials = [dict(["lr", 0.1]), dict(["lr", 0.2])]
      const suggest = suggestAfter.pipe(Effect.provide(TestSearch.layerFixed(trials)))
      assert.deepStrictEqual(yield* suggest, [
        ...trials.map((trial) => Suggestion.Suggested({ trial })),
        Suggestion.Exhausted()
      ])
      assert.deepStrictEqual(yield* suggest, yield* suggest)
    })
  )

  it.effect("counts, and ends after the last point", () =>
    Effect.gen(function* () {
      const suggested = [0n, 1n].map((n) => Suggestion.Suggested({ trial: dict(["n", n]) }))
      assert.deepStrictEqual(yield* Effect.provide(suggestAfter, TestSearch.layerCounting(2)), [
        ...suggested,
        Suggestion.Exhausted()
      ])
      assert.deepStrictEqual((yield* Effect.provide(suggestAfter, TestSearch.layerCounting()))[2]?._tag, "Suggested")
    })
  )
})

// fixtures

const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text: sweepConfig() }))

const run: PastRun = { id: RunId.make("run00001"), state: "finished", trial: new Map(), metrics: new Map() }

/** What is suggested after no, one and two runs. */
const suggestAfter = Effect.flatMap(Search, (search) =>
  Effect.forEach([0, 1, 2], (count) =>
    search.suggest({ config, seed: 0, history: Array.from({ length: count }, () => run) })
  )
)
