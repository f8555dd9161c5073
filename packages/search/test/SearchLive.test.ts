import { assert, describe, it } from "@effect/vitest"
import type { Parameter } from "@sweepline/core/Parameter"
import { RunId } from "@sweepline/core/RunId"
import type { RunState } from "@sweepline/core/RunState"
import { Search } from "@sweepline/core/Search"
import type { MetricDigest, PastRun } from "@sweepline/core/Search"
import type { TrialConfig } from "@sweepline/core/TrialConfig"
import { build } from "esbuild"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Logger } from "effect"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as Identity from "../src/Identity.js"
import * as SearchLive from "../src/SearchLive.js"
import { configOf, digestOf, loss, runOf } from "./fixtures/sweeps.js"

describe("SearchLive", () => {
  it.effect("walks a grid to its end and says so", () =>
    Effect.gen(function* () {
      const search = yield* Search
      const config = configOf("grid", grid)
      const history: Array<PastRun> = []
      for (let n = 0; n < 6; n++) {
        const answer = yield* search.suggest({ config, seed: 1, history })
        assert.strictEqual(answer._tag, "Suggested")
        if (answer._tag === "Suggested") history.push(runOf(n, answer.trial))
      }
      assert.strictEqual(new Set(history.map(({ trial }) => Identity.key(trial))).size, 6)
      assert.strictEqual((yield* search.suggest({ config, seed: 1, history }))._tag, "Exhausted")
    }).pipe(Effect.provide(SearchLive.layer))
  )

  it.effect("answers the same after a restart, and for a history that it did not grow up with", () =>
    Effect.gen(function* () {
      for (const config of [
        configOf("grid", grid),
        { ...configOf("grid", grid), scheduler: new Map([["shuffle", true]]), source: "shuffled" },
        configOf("random", grid)
      ]) {
        const search = yield* Search
        const history: Array<PastRun> = []
        for (let n = 0; n < 5; n++) {
          const answer = yield* search.suggest({ config, seed: 1, history })
          const fresh = yield* Effect.flatMap(Search, (other) => other.suggest({ config, seed: 1, history })).pipe(
            Effect.provide(SearchLive.layer)
          )
          assert.deepStrictEqual(answer, fresh)
          if (answer._tag === "Suggested") history.push(runOf(n, answer.trial))
        }
        const first = yield* search.suggest({ config, seed: 1, history: [] })
        assert.strictEqual(first._tag, "Suggested")
        if (first._tag === "Suggested") assert.deepStrictEqual(first.trial, history[0]?.trial)
      }
    }).pipe(Effect.provide(SearchLive.layer))
  )

  it.effect("fails with the parameter's name where a config can't be searched", () =>
    Effect.gen(function* () {
      const search = yield* Search
      const config = configOf("grid", { lr: { distribution: "uniform", min: 0, max: 1 } })
      const error = yield* Effect.flip(search.suggest({ config, seed: 1, history: [] }))
      assert.strictEqual(error.reason, "SearchFailed")
      assert.include(error.message, "lr")
      const custom = yield* Effect.exit(search.suggest({ config: configOf("custom", grid), seed: 1, history: [] }))
      assert.isTrue(Exit.isFailure(custom))
    }).pipe(Effect.provide(SearchLive.layer))
  )

  it.effect("walks a grid of 22,500 points to its end, each point once", () =>
    Effect.gen(function* () {
      const search = yield* Search
      const axis: Parameter = { distribution: "int_uniform", min: 1, max: 150 }
      const config = configOf("grid", { a: axis, b: axis })
      const history: Array<PastRun> = []
      while (true) {
        const answer = yield* search.suggest({ config, seed: 1, history })
        if (answer._tag !== "Suggested") break
        history.push(runOf(history.length, answer.trial))
      }
      assert.strictEqual(history.length, 22_500)
      assert.strictEqual(new Set(history.map(({ trial }) => PythonJson.stringify(trial))).size, 22_500)
    }).pipe(Effect.provide(SearchLive.layer))
  )

  it.effect("ends a sweep whose target a run has reached, with any method", () =>
    Effect.gen(function* () {
      const search = yield* Search
      for (const method of ["grid", "random", "bayes"] as const) {
        const config = configOf(method, grid, { metric: { ...loss, target: 0.5 } })
        const tags: Array<string> = []
        const history: Array<PastRun> = []
        for (const value of [3, 0.6, 0.5]) {
          const answer = yield* search.suggest({ config, seed: 1, history })
          tags.push(answer._tag)
          if (answer._tag === "Suggested") history.push(runOf(history.length, answer.trial, [value], "running"))
        }
        tags.push((yield* search.suggest({ config, seed: 1, history }))._tag)
        assert.deepStrictEqual(tags, ["Suggested", "Suggested", "Suggested", "Exhausted"], method)
      }
    }).pipe(Effect.provide(SearchLive.layerInline))
  )
})

