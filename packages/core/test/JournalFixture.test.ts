import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { Effect, HashMap, Option, Schema, Stream } from "effect"
import { Event, isDurable } from "../src/Event.js"
import * as Journal from "../src/Journal.js"
import * as MemoryJournal from "../src/MemoryJournal.js"
import * as ModelSnapshot from "../src/ModelSnapshot.js"
import { SweepId } from "../src/SweepId.js"
import { anyEvent } from "./SchedulerModelTest.js"

const sweep = SweepId.make("k3p9x0qa")
const read = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8").trimEnd()

/** What each release has left: a journal with every kind of event, and a snapshot of what it comes to. */
const releases = ["0.1.0"]

describe("journals of earlier releases", () => {
  for (const release of releases) {
    const texts = read(`journal-${release}.jsonl`).split("\n")
    const journal = () => MemoryJournal.make(new Map([[sweep, texts]]))

    it.effect(`of ${release} is read, event for event`, () =>
      Effect.gen(function* () {
        const events = [...(yield* Stream.runCollect(journal().replay(sweep)))]
        assert.lengthOf(events, texts.length)
        assert.isTrue(events.every(isDurable))
        const { events: folded, model } = yield* Journal.restore(journal(), sweep)
        assert.strictEqual(folded, texts.length)
        assert.deepInclude(model, { state: "COMPLETED", left: true, launched: 3 })
        assert.deepStrictEqual(
          HashMap.toEntries(model.past)
            .map(([id, { attempts, state }]) => `${id} ${state} ${attempts}`)
            .toSorted(),
          ["aaaa0001 finished 1", "aaaa0002 failed 2", "aaaa0003 killed 1"]
        )
      })
    )

    it.effect(`the snapshot of ${release} is what its journal comes to, or is passed over`, () =>
      Effect.gen(function* () {
        const { model } = yield* Journal.restore(journal(), sweep)
        const snapshot = ModelSnapshot.decode(read(`model-${release}.json`))
        if (release === releases.at(-1)) assert.isTrue(Option.isSome(snapshot))
        if (Option.isSome(snapshot)) {
          assert.deepStrictEqual(ModelSnapshot.encode(snapshot.value), ModelSnapshot.encode(model))
        }
      })
    )
  }

  it.effect(
    "this release writes what its fixture holds: what changes needs another version, and a decoder of this one",
    () =>
      Effect.gen(function* () {
        const texts = read(`journal-${releases.at(-1)}.jsonl`).split("\n")
        const store: MemoryJournal.Store = new Map()
        const events = yield* Stream.runCollect(MemoryJournal.make(new Map([[sweep, texts]])).replay(sweep))
        yield* MemoryJournal.make(store).append(sweep, [...events])
        assert.deepStrictEqual(store.get(sweep), texts)
      })
  )

  it.prop("an event is stored as its schema says", [anyEvent], ([event]) => {
    const stored: unknown = JSON.parse(Journal.encode(event))
    assert.deepStrictEqual(
      stored,
      JSON.parse(JSON.stringify({ v: Journal.version, e: Schema.encodeSync(Event)(event) }))
    )
  })
})
