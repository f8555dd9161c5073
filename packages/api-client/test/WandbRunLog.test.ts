import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Layer, Stream } from "effect"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog } from "@sweepline/core/RunLog"
import { SweepId } from "@sweepline/core/SweepId"
import * as WandbRunLog from "../src/WandbRunLog.js"
import * as FakeServer from "./FakeServer.js"

const sweep = SweepId.make("k3p9x0qa")
const run = RunId.make("b7d2m4zz")

/** The rows of a run as a server has them. */
const rowsOf = (history: ReadonlyArray<string> | null) => {
  const server = FakeServer.make(
    FakeServer.graph({
      query: {
        project: () => ({
          run: () =>
            history === null
              ? null
              : {
                  historyKeys: history.length === 0 ? null : { lastStep: history.length - 1, keys: {} },
                  history: ({ maxStep, minStep }: { readonly maxStep: number; readonly minStep: number }) =>
                    history.slice(minStep, maxStep)
                }
        })
      }
    })
  )
  const rows = Effect.flatMap(RunLog, (log) => Stream.runCollect(log.rows({ sweep, run })))
  return { server, rows: Effect.provide(rows, Layer.provide(WandbRunLog.layer, FakeServer.project(server))) }
}

describe("what a run logged", () => {
  it.effect("is read without loss, with its step and its time", () =>
    Effect.gen(function* () {
      const { rows } = rowsOf([
        '{"loss": NaN, "worst": "-Infinity", "n": 1, "f": 1.0, "_step": 0, "_timestamp": 1700000000.5, "_runtime": 3}'
      ])
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* rows), [
        {
          step: 0,
          at: 1700000000500,
          values: new Map<string, number | bigint>([
            ["loss", Number.NaN],
            ["worst", Number.NEGATIVE_INFINITY],
            ["n", 1n],
            ["f", 1]
          ])
        }
      ])
    })
  )

  it.effect("is read in pages of a thousand steps", () =>
    Effect.gen(function* () {
      const { rows, server } = rowsOf(Array.from({ length: 2500 }, (_, n) => `{"_step": ${n}, "loss": ${n}.5}`))
      const steps = Chunk.toReadonlyArray(yield* rows).map(({ step }) => step)
      assert.deepStrictEqual(
        steps,
        Array.from({ length: 2500 }, (_, n) => n)
      )
      assert.deepStrictEqual(server.operations(), ["RunHistoryKeys", "HistoryPage", "HistoryPage", "HistoryPage"])
    })
  )

  it.effect("is nothing where it logged nothing, and an error where there is no such run", () =>
    Effect.gen(function* () {
      assert.strictEqual(Chunk.size(yield* rowsOf([]).rows), 0)
      assert.strictEqual((yield* Effect.flip(rowsOf(null).rows)).status, 404)
      assert.strictEqual((yield* Effect.flip(rowsOf(["{"]).rows)).reason, "Decode")
    })
  )

  it.effect("is for the run itself to store", () =>
    Effect.gen(function* () {
      const log = yield* RunLog
      const key = RunKey.make(run, 1)
      assert.isFalse((yield* Effect.flip(log.append({ sweep, key, rows: [], offset: 1 }))).retryable)
      assert.isFalse((yield* Effect.flip(log.cursor({ sweep, key }))).retryable)
    }).pipe(Effect.provide(Layer.provide(WandbRunLog.layer, FakeServer.project(FakeServer.make(() => "silence")))))
  )
})
