import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, HashMap, Option, Stream } from "effect"
import type { Event } from "../src/Event.js"
import * as Journal from "../src/Journal.js"
import * as MemoryJournal from "../src/MemoryJournal.js"
import * as ModelSnapshot from "../src/ModelSnapshot.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import { SweepId } from "../src/SweepId.js"
import { anyEvent, type Model, running, started } from "./SchedulerModelTest.js"

const sweep = SweepId.make("k3p9x0qa")
const history = FastCheck.array(anyEvent, { maxLength: 60 })

describe("a snapshot", () => {
  it.prop("is the model that it was made of", [history], ([events]) => {
    const model = events.reduce(SchedulerModel.apply, running({ retries: 1 }))
    const again = Option.getOrThrow(ModelSnapshot.decode(ModelSnapshot.encode(model)))
    assert.deepStrictEqual(comparable(again), comparable(model))
  })

  it.prop(
    "wherever it is taken, replay gives the same model with it and without it",
    [history, FastCheck.nat(60)],
    ([events, at]) =>
      Effect.runSync(
        Effect.gen(function* () {
          const journaled = essences(events)
          const first = journaled.slice(0, at)
          const with_ = MemoryJournal.make(new Map())
          const without = MemoryJournal.make(new Map())
          yield* with_.append(sweep, journaled)
          yield* without.append(sweep, journaled)
          yield* with_.keep(sweep, {
            events: first.length,
            model: first.reduce(SchedulerModel.apply, SchedulerModel.initial)
          })
          const [a, b] = yield* Effect.all([Journal.restore(with_, sweep), Journal.restore(without, sweep)])
          assert.deepStrictEqual(comparable(a.model), comparable(b.model))
          assert.deepStrictEqual([a.events, b.events], [journaled.length, journaled.length])
        })
      )
  )

  it.effect("of another version is as if there were none", () =>
    Effect.gen(function* () {
      const events = [started(), { _tag: "ExecutableFound", at: 1, name: "program" }] as const
      const snapshots = new Map([[sweep, { events: 1, text: '{"v":2,"model":{}}' }]])
      const journal = MemoryJournal.make(new Map(), snapshots)
      yield* journal.append(sweep, events)
      assert.deepStrictEqual(yield* journal.snapshot(sweep), Option.none())
      const { model } = yield* Journal.restore(journal, sweep)
      assert.strictEqual(model.executable, "program")
      snapshots.set(sweep, { events: 1, text: "not even JSON" })
      assert.deepStrictEqual(yield* journal.snapshot(sweep), Option.none())
    })
  )

  it.effect("spares replay the events that it folds", () =>
    Effect.gen(function* () {
      const journal = MemoryJournal.make(new Map())
      const events: ReadonlyArray<Event> = [started(), { _tag: "ExecutableFound", at: 1, name: "program" }]
      yield* journal.append(sweep, events)
      yield* journal.keep(sweep, { events: 1, model: SchedulerModel.apply(SchedulerModel.initial, started()) })
      const rest = yield* Stream.runCollect(journal.replay(sweep, 1))
      assert.deepStrictEqual([...rest], events.slice(1))
    })
  )
})

/** What of a history is journaled, with the commands that it leads to. */
const essences = (events: ReadonlyArray<Event>): ReadonlyArray<Event> => {
  let model = SchedulerModel.initial
  const found: Array<Event> = []
  const take = (event: Event) => {
    const essence = SchedulerModel.essence(model, event)
    if (essence !== undefined) found.push(essence)
    model = SchedulerModel.apply(model, event)
  }
  for (const event of [
    started({ retries: 1 }),
    { _tag: "ExecutableFound", at: 0, name: "program" } as const,
    ...events
  ]) {
    take(event)
    for (const command of SchedulerModel.decide(model, event.at).commands) {
      take({ _tag: "CommandIssued", at: event.at, command })
    }
  }
  return found
}

/** A hash map's order depends on how it came about. */
const comparable = (model: Model) => ({
  ...model,
  past: HashMap.toEntries(model.past).toSorted(([a], [b]) => (a < b ? -1 : 1))
})
