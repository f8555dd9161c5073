import { layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { AgentId } from "@sweepline/core/AgentId"
import { layerNoop as noStopping, type EarlyStopping } from "@sweepline/core/EarlyStopping"
import type { Event } from "@sweepline/core/Event"
import { Journal, type Snapshot } from "@sweepline/core/Journal"
import * as ModelSnapshot from "@sweepline/core/ModelSnapshot"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import { RunId } from "@sweepline/core/RunId"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { Search } from "@sweepline/core/Search"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { awkwardTrial, createSweep } from "./Fixtures.js"
import { assert } from "./internal/assert.js"
import * as TestSearch from "./TestSearch.js"

/** What every journal does. Its writer holds the sweep's lease, which the `SchedulerRun` beside it gives. */
export const suite = <E>(
  name: string,
  layer: Layer.Layer<Journal | SchedulerRun | SweepApi, E, Search | EarlyStopping>
): void =>
  withLayer(Layer.provide(layer, Layer.merge(TestSearch.layerCounting(), noStopping)))(`Journal (${name})`, (it) => {
    it.scoped("replays what was appended, in order", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const sweep = yield* leasedSweep
        assert.deepStrictEqual(yield* replay(sweep), [])
        yield* journal.append(sweep, events.slice(0, 2))
        yield* journal.append(sweep, events.slice(2))
        yield* journal.append(sweep, [])
        assert.deepStrictEqual(yield* replay(sweep), events)
        assert.deepStrictEqual(yield* replay(sweep), events)
      })
    )

    it.scoped("keeps the order of the appends and every event, whenever it was and though it was there before", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const sweep = yield* leasedSweep
        const stop = (at: number): Event => ({ _tag: "RunStopAsked", at, run })
        // A clock may be set back.
        const turned = [stop(9), stop(2), stop(9), stop(9), stop(5)]
        const stream = journal.replay(sweep)
        yield* journal.append(sweep, turned.slice(0, 3))
        yield* journal.append(sweep, turned.slice(3))
        assert.deepStrictEqual(yield* replay(sweep), turned)
        // What was appended meanwhile is told, too.
        assert.deepStrictEqual([...(yield* Stream.runCollect(stream))], turned)
      })
    )

    it.scoped("keeps sweeps apart", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const first = yield* leasedSweep
        const second = yield* leasedSweep
        yield* journal.append(first, events.slice(0, 1))
        yield* journal.append(second, events.slice(1, 2))
        yield* journal.append(first, events.slice(2, 3))
        assert.deepStrictEqual(yield* replay(first), [...events.slice(0, 1), ...events.slice(2, 3)])
        assert.deepStrictEqual(yield* replay(second), events.slice(1, 2))
      })
    )

    it.scoped("goes on where an earlier scheduler left off", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const own = yield* SchedulerRun
        const sweep = yield* createSweep()
        for (const event of events) {
          yield* Effect.scoped(Effect.zipRight(own.start(sweep), journal.append(sweep, [event])))
        }
        assert.deepStrictEqual(yield* replay(sweep), events)
      })
    )

    it.scoped("keeps the last snapshot of each sweep, and replays from any event on", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const sweep = yield* leasedSweep
        const other = yield* leasedSweep
        yield* journal.append(sweep, events)
        assert.deepStrictEqual(yield* journal.snapshot(sweep), Option.none())
        // The last one counts, though it comes to fewer.
        for (const n of [1, 5, 3]) yield* journal.keep(sweep, snapshotOf(n))
        const kept = Option.map(yield* journal.snapshot(sweep), textOf)
        assert.deepStrictEqual(kept, Option.some(textOf(snapshotOf(3))))
        assert.deepStrictEqual(yield* journal.snapshot(other), Option.none())
        assert.deepStrictEqual([...(yield* Stream.runCollect(journal.replay(sweep, 3)))], events.slice(3))
        for (const from of [events.length, events.length + 1]) {
          assert.deepStrictEqual([...(yield* Stream.runCollect(journal.replay(sweep, from)))], [])
        }
      })
    )

    it.scoped("replays thousands of events", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const sweep = yield* leasedSweep
        const many = Array.from({ length: 5000 }, (_, at): Event => ({ _tag: "RunStopAsked", at, run }))
        yield* journal.append(sweep, many.slice(0, 2500))
        yield* journal.append(sweep, many.slice(2500))
        assert.deepStrictEqual(yield* replay(sweep), many)
      })
    )
  })

// fixtures

const leasedSweep = Effect.gen(function* () {
  const own = yield* SchedulerRun
  const sweep = yield* createSweep()
  yield* own.start(sweep)
  return sweep
})

const replay = (sweep: SweepId) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    return [...(yield* Stream.runCollect(journal.replay(sweep)))]
  })

const snapshotOf = (n: number): Snapshot => ({
  events: n,
  model: events.slice(0, n).reduce(SchedulerModel.apply, SchedulerModel.initial)
})

/** Two that are the same have the same text. */
const textOf = ({ events, model }: Snapshot) => [events, ModelSnapshot.encode(model)]

const run = RunId.make("run00001")

const events: ReadonlyArray<Event> = [
  { _tag: "ExecutableFound", at: 1, name: "program \u{1f600}" },
  { _tag: "WorkerRegistered", at: 2, worker: 0, agent: AgentId.make("agent001") },
  { _tag: "Answered", at: 3.5, n: 1, answers: [{ _tag: "Run", worker: 0, run, trial: awkwardTrial }] },
  { _tag: "RunLaunched", at: 4, run, attempt: 1, item: QueueItemId.make("item0001") },
  { _tag: "SchedulerEnded", at: 5 }
]
