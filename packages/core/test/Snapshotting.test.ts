import { assert, describe, it } from "@effect/vitest"
import { Effect, HashMap, Stream } from "effect"
import type { Event } from "../src/Event.js"
import * as Snapshotting from "../src/internal/snapshotting.js"
import type { Journal } from "../src/Journal.js"
import { JournalUnavailable } from "../src/JournalUnavailable.js"
import { RunId } from "../src/RunId.js"
import * as SchedulerConfig from "../src/SchedulerConfig.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import { SweepId } from "../src/SweepId.js"

const sweep = SweepId.make("sweep001")
const fact: Event = { _tag: "SchedulerEnded", at: 0 }
const facts = (count: number): ReadonlyArray<Event> => Array.from({ length: count }, () => fact)

/** A model with so many runs behind it. */
const after = (runs: number): SchedulerModel.SchedulerModel => ({
  ...SchedulerModel.initial,
  past: HashMap.fromIterable(
    Array.from({ length: runs }, (_, run) => [
      RunId.make(`run${run}`),
      { attempts: 1, retried: 0, state: "finished" as const }
    ])
  )
})

/** Snapshots after 10 events of a sweep with so many runs behind it, and how many events were folded into each. */
const started = (runs: number, keeps: (snapshot: number) => boolean = () => true) => {
  const asked: Array<number> = []
  const journal: Journal["Type"] = {
    append: () => Effect.void,
    replay: () => Stream.empty,
    snapshot: () => Effect.succeedNone,
    keep: (_, { events }) =>
      Effect.suspend(() =>
        keeps(asked.push(events)) ? Effect.void : new JournalUnavailable({ sweep, detail: "it is busy" })
      )
  }
  const config = { ...SchedulerConfig.defaults, snapshotEvery: 10 }
  return { asked, snapshots: Snapshotting.make(journal, { sweep, config }, { events: 0, model: after(runs) }) }
}

describe("snapshots of a journal", () => {
  it.effect("are kept each time that so many events have come", () =>
    Effect.gen(function* () {
      const { asked, snapshots } = started(0)
      for (let append = 0; append < 7; append++) yield* snapshots.journaled(facts(4))
      assert.deepStrictEqual(asked, [12, 24])
    })
  )

  it.effect("wait for half as many events as runs have ended, so that they don't cost more and more", () =>
    Effect.gen(function* () {
      const { asked, snapshots } = started(200)
      yield* snapshots.journaled(facts(99))
      assert.deepStrictEqual(asked, [])
      yield* snapshots.journaled(facts(1))
      assert.deepStrictEqual(asked, [100])
    })
  )

  it.effect("are tried again later where one can't be kept", () =>
    Effect.gen(function* () {
      const { asked, snapshots } = started(0, (snapshot) => snapshot > 1)
      yield* snapshots.journaled(facts(10))
      yield* snapshots.journaled(facts(9))
      assert.deepStrictEqual(asked, [10])
      yield* snapshots.journaled(facts(1))
      assert.deepStrictEqual(asked, [10, 20])
    })
  )
})
