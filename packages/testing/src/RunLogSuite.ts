import { layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { layerNoop as noStopping, type EarlyStopping } from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog, type MetricRow } from "@sweepline/core/RunLog"
import type { Search } from "@sweepline/core/Search"
import type { SweepApi } from "@sweepline/core/SweepApi"
import type { Backend } from "./Backend.js"
import { awkwardTrial, dict, lossRows, noSweep, report, sweepWithRun } from "./Fixtures.js"
import { assert } from "./internal/assert.js"
import * as TestSearch from "./TestSearch.js"

/** What every store of metric rows does, for the runs of the `SweepApi` beside it. */
export const suite = <E>(
  name: string,
  layer: Layer.Layer<RunLog | SweepApi, E, Search | EarlyStopping>,
  backend: Backend = "ours"
): void =>
  withLayer(Layer.provide(layer, Layer.merge(TestSearch.layerCounting(), noStopping)))(`RunLog (${name})`, (it) => {
    it.effect("keeps rows as they were logged, in order", () =>
      Effect.gen(function* () {
        const { key, log, rows, sweep } = yield* logged
        assert.deepStrictEqual(yield* rows, [])
        assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 0, nextStep: 0 })
        const first: ReadonlyArray<MetricRow> = [
          { step: 0, at: 10, values: awkwardTrial },
          { step: 1, at: 11.5, values: dict(["loss", Number.NaN], ["grad", -Infinity], ["note", "é\n"]) }
        ]
        const second: ReadonlyArray<MetricRow> = [{ step: 7, at: 12, values: dict(["loss", 1]) }]
        yield* log.append({ sweep, key, rows: first, offset: 100 })
        yield* log.append({ sweep, key, rows: second, offset: 130 })
        assert.deepStrictEqual(yield* rows, [...first, ...second])
        assert.deepStrictEqual([...((yield* rows)[0]?.values ?? [])], [...awkwardTrial])
        assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 130, nextStep: 8 })
      })
    )

    it.effect("an append at or before the stored offset changes nothing", () =>
      Effect.gen(function* () {
        const { key, log, rows, summary, sweep } = yield* logged
        yield* log.append({ sweep, key, rows: lossRows([3, 2]), offset: 50 })
        const stored = yield* rows
        for (const offset of [0, 20, 50]) {
          yield* log.append({ sweep, key, rows: lossRows([9], 2), offset })
        }
        assert.deepStrictEqual(yield* rows, stored)
        assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 50, nextStep: 2 })
        assert.strictEqual((yield* summary).get("loss"), 2)
      })
    )

    it.effect("moves the offset when there are no rows in what was read", () =>
      Effect.gen(function* () {
        const { key, log, rows, sweep } = yield* logged
        yield* log.append({ sweep, key, rows: [], offset: 50 })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 50, nextStep: 0 })
        assert.deepStrictEqual(yield* rows, [])
      })
    )

    it.effect("counts offsets by attempt, and steps by run", () =>
      Effect.gen(function* () {
        const { key, log, rows, run, sweep } = yield* logged
        const again = RunKey.make(run, 2)
        yield* log.append({ sweep, key, rows: lossRows([3, 2]), offset: 50 })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key: again }), { offset: 0, nextStep: 2 })
        yield* log.append({ sweep, key: again, rows: lossRows([1], 2), offset: 10 })
        // The tail of the first attempt comes late.
        yield* log.append({ sweep, key, rows: lossRows([4], 3), offset: 60 })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 60, nextStep: 4 })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key: again }), { offset: 10, nextStep: 4 })
        assert.deepStrictEqual(
          (yield* rows).map((row) => row.values.get("loss")),
          [3, 2, 1, 4]
        )
      })
    )

    it.effect("keeps runs apart", () =>
      Effect.gen(function* () {
        const { api, key, log, rows, run, summary, sweep } = yield* logged
        const other = yield* api.createRun({ sweep, trial: awkwardTrial })
        const otherKey = RunKey.make(other, 1)
        yield* log.append({ sweep, key, rows: lossRows([3, 2]), offset: 50 })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key: otherKey }), { offset: 0, nextStep: 0 })
        yield* log.append({ sweep, key: otherKey, rows: lossRows([7]), offset: 20 })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 50, nextStep: 2 })
        assert.deepStrictEqual(yield* rows, lossRows([3, 2]))
        assert.deepStrictEqual([...(yield* Stream.runCollect(log.rows({ sweep, run: other })))], lossRows([7]))
        assert.strictEqual((yield* summary).get("loss"), 2)
        const records = new Map((yield* api.runs(sweep)).map(({ id, summary }) => [id, summary.get("loss")]))
        assert.deepStrictEqual([records.get(run), records.get(other)], [2, 7])
      })
    )

    it.effect(
      "keeps the order in which rows were logged, whatever steps they say, and goes on after the last step",
      () =>
        Effect.gen(function* () {
          const { key, log, rows, sweep } = yield* logged
          const turned = [...lossRows([1], 9), ...lossRows([2], 4), ...lossRows([3], 4)]
          yield* log.append({ sweep, key, rows: turned, offset: 50 })
          assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 50, nextStep: 10 })
          yield* log.append({ sweep, key, rows: lossRows([4], 5), offset: 60 })
          assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 60, nextStep: 10 })
          assert.deepStrictEqual(yield* rows, [...turned, ...lossRows([4], 5)])
        })
    )

    it.effect("counts what a client streams apart from what was printed", () =>
      Effect.gen(function* () {
        const { key, log, rows, sweep } = yield* logged
        yield* log.append({ sweep, key, rows: lossRows([3, 2]), offset: 2, source: "client" })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key }), { offset: 0, nextStep: 2 })
        yield* log.append({ sweep, key, rows: lossRows([5], 2), offset: 70 })
        yield* log.append({ sweep, key, rows: lossRows([9], 3), offset: 2, source: "client" })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key, source: "client" }), { offset: 2, nextStep: 3 })
        assert.deepStrictEqual(yield* log.cursor({ sweep, key, source: "output" }), { offset: 70, nextStep: 3 })
        assert.deepStrictEqual(
          (yield* rows).map((row) => row.values.get("loss")),
          [3, 2, 5]
        )
      })
    )

    it.effect("a run's summary takes the last value of each metric", () =>
      Effect.gen(function* () {
        const { api, key, log, run, summary, sweep } = yield* logged
        yield* api.reportRun({ sweep, run, report: report("running", { summary: dict(["host", "here"]) }) })
        yield* log.append({ sweep, key, rows: lossRows([3, 2, 5]), offset: 50 })
        yield* log.append({
          sweep,
          key,
          rows: [{ step: 3, at: 0, values: dict(["accuracy", 1]) }],
          offset: 60
        })
        assert.deepStrictEqual(
          [...(yield* summary)],
          [
            ["host", "here"],
            ["loss", 5],
            ["epoch", 2n],
            ["accuracy", 1]
          ]
        )
      })
    )

    it.effect("gives many rows page by page", () =>
      Effect.gen(function* () {
        const { key, log, run, sweep } = yield* logged
        const count = 2500
        yield* log.append({ sweep, key, rows: lossRows(Array.from({ length: count }, (_, n) => n)), offset: 50 })
        const pages = yield* Stream.runCollect(Stream.chunks(log.rows({ sweep, run })))
        const steps: Array<number> = []
        for (const page of pages) {
          assert.isAtMost(page.length, 1000)
          for (const row of page) steps.push(row.step)
        }
        assert.deepStrictEqual(
          steps,
          Array.from({ length: count }, (_, n) => n)
        )
        const some = yield* Stream.runCollect(Stream.take(log.rows({ sweep, run }), 3))
        assert.strictEqual(some.length, 3)
      })
    )

    it.effect("doesn't know other runs", () =>
      Effect.gen(function* () {
        const { key, log, run, sweep } = yield* logged
        const other = RunId.make("norun000")
        const calls = [
          log.append({ sweep, key: RunKey.make(other, 1), rows: lossRows([1]), offset: 5 }),
          log.append({ sweep: noSweep, key, rows: lossRows([1]), offset: 5 }),
          Effect.asVoid(log.cursor({ sweep, key: RunKey.make(other, 1) })),
          Stream.runDrain(log.rows({ sweep, run: other })),
          ...(backend === "ours" ? [Stream.runDrain(log.rows({ sweep: noSweep, run }))] : [])
        ]
        for (const call of calls) {
          const error = yield* Effect.flip(call)
          assert.deepStrictEqual([error.status, error.retryable], [404, false])
        }
      })
    )
  })

// fixtures

/** A run of a sweep of its own. */
const logged = Effect.gen(function* () {
  const log = yield* RunLog
  const { api, run, sweep } = yield* sweepWithRun()
  return {
    api,
    sweep,
    run,
    log,
    key: RunKey.make(run, 1),
    rows: Effect.map(Stream.runCollect(log.rows({ sweep, run })), (rows) => [...rows]),
    summary: Effect.map(api.runs(sweep), (runs) => runs[0]?.summary ?? new Map())
  }
})