describe("SearchLive's worker", () => {
  it.scopedLive("answers what the inline layer answers, as runs end and histories change", () =>
    Effect.gen(function* () {
      const url = yield* bundledWorker
      const worker = yield* Layer.build(SearchLive.layerWorker({ url }))
      const config = configOf("bayes", space)
      const history: Array<PastRun> = []
      const ask = Effect.flatMap(Search, (search) => search.suggest({ config, seed: 7, history }))
      for (let n = 0; n < 14; n++) {
        const answer = yield* Effect.provide(ask, worker)
        assert.deepStrictEqual(answer, yield* Effect.provide(ask, SearchLive.layerInline))
        if (answer._tag !== "Suggested") return assert.fail(answer._tag)
        // Two runs are in flight at a time: the entry before the last one ends now.
        const ending = history.at(-1)
        if (ending !== undefined) history[n - 1] = runOf(n - 1, ending.trial, [Number(ending.trial.get("x"))])
        history.push(runOf(n, answer.trial, [], "running"))
      }
      // A history that this sweep didn't grow up with starts the worker's copy anew.
      history.splice(3)
      const short = yield* Effect.provide(ask, worker)
      assert.deepStrictEqual(short, yield* Effect.provide(ask, SearchLive.layerInline))
    })
  )

  it.scopedLive("hears of what changes in place, as the backends' runs do, and of what was stopped early", () =>
    Effect.gen(function* () {
      const url = yield* bundledWorker
      const worker = yield* Layer.build(SearchLive.layerWorker({ url }))
      const config = configOf("bayes", space, {
        earlyTerminate: { type: "asha", minIter: 1, maxIter: undefined, s: undefined, eta: 3, strict: true }
      })
      const history: Array<LiveRun> = []
      const ask = Effect.flatMap(Search, (search) => search.suggest({ config, seed: 7, history }))
      for (let n = 0; n < 16; n++) {
        const answer = yield* Effect.provide(ask, worker)
        assert.deepStrictEqual(answer, yield* Effect.provide(ask, SearchLive.layerInline))
        if (answer._tag !== "Suggested") return assert.fail(answer._tag)
        history.at(-1)?.end(Number(history.at(-1)?.trial.get("x")), n % 3 === 1)
        history.push(new LiveRun(RunId.make(`r${n}`), answer.trial))
      }
      // Without what the runs reported it would be a start point.
      const none = history.map(({ id, trial }) => new LiveRun(id, trial))
      const blind = Effect.flatMap(Search, (search) => search.suggest({ config, seed: 7, history: none }))
      assert.notDeepEqual(yield* Effect.provide(ask, worker), yield* Effect.provide(blind, SearchLive.layerInline))
    })
  )

  it.scopedLive("knows prior runs and repeats, and tells what was abandoned", () =>
    Effect.gen(function* () {
      const url = yield* bundledWorker
      const context = yield* Layer.build(SearchLive.layerWorker({ url }))
      const inline = yield* Layer.build(SearchLive.layerInline)
      const repeats = { times: 2, over: "seed", abandon: true }
      const config = configOf("bayes", space, { repeats, start: [new Map([["x", 0.5]])] })
      const prior = Array.from({ length: 12 }, (_, n) => {
        const trial = new Map([
          ["x", n / 12],
          ["y", ((n * 5) % 12) / 12]
        ])
        return runOf(n, trial, [n / 12])
      })
      const history: Array<PastRun> = []
      let abandoned = 0
      for (let n = 0; n < 20; n++) {
        const [answer, same] = yield* Effect.forEach([context, inline], (of) =>
          Context.get(of, Search).suggest({ config, seed: 7, history, prior })
        )
        assert.deepStrictEqual(answer, same)
        if (answer?._tag !== "Suggested") return assert.fail(answer?._tag)
        abandoned += answer.abandoned?.length ?? 0
        const far = history.length > 12 && answer.trial.get("seed") === 0n ? 100 : 0
        history.push(runOf(n, answer.trial, [Number(answer.trial.get("x")) + far]))
      }
      assert.strictEqual(history[0]?.trial.get("x"), 0.5)
      assert.isAbove(abandoned, 2)
    })
  )

  it.scopedLive("refuses what can't be searched with the parameter's name", () =>
    Effect.gen(function* () {
      const url = yield* bundledWorker
      const config = configOf("bayes", { bad: { distribution: "normal", mu: 0, sigma: 0 } })
      const error = yield* Effect.flatMap(Search, (search) => search.suggest({ config, seed: 1, history: [] })).pipe(
        Effect.provide(SearchLive.layerWorker({ url })),
        Effect.flip
      )
      assert.include(error.message, "bad")
    })
  )

  for (const [how, url] of [
    ["has no entry", pathToFileURL(join(tmpdir(), "no-such-worker.mjs"))],
    ["is refused at once", new URL("http://localhost/worker.mjs")]
  ] as const) {
    it.scopedLive(`goes on inline, with one warning, where the worker ${how}`, () =>
      Effect.gen(function* () {
        let warnings = 0
        const counting = Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ logLevel }) => {
            if (logLevel._tag === "Warning") warnings++
          })
        )
        const ask = Effect.flatMap(Search, (search) =>
          search.suggest({ config: configOf("bayes", space), seed: 1, history: [] })
        )
        yield* Effect.gen(function* () {
          const answers = yield* Effect.all([ask, ask, ask], { concurrency: "unbounded" })
          const inline = yield* Effect.provide(ask, SearchLive.layerInline)
          for (const answer of answers) assert.deepStrictEqual(answer, inline)
        }).pipe(Effect.provide(Layer.merge(SearchLive.layerWorker({ url }), counting)))
        assert.strictEqual(warnings, 1)
      })
    )
  }

  it.scopedLive("never makes the asking thread wait", () =>
    Effect.gen(function* () {
      const url = yield* bundledWorker
      const config = configOf("bayes", space)
      const history = Array.from({ length: 400 }, (_, n) => {
        const x = ((n * 37) % 400) / 400
        return runOf(
          n,
          new Map([
            ["x", x],
            ["y", (n % 20) / 20]
          ]),
          [Math.abs(x - 0.3)]
        )
      })
      const answered = yield* Deferred.make<void>()
      const asking = yield* Effect.fork(
        Effect.flatMap(Search, (search) => search.suggest({ config, seed: 1, history })).pipe(
          Effect.provide(SearchLive.layerWorker({ url })),
          Effect.ensuring(Deferred.succeed(answered, undefined))
        )
      )
      let turns = 0
      while (!(yield* Deferred.isDone(answered))) {
        yield* Effect.sleep("1 millis")
        turns++
      }
      assert.isAbove(turns, 5)
      assert.strictEqual((yield* Fiber.join(asking))._tag, "Suggested")
    })
  )
})

