import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Stream } from "effect"
import { Executor } from "../src/Executor.js"
import * as liveRun from "../src/internal/agent/liveRun.js"
import * as stopRequests from "../src/internal/agent/stopRequests.js"
import * as LaunchAgentConfig from "../src/LaunchAgentConfig.js"
import { QueueItemId } from "../src/QueueItemId.js"
import type { RunKey } from "../src/RunKey.js"
import { SweepApi } from "../src/SweepApi.js"
import { SweepId } from "../src/SweepId.js"
import * as Launching from "./fixtures/launching.js"

const one = SweepId.make("k3p9x0qa")
const other = SweepId.make("m2n4b6v8")

describe("whoever looks for stop requests", () => {
  for (const [whose, sweep] of [
    ["another sweep's", other],
    ["its own", one]
  ] as const) {
    it.scoped(`still listens to a sweep whose next run comes while ${whose} listener is let go of`, () =>
      Effect.gen(function* () {
        const listeners = new Set<SweepId>()
        const leaving = yield* Deferred.make<void>()
        const left = yield* Deferred.make<void>()
        const api = Layer.mock(SweepApi, {
          changes: (of) =>
            Stream.unwrapScoped(
              Effect.as(
                Effect.acquireRelease(
                  Effect.sync(() => listeners.add(of)),
                  () =>
                    Effect.sync(() => listeners.delete(of)).pipe(
                      Effect.zipRight(Deferred.succeed(leaving, undefined)),
                      Effect.zipRight(Deferred.await(left))
                    )
                ),
                Stream.never
              )
            )
        })
        const live = new Map<RunKey, liveRun.LiveRun>()
        const stops = yield* Effect.provide(
          stopRequests.make(live),
          Layer.mergeAll(
            api,
            Layer.mock(Executor, {}),
            LaunchAgentConfig.layer({ runsDirectory: "/runs", workingDirectory: "/" })
          )
        )
        yield* stops.follow(one)
        yield* stops.follow(other)
        yield* Effect.yieldNow()
        assert.deepStrictEqual([...listeners], [one, other])
        const tidying = yield* Effect.fork(stops.tidy)
        yield* Deferred.await(leaving)
        const run = runOf(sweep)
        live.set(run.key, run)
        yield* stops.follow(sweep)
        yield* Deferred.succeed(left, undefined)
        yield* Fiber.join(tidying)
        yield* Effect.yieldNow()
        assert.deepStrictEqual([...listeners], [sweep])
      })
    )
  }
})

const runOf = (sweep: SweepId): liveRun.LiveRun =>
  liveRun.make(
    { id: QueueItemId.make("1"), request: Launching.request(Launching.keyOf("a"), sweep), handle: undefined },
    false
  )
