import { assert, describe, it } from "@effect/vitest"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { Effect, Either, Option } from "effect"
import * as View from "../src/View.js"
import * as KeptOutput from "./fixtures/keptOutput.js"
import { objects } from "./fixtures/program.js"
import { report, run, sweep } from "./fixtures/reports.js"

// Wide, so that no line is cut.
const kept = () => KeptOutput.make({ columns: 10_000 })

describe("View.plain", () => {
  it.effect("of a resumed sweep counts what had ended before, and tells of what ends now", () =>
    Effect.gen(function* () {
      const { out, output } = kept()
      const view = View.plain(output, { workers: 2, since: 1_000 })
      const before = [
        run("a", { accuracy: 0.9, endedAt: 500 }),
        run("b", { state: "preempted", accuracy: 0.1, endedAt: 600 })
      ]
      yield* view.reading(report(...before), undefined)
      assert.strictEqual(out.length, 1)
      yield* view.reading(
        report(run("a", { accuracy: 0.9, endedAt: 500 }), run("b", { attempt: 2, accuracy: 0.5, endedAt: 2_000 })),
        undefined
      )
      assert.deepStrictEqual(out.slice(1), ["[ 2/10]  b  finished   0:02  accuracy 0.5000"])
      yield* view.reading(report(run("c", { accuracy: 0.95, endedAt: 3_000 })), undefined)
      assert.strictEqual(out.at(-1), "[ 3/10]  c  finished   0:03  accuracy 0.9500  best so far")
    })
  )

  it.effect("counts a run that is tried again once, and one that was stopped for now not yet", () =>
    Effect.gen(function* () {
      const { out, output } = kept()
      const view = View.plain(output, { workers: 2, since: 0 })
      yield* view.reading(report(run("a", { state: "failed", endedAt: 1_000 })), undefined)
      const again = run("a", { attempt: 2, accuracy: 0.5, endedAt: 2_000 })
      yield* view.reading(report(again), undefined)
      yield* view.reading(report(again, run("b", { state: "preempted", endedAt: 3_000 })), undefined)
      assert.deepStrictEqual(
        out.slice(1).map((line) => line.slice(0, 10)),
        ["[ 1/10]  a", "[ 1/10]  a", "[ 1/10]  b"]
      )
    })
  )

  it.effect("says of a run that was stopped by a rule by which", () =>
    Effect.gen(function* () {
      const { out, output } = kept()
      const killed = (id: string, stop: "TimedOut" | "Killed") => ({
        ...run(id, { state: "killed", endedAt: 1_000 }),
        stop
      })
      yield* View.plain(output, { workers: 2, since: 0 }).reading(
        report(killed("a", "TimedOut"), killed("b", "Killed")),
        undefined
      )
      assert.deepStrictEqual(
        out.slice(1).map((line) => line.replace(/ +/g, " ")),
        ["[ 1/10] a killed 0:01 had gone silent", "[ 2/10] b killed 0:01"]
      )
    })
  )

  it.effect("says as soon as a run finished without the metric, and once, what the script should print", () =>
    Effect.gen(function* () {
      const { out, output } = kept()
      const view = View.plain(output, { workers: 2, since: 0 })
      const without = run("a", { endedAt: 1_000 })
      yield* view.reading(report(run("a", { state: "running" })), undefined)
      assert.isUndefined(View.noteOf(report(run("a", { state: "running" })), false))
      yield* view.reading(report(without), undefined)
      yield* view.reading(report(without, run("b", { endedAt: 2_000 })), undefined)
      assert.deepStrictEqual(
        out.filter((line) => line.includes('{"accuracy": 0.9}')),
        ['Let the script print such a line at least once, as JSON and with nothing else on it: {"accuracy": 0.9}']
      )
      assert.include(View.noteOf(report(without), false), '{"accuracy": 0.9}')
    })
  )
})

describe("of a sweep with several metrics", () => {
  const text = sweep.config.replace(
    /metric:.*/,
    "metrics: [{name: accuracy, goal: maximize}, {name: lr, goal: minimize}]"
  )
  const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
  const several = (...runs: ReadonlyArray<ReturnType<typeof run>>) => ({ ...report(...runs), config })
  const done = run("a", { accuracy: 0.5, endedAt: 1_000 })
  const both = { ...done, summary: new Map([...done.summary, ["lr", 0.25]]) }

  it.effect("each is told of each run, and none is called the best", () =>
    Effect.gen(function* () {
      const { out, output } = kept()
      yield* View.plain(output, { workers: 2, since: 0 }).reading(several(both), undefined)
      assert.include(out[0], "maximize accuracy, minimize lr")
      assert.strictEqual(out[1], "[ 1/10]  a  finished   0:01  accuracy 0.5000  lr 0.2500")
    })
  )

  it.effect("the live view counts the runs that no other beats", () =>
    Effect.gen(function* () {
      const { drawn, output } = kept()
      yield* View.live(output, { workers: 2, since: 0 }).reading(several(both), undefined)
      assert.include(drawn[0]?.at(-1), "best 1 run that no other beats in all metrics")
    })
  )
})

describe("View.live", () => {
  it.effect("follows what an edit has changed: how many runs there will be, and how many at a time", () =>
    Effect.gen(function* () {
      const { drawn, output } = kept()
      const view = View.live(output, { workers: 2, since: 0 })
      const before = report(run("a"))
      yield* view.reading(before, undefined)
      const text = before.sweep.config.replace("run_cap: 10", "run_cap: 25")
      const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
      yield* view.reading({ ...before, config, sweep: { ...before.sweep, config: text } }, undefined, 7)
      const shown = drawn.map((lines) => lines.join("\n"))
      assert.include(shown[0], "2 workers")
      assert.include(shown[0], "1/10")
      assert.include(shown[1], "7 workers")
      assert.include(shown[1], "1/25")
    })
  )
})

describe("View.json", () => {
  it.effect("tells of the runs before the end that they led to", () =>
    Effect.gen(function* () {
      const { out, output } = kept()
      const view = View.json(output, { workers: 2, since: 0 })
      yield* view.reading(report(run("a", { state: "running" })), undefined)
      const last = report(run("a"))
      yield* view.reading({ ...last, sweep: { ...last.sweep, state: Option.some("FINISHED") } }, undefined)
      const types = objects(out.join("\n")).map(({ type }) => type)
      assert.deepStrictEqual(types, ["SweepStarted", "RunStarted", "RunEnded", "SweepStateChanged"])
    })
  )
})
