import { layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { layerNoop as noStopping, type EarlyStopping } from "@sweepline/core/EarlyStopping"
import { RunId } from "@sweepline/core/RunId"
import type { Search } from "@sweepline/core/Search"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import { awkwardTrial, createSweep, noSweep, report, sweepConfig, sweepWithRun } from "./Fixtures.js"
import { assert } from "./internal/assert.js"
import * as TestSearch from "./TestSearch.js"

/** What every backend of our own does for a server. */
export const suite = <E>(name: string, layer: Layer.Layer<SweepAdmin | SweepApi, E, Search | EarlyStopping>): void =>
  withLayer(Layer.provide(layer, Layer.merge(TestSearch.layerCounting(), noStopping)))(`SweepAdmin (${name})`, (it) => {
    it.effect("finds a run by its id alone", () =>
      Effect.gen(function* () {
        const admin = yield* SweepAdmin
        const { api, run, sweep } = yield* sweepWithRun()
        yield* sweepWithRun()
        const records = yield* api.runs(sweep)
        const own = records.find(({ id }) => id === run)
        assert.deepStrictEqual(Option.toArray(yield* admin.findRun(run)), [{ sweep, run: own }])
        assert.deepStrictEqual(yield* admin.findRun(RunId.make("norun000")), Option.none())
      })
    )

    it.effect("creates a run under a chosen id, once", () =>
      Effect.gen(function* () {
        const admin = yield* SweepAdmin
        const api = yield* SweepApi
        const sweep = yield* createSweep()
        const other = yield* createSweep()
        const run = RunId.make("Chosen-Id.1")
        yield* admin.adoptRun({ sweep, run, trial: awkwardTrial })
        const [record] = yield* api.runs(sweep)
        assert.deepStrictEqual([record?.id, record?.state, record?.attempt], [run, "pending", 1])
        assert.deepStrictEqual([...(record?.trial ?? [])], [...awkwardTrial])
        for (const again of [sweep, other]) {
          const error = yield* Effect.flip(admin.adoptRun({ sweep: again, run, trial: new Map() }))
          assert.deepInclude({ ...error }, { _tag: "CommError", status: 409, retryable: false })
        }
        assert.strictEqual((yield* api.runs(sweep)).length, 1)
        assert.strictEqual((yield* api.runs(other)).length, 0)
        const generated = yield* api.createRun({ sweep, trial: awkwardTrial })
        assert.deepStrictEqual(
          (yield* api.runs(sweep)).map((it) => [it.id, it.name]),
          [
            [run, "run-1"],
            [generated, "run-2"]
          ]
        )
        yield* api.reportRun({ sweep, run, report: report("running") })
        const state = Option.map(yield* admin.findRun(run), (found) => found.run.state)
        assert.deepStrictEqual(state, Option.some("running"))
      })
    )

    it.effect("tells which runs have changed since it was asked", () =>
      Effect.gen(function* () {
        const admin = yield* SweepAdmin
        const api = yield* SweepApi
        const sweep = yield* createSweep()
        const first = yield* api.createRun({ sweep, trial: awkwardTrial })
        const second = yield* api.createRun({ sweep, trial: awkwardTrial })
        const all = yield* admin.changedRuns(sweep)
        assert.deepStrictEqual(all.runs, [first, second])
        yield* api.reportRun({ sweep, run: second, report: report("running") })
        const third = yield* api.createRun({ sweep, trial: awkwardTrial })
        const since = yield* admin.changedRuns(sweep, all.mark)
        assert.includeMembers([...since.runs], [second, third])
        yield* api.stopRun({ sweep, run: first, reason: "Killed" })
        assert.include((yield* admin.changedRuns(sweep, since.mark)).runs, first)
      })
    )

    it.effect("tells whether a sweep has reached its target", () =>
      Effect.gen(function* () {
        const admin = yield* SweepAdmin
        const api = yield* SweepApi
        const config = sweepConfig("  target: 0.5")
        const sweep = yield* api.createSweep({ config, name: "", seed: 1 })
        for (const [loss, expected] of [
          [1, false],
          [0.5, true]
        ] as const) {
          const run = yield* api.createRun({ sweep, trial: awkwardTrial })
          yield* api.reportRun({ sweep, run, report: { ...report("finished"), summary: new Map([["loss", loss]]) } })
          assert.strictEqual(yield* admin.targetReached(sweep), expected)
        }
      })
    )

    it.effect("counts the runs of a sweep, whoever chose their ids", () =>
      Effect.gen(function* () {
        const admin = yield* SweepAdmin
        const api = yield* SweepApi
        const sweep = yield* api.createSweep({ config: sweepConfig(""), name: "", seed: 1 })
        assert.strictEqual(yield* admin.runCount(sweep), 0)
        const first = yield* api.createRun({ sweep, trial: awkwardTrial })
        const own = { sweep, run: RunId.make("counted0"), trial: awkwardTrial }
        yield* admin.adoptRun(own)
        yield* Effect.flip(admin.adoptRun(own))
        yield* Effect.flip(admin.adoptRun({ ...own, run: first }))
        assert.strictEqual(yield* admin.runCount(sweep), 2)
      })
    )

    it.effect("goes on with another config", () =>
      Effect.gen(function* () {
        const admin = yield* SweepAdmin
        const api = yield* SweepApi
        const sweep = yield* api.createSweep({ config: sweepConfig("run_cap: 1"), name: "", seed: 1 })
        const heartbeat = Effect.flatMap(api.registerAgent({ sweep, host: "here" }), (agent) =>
          api.heartbeat({ sweep, agent, runs: new Map() })
        )
        const tags = Effect.map(heartbeat, (commands) => commands.map(({ _tag }) => _tag))
        assert.deepStrictEqual(yield* tags, ["Run"])
        assert.deepStrictEqual(yield* tags, ["Exit"])
        const config = sweepConfig("run_cap: 2")
        yield* admin.setConfig({ sweep, config })
        assert.strictEqual((yield* api.sweep(sweep)).config, config)
        assert.deepStrictEqual(yield* tags, ["Run"])
        assert.deepStrictEqual(yield* tags, ["Exit"])
        const error = yield* Effect.flip(admin.setConfig({ sweep, config: "method: [" }))
        assert.deepInclude({ ...error }, { _tag: "CommError", status: 400 })
        assert.strictEqual((yield* api.sweep(sweep)).config, config)
      })
    )

    it.effect("doesn't know other sweeps", () =>
      Effect.gen(function* () {
        const admin = yield* SweepAdmin
        const calls = [
          admin.adoptRun({ sweep: noSweep, run: RunId.make("another0"), trial: awkwardTrial }),
          admin.changedRuns(noSweep),
          admin.runCount(noSweep),
          admin.targetReached(noSweep),
          admin.setConfig({ sweep: noSweep, config: sweepConfig("") })
        ]
        for (const call of calls) assert.strictEqual((yield* Effect.flip(call))._tag, "SweepNotFoundError")
      })
    )
  })
