import { layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { layerNoop as noStopping, type EarlyStopping } from "@sweepline/core/EarlyStopping"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import type { Search } from "@sweepline/core/Search"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { Backend } from "./Backend.js"
import { awkwardTrial, launchRequest, noSweep, oneQueued, report, settle, sweepWithRun } from "./Fixtures.js"
import { assert } from "./internal/assert.js"
import { stateTests } from "./internal/launchQueueStates.js"
import * as TestSearch from "./TestSearch.js"

/**
 * What every launch queue does; the sweeps and runs that it launches for come from the `SweepApi` beside it. W&B's
 * knows neither keys nor the states of sweeps, carries a spec rather than a request, and remembers nothing for agents.
 */
export const suite = <E>(
  name: string,
  layer: Layer.Layer<LaunchQueue | SweepApi, E, Search | EarlyStopping>,
  backend: Backend = "ours"
): void =>
  withLayer(Layer.provide(layer, Layer.merge(TestSearch.layerCounting(), noStopping)))(
    `LaunchQueue (${name})`,
    (it) => {
      const isOurs = backend === "ours"

      it.effect("hands out what was pushed, once", () =>
        Effect.gen(function* () {
          const { items, queue, queued, request } = yield* oneQueued("once")
          assert.deepStrictEqual(yield* queued, Option.some("pending"))
          const leased = yield* queue.lease({ ...items, max: 5 })
          assert.deepStrictEqual(
            leased.map(({ handle, request: { attempt, key, run, sweep } }) => ({ handle, attempt, key, run, sweep })),
            [{ handle: undefined, attempt: 1, key: request.key, run: request.run, sweep: request.sweep }]
          )
          if (isOurs) {
            assert.deepStrictEqual(leased[0]?.request, request)
            assert.deepStrictEqual([...(leased[0]?.request.trial ?? [])], [...awkwardTrial])
          }
          assert.deepStrictEqual(yield* queued, Option.some("leased"))
          assert.deepStrictEqual(yield* queue.lease({ ...items, max: 5 }), [])
        })
      )

      it.effect("keeps queues apart, and knows no other items", () =>
        Effect.gen(function* () {
          const { id, items, queue } = yield* oneQueued("apart")
          assert.deepStrictEqual(yield* queue.lease({ queue: "another", agent: "a", max: 5 }), [])
          assert.deepStrictEqual(yield* queue.held({ queue: "another", agent: "a" }), [])
          const unknown = QueueItemId.make("noitem00")
          assert.deepStrictEqual(yield* queue.itemState({ id: unknown, queue: items.queue }), Option.none())
          const [missed, found] = yield* queue.itemStates({ ids: [unknown, id], queue: items.queue })
          assert.isTrue(missed?._tag === "Missed" && missed.gone)
          assert.deepStrictEqual(found, { _tag: "Found", state: "pending" })
          if (isOurs) assert.deepStrictEqual(yield* queue.find(RunKey.RunKey.make("norun000#1")), Option.none())
          assert.deepStrictEqual(
            (yield* queue.lease({ ...items, max: 5 })).map((item) => item.id),
            [id]
          )
        })
      )

      if (isOurs)
        it.effect("queues a key once, also after it has left the queue", () =>
          Effect.gen(function* () {
            const { id, items, queue, request } = yield* oneQueued("idempotent")
            assert.strictEqual(yield* queue.push(request), id)
            assert.deepStrictEqual(yield* queue.find(request.key), Option.some(id))
            assert.strictEqual((yield* queue.lease({ ...items, max: 5 })).length, 1)
            assert.strictEqual(yield* queue.push(request), id)
            yield* queue.acknowledge(id, "handle")
            yield* queue.complete(id)
            assert.strictEqual(yield* queue.push(request), id)
            assert.deepStrictEqual(yield* queue.find(request.key), Option.some(id))
            assert.deepStrictEqual(yield* queue.lease({ ...items, max: 5 }), [])
            assert.deepStrictEqual(yield* queue.held(items), [])
          })
        )

      it.effect("leases by priority, then by age, no more than asked for", () =>
        Effect.gen(function* () {
          const queue = yield* LaunchQueue
          const { api, sweep } = yield* sweepWithRun()
          const names = new Map<string, string>()
          for (const [name, priority] of [
            ["c", 2],
            ["d", 2],
            ["a", 0],
            ["e", 3],
            ["b", 0]
          ] as const) {
            const run = yield* api.createRun({ sweep, trial: awkwardTrial })
            names.set(run, name)
            yield* queue.push(launchRequest({ sweep, run, queue: "order", priority }))
          }
          const leased: Array<string | undefined> = []
          for (const max of [0, 1, 3, 5]) {
            const items = yield* queue.lease({ queue: "order", agent: "a", max })
            assert.isAtMost(items.length, max)
            for (const { request } of items) leased.push(names.get(request.run))
          }
          assert.deepStrictEqual(leased, ["a", "b", "c", "d", "e"])
        })
      )

      it.effect("never leases an item to two agents that ask at once", () =>
        Effect.gen(function* () {
          const queue = yield* LaunchQueue
          const { api, sweep } = yield* sweepWithRun()
          for (let n = 0; n < 20; n++) {
            const run = yield* api.createRun({ sweep, trial: awkwardTrial })
            yield* queue.push(launchRequest({ sweep, run, queue: "at once" }))
          }
          const agents = Array.from({ length: 8 }, (_, index) => `agent-${index}`)
          const leased = yield* Effect.forEach(agents, (agent) => queue.lease({ queue: "at once", agent, max: 3 }), {
            concurrency: "unbounded"
          })
          const ids = leased.flat().map((item) => item.id)
          assert.strictEqual(ids.length, 20)
          assert.strictEqual(new Set(ids).size, 20)
        })
      )

      it.effect("takes a lease back that isn't acknowledged within a minute", () =>
        Effect.gen(function* () {
          const { id, items, queue, queued } = yield* oneQueued("lease")
          yield* queue.lease({ ...items, max: 1 })
          yield* TestClock.adjust("59 seconds")
          assert.deepStrictEqual(yield* queue.lease({ queue: items.queue, agent: "b", max: 1 }), [])
          if (isOurs) assert.strictEqual((yield* queue.held(items)).length, 1)
          yield* TestClock.adjust("1 seconds")
          assert.deepStrictEqual(yield* queued, Option.some("pending"))
          assert.deepStrictEqual(yield* queue.held(items), [])
          assert.deepStrictEqual(
            (yield* queue.lease({ queue: items.queue, agent: "b", max: 1 })).map((item) => item.id),
            [id]
          )
          yield* queue.acknowledge(id, "handle")
          yield* TestClock.adjust("1 hour")
          assert.deepStrictEqual(yield* queued, Option.some("claimed"))
          assert.deepStrictEqual(yield* queue.lease({ ...items, max: 1 }), [])
        })
      )

      if (isOurs)
        it.effect("tells a restarted agent what it holds, with its handles", () =>
          Effect.gen(function* () {
            const first = yield* oneQueued("held")
            const second = yield* oneQueued("held")
            const { items, queue } = first
            yield* queue.lease({ ...items, max: 2 })
            yield* queue.acknowledge(first.id, "handle 1")
            const held = yield* queue.held(items)
            assert.deepStrictEqual(
              new Map(held.map(({ handle, id, request }) => [id, { handle, request }])),
              new Map([
                [first.id, { handle: "handle 1", request: first.request }],
                [second.id, { handle: undefined, request: second.request }]
              ])
            )
            assert.deepStrictEqual(yield* queue.held({ queue: items.queue, agent: "b" }), [])
            yield* queue.complete(first.id)
            assert.deepStrictEqual(
              (yield* queue.held(items)).map((item) => item.id),
              [second.id]
            )
          })
        )

      if (isOurs)
        it.effect("tells it also of runs that have begun, which it is to go on with", () =>
          Effect.gen(function* () {
            const { api, id, items, queue, run, sweep } = yield* oneQueued("begun")
            yield* queue.lease({ ...items, max: 1 })
            yield* queue.acknowledge(id, "handle")
            yield* api.reportRun({ sweep, run, report: report("running") })
            assert.deepStrictEqual(
              (yield* queue.held(items)).map(({ handle, id }) => [id, handle]),
              [[id, "handle"]]
            )
          })
        )

      if (isOurs)
        it.effect("puts a released item back in its place", () =>
          Effect.gen(function* () {
            const first = yield* oneQueued("released")
            const second = yield* oneQueued("released")
            const { items, queue } = first
            yield* queue.lease({ ...items, max: 1 })
            yield* queue.release(first.id, items.agent)
            assert.deepStrictEqual(yield* first.queued, Option.some("pending"))
            assert.deepStrictEqual(
              (yield* queue.lease({ ...items, max: 2 })).map((item) => item.id),
              [first.id, second.id]
            )
          })
        )

      if (isOurs)
        it.effect("leaves an item to the agent that has leased it since, and takes one back whose lease ran out", () =>
          Effect.gen(function* () {
            const { id, items, queue, queued } = yield* oneQueued("overtaken")
            yield* queue.lease({ ...items, max: 1 })
            yield* TestClock.adjust("2 minutes")
            assert.deepStrictEqual(
              (yield* queue.lease({ ...items, agent: "b", max: 1 })).map((item) => item.id),
              [id]
            )
            yield* queue.release(id, items.agent)
            assert.deepStrictEqual(yield* queued, Option.some("leased"))
            assert.deepStrictEqual(yield* queue.lease({ ...items, max: 1 }), [])
            yield* TestClock.adjust("2 minutes")
            yield* queue.release(id, "b")
            assert.deepStrictEqual(
              (yield* queue.lease({ ...items, max: 1 })).map((item) => item.id),
              [id]
            )
          })
        )

      it.effect("doesn't hand out a failed item again", () =>
        Effect.gen(function* () {
          const { id, items, queue, queued, request } = yield* oneQueued("failed")
          yield* queue.lease({ ...items, max: 1 })
          yield* queue.fail(id, "there is no such program")
          assert.deepStrictEqual(yield* queued, Option.some("failed"))
          if (isOurs) assert.deepStrictEqual(yield* queue.held(items), [])
          yield* TestClock.adjust("1 hour")
          if (isOurs) assert.strictEqual(yield* queue.push(request), id)
          assert.deepStrictEqual(yield* queued, Option.some("failed"))
          assert.deepStrictEqual(yield* queue.lease({ ...items, max: 1 }), [])
          assert.deepStrictEqual(yield* queue.held(items), [])
        })
      )

      if (isOurs)
        it.effect("leaves as it is what was claimed, has failed or is done with, whoever speaks of it late", () =>
          Effect.gen(function* () {
            const { id, items, queue, queued } = yield* oneQueued("late")
            yield* queue.lease({ ...items, max: 1 })
            yield* queue.acknowledge(id, "handle")
            yield* queue.release(id, items.agent)
            assert.deepStrictEqual(yield* queued, Option.some("claimed"))
            yield* queue.complete(id)
            const late = [
              queue.acknowledge(id, "late"),
              queue.fail(id, "late"),
              queue.release(id, items.agent),
              queue.complete(id)
            ]
            for (const call of late) {
              yield* call
              assert.deepStrictEqual(yield* queued, Option.some("claimed"))
              assert.deepStrictEqual(yield* queue.held(items), [])
            }
            const failed = yield* oneQueued("late")
            yield* queue.lease({ ...items, max: 1 })
            yield* queue.fail(failed.id, "refused")
            yield* queue.acknowledge(failed.id, "late")
            yield* queue.release(failed.id, items.agent)
            assert.deepStrictEqual(yield* failed.queued, Option.some("failed"))
          })
        )

      if (isOurs)
        it.effect("hands out also what is launched for somebody else, of whose sweep and run it knows nothing", () =>
          Effect.gen(function* () {
            const queue = yield* LaunchQueue
            const run = RunId.make("foreign0")
            const id = yield* queue.push(launchRequest({ sweep: noSweep, run, queue: "foreign" }))
            const items = { queue: "foreign", agent: "a" }
            assert.deepStrictEqual(
              (yield* queue.lease({ ...items, max: 1 })).map((item) => item.id),
              [id]
            )
            yield* queue.acknowledge(id, "handle")
            assert.strictEqual((yield* queue.held(items)).length, 1)
          })
        )

      if (isOurs) stateTests(it)

      if (isOurs)
        it.effect("tells when there may be something to lease", () =>
          Effect.gen(function* () {
            const { api, id, items, queue, run, sweep } = yield* oneQueued("changes")
            yield* queue.lease({ ...items, max: 1 })
            const writes = [
              queue.release(id, items.agent),
              queue.push(launchRequest({ sweep, run, queue: items.queue, attempt: 2 })),
              Effect.zipRight(api.setSweepState(sweep, "PAUSED"), api.setSweepState(sweep, "RUNNING"))
            ]
            for (const write of writes) {
              const heard = yield* Effect.fork(Stream.runDrain(Stream.take(queue.changes(items.queue), 1)))
              yield* settle
              yield* write
              yield* TestClock.adjust("10 seconds")
              yield* Fiber.join(heard)
            }
          })
        )
    }
  )