const grid: Record<string, Parameter> = {
  a: { distribution: "int_uniform", min: 1, max: 3 },
  b: { distribution: "categorical", values: ["x", "y"] }
}

const space: Record<string, Parameter> = {
  x: { distribution: "uniform", min: 0, max: 1 },
  y: { distribution: "uniform", min: 0, max: 1 }
}

/** A run as a backend holds it: one object, whose properties change or are computed. */
class LiveRun implements PastRun {
  state: RunState = "running"
  stoppedEarly = false
  readonly metrics = new Map<string, MetricDigest>()
  readonly steps: Array<number> = []
  readonly values: Array<number> = []

  constructor(
    readonly id: RunId,
    readonly trial: TrialConfig
  ) {}

  get curve() {
    return this
  }

  /** Ends with a falling loss: after one step, or after four. */
  end(value: number, early: boolean): void {
    for (let step = 1; step <= (early ? 1 : 4); step++) {
      this.steps.push(step)
      this.values.push(value + 4 / step)
    }
    const digest = digestOf(this.values)
    if (digest !== undefined) this.metrics.set("loss", digest)
    this.state = early ? "killed" : "finished"
    this.stoppedEarly = early
  }
}

/** The worker's entry as a file that Node can start, as the cli's bundle has it. */
const bundledWorker = Effect.cached(
  Effect.promise(async () => {
    const outfile = join(mkdtempSync(join(tmpdir(), "sweepline-search-")), "search-worker.mjs")
    await build({
      entryPoints: [fileURLToPath(new URL("../src/SearchWorker.ts", import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      alias: { "@sweepline/core": fileURLToPath(new URL("../../core/src", import.meta.url)) }
    })
    return pathToFileURL(outfile)
  })
).pipe(Effect.runSync)
