import { layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { layerNoop as noStopping, type EarlyStopping } from "@sweepline/core/EarlyStopping"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import type { Search } from "@sweepline/core/Search"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { Backend } from "./Backend.js"
import { createSweep, noSweep } from "./Fixtures.js"
import { assert } from "./internal/assert.js"
import * as TestSearch from "./TestSearch.js"

/** What every backend of our own does with a scheduler's own run. */
export const suite = <E>(
  name: string,
  layer: Layer.Layer<SchedulerRun | SweepApi, E, Search | EarlyStopping>,
  backend: Backend = "ours"
): void =>
  withLayer(Layer.provide(layer, Layer.merge(TestSearch.layerCounting(), noStopping)))(
    `SchedulerRun (${name})`,
    (it) => {
      it.scoped("runs from its start, and is the same run when it is started again", () =>
        Effect.gen(function* () {
          const own = yield* SchedulerRun
          const sweep = yield* createSweep()
          if (backend === "ours") assert.deepStrictEqual(yield* own.state(sweep), Either.right("pending"))
          const first = yield* Effect.scoped(own.start(sweep))
          const second = yield* own.start(sweep)
          // Each start hears of its own loss.
          assert.deepStrictEqual({ ...second, lost: undefined }, { ...first, lost: undefined })
          assert.deepStrictEqual(yield* own.state(sweep), Either.right("running"))
        })
      )

      if (backend === "ours") {
        it.scoped("refuses a second scheduler until the first has left", () =>
          Effect.gen(function* () {
            const own = yield* SchedulerRun
            const sweep = yield* createSweep()
            const scope = yield* Scope.make()
            yield* Scope.extend(own.start(sweep), scope)
            const error = yield* Effect.flip(own.start(sweep))
            assert.strictEqual(error._tag, "LeaseHeldError")
            if (error._tag !== "LeaseHeldError") return
            assert.deepStrictEqual([error.sweep, error.lost], [sweep, false])
            assert.isNotEmpty(error.holder)
            yield* own.start(yield* createSweep())
            yield* Scope.close(scope, Exit.void)
            yield* own.start(sweep)
          })
        )
      }

      if (backend === "ours") {
        it.effect("lets only one of many that start at once have the sweep", () =>
          Effect.gen(function* () {
            const own = yield* SchedulerRun
            const sweep = yield* createSweep()
            const started = yield* Effect.scoped(
              Effect.all(
                Array.from({ length: 5 }, () => Effect.isSuccess(own.start(sweep))),
                { concurrency: "unbounded" }
              )
            )
            assert.strictEqual(started.filter((it) => it).length, 1)
          })
        )
      }

      it.effect("is finished or failed by its exit code, and running when it is started again", () =>
        Effect.gen(function* () {
          const own = yield* SchedulerRun
          const sweep = yield* createSweep()
          for (const [exitCode, state] of [
            [0, "finished"],
            [1, "failed"]
          ] as const) {
            yield* Effect.scoped(Effect.zipRight(own.start(sweep), own.finish(sweep, exitCode)))
            assert.deepStrictEqual(yield* own.state(sweep), Either.right(state))
            // Who ended it first has the last word.
            yield* own.finish(sweep, 1 - exitCode)
            assert.deepStrictEqual(yield* own.state(sweep), Either.right(state))
          }
          yield* Effect.scoped(own.start(sweep))
          assert.deepStrictEqual(yield* own.state(sweep), Either.right("running"))
        })
      )

      it.scoped("doesn't know other sweeps", () =>
        Effect.gen(function* () {
          const own = yield* SchedulerRun
          assert.strictEqual((yield* Effect.flip(own.start(noSweep)))._tag, "SweepNotFoundError")
          assert.strictEqual((yield* Effect.flip(own.state(noSweep)))._tag, "SweepNotFoundError")
          const error = yield* Effect.flip(own.finish(noSweep, 0))
          assert.isFalse(error.retryable)
          if (backend === "ours") assert.strictEqual(error.status, 404)
        })
      )
    }
  )
