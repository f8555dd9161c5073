import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import * as Draws from "@sweepline/simulation/Draws"
import * as Colors from "../src/Colors.js"
import * as Csv from "../src/Csv.js"
import * as CurveFile from "../src/plan/CurveFile.js"
import * as Gantt from "../src/plan/Gantt.js"
import * as GanttSvg from "../src/plan/GanttSvg.js"
import * as GanttText from "../src/plan/GanttText.js"
import * as Models from "../src/plan/Models.js"
import * as RunDuration from "../src/plan/RunDuration.js"
import type { Attempt, Ending } from "../src/plan/Sample.js"
import { run } from "./fixtures/reports.js"

describe("a run's duration", () => {
  it("may be in proportion to a parameter", () => {
    const duration = Either.getOrThrow(RunDuration.parse("parameter(epochs, 2m)", config))
    assert.strictEqual(duration.of(new Map([["epochs", 5n]]), Draws.make(0)), 600_000)
    assert.strictEqual(duration.typical, 20 * 60_000)
  })

  it("is refused where it can't be read, or no number stands behind it", () => {
    const refused = (text: string) => Either.getOrElse(Either.flip(RunDuration.parse(text, config)), () => "")
    assert.match(refused("lognormal(10)"), /it takes 2 arguments, as in lognormal\(10m, 0\.4\)/)
    assert.match(refused("parameter(layers, 1m)"), /doesn't have; it has lr, epochs, optimizer/)
    assert.match(refused("parameter(optimizer, 1m)"), /not every value of optimizer is a number/)
  })
})

describe("a curve file", () => {
  it("is CSV with seconds since each run's start", () => {
    const recordings = Either.getOrThrow(CurveFile.parse("run,seconds,loss\na,60,0.9\nb,30,0.8\na,120,0.5\n"))
    assert.deepStrictEqual(
      recordings.map(({ durationMs, rows }) => [durationMs, rows]),
      [
        [
          120_000,
          [
            { part: 0.5, row: { loss: 0.9 } },
            { part: 1, row: { loss: 0.5 } }
          ]
        ],
        [30_000, [{ part: 1, row: { loss: 0.8 } }]]
      ]
    )
  })

  it("or JSON lines with dates, as they are exported: a run begins as long before its first row as rows lie apart", () => {
    const row = (step: number, minute: number) =>
      JSON.stringify({ run: "a", step, at: new Date(minute * 60_000).toISOString(), values: { loss: step } })
    const [recording] = Either.getOrThrow(CurveFile.parse(`${row(0, 10)}\n${row(1, 12)}\n`))
    assert.strictEqual(recording.durationMs, 4 * 60_000)
    assert.deepStrictEqual(recording.rows[0], { part: 0.5, row: { _step: 0, loss: 0 } })
  })

  it("may have its rows in any order", () => {
    const row = (step: number) => ({ run: "a", step, at: new Date(step * 60_000).toISOString() })
    const parse = (steps: ReadonlyArray<number>) =>
      CurveFile.parse(steps.map((step) => JSON.stringify(row(step))).join("\n"))
    assert.deepStrictEqual(parse([2, 3, 1]), parse([1, 2, 3]))
  })

  it("keeps runs apart whose ids look like numbers", () => {
    const ids = ["1e555555", "2e555555", "00123456", "123456"]
    const text = ["run,seconds,loss", ...ids.map((id) => `${id},60,0.9`)].join("\n")
    assert.strictEqual(Either.getOrThrow(CurveFile.parse(text)).length, ids.length)
  })

  it("is refused with the row that can't be read", () => {
    for (const text of ["run,loss\na,1\n", "run,seconds\na,Infinity\n"]) {
      assert.deepStrictEqual(
        CurveFile.parse(text),
        Either.left('row 1 has neither "seconds", a number, nor "at", a date')
      )
    }
    assert.deepStrictEqual(CurveFile.parse('{"run": "a"}\nnothing'), Either.left("line 2 is no JSON object"))
    assert.deepStrictEqual(CurveFile.parse("run,seconds\n"), Either.left("it holds no run of at least some length"))
  })

  it("may have quoted cells", () => {
    assert.deepStrictEqual(Csv.parse('a,b\r\n"x, ""y""\nz",\r\n'), [
      ["a", "b"],
      ['x, "y"\nz', ""]
    ])
  })
})

describe("models", () => {
  const nothing: Models.Given = {
    duration: undefined,
    recordings: undefined,
    source: undefined,
    metric: undefined,
    steps: undefined,
    rates: {},
    queueWait: undefined
  }

  it("say what is assumed where nothing is known", () => {
    const { assumed } = Either.getOrThrow(Models.make(nothing, config))
    assert.match(assumed.join(" "), /taken to last 10 minutes.*loss is taken to go from 1 to about 0\.2 in 10 steps/)
  })

  it("may be as many runs as a large sweep had", () => {
    const recorded = {
      trial: undefined,
      waitMs: undefined,
      state: "finished",
      exitCode: 0,
      attempts: 1,
      rows: []
    } as const
    const long = { ...recorded, durationMs: 60_000 }
    const short = { ...recorded, durationMs: 1000 }
    const recordings = [long, ...Array.from({ length: 1_000_000 }, () => short)] as const
    const { rowEvery } = Either.getOrThrow(Models.make({ ...nothing, recordings }, config))
    assert.strictEqual(rowEvery, 6000)
  })

  it("are refused where a metric's can't be read", () => {
    assert.match(
      Either.getOrElse(Either.flip(Models.make({ ...nothing, metric: "falls(1, 0)" }, config)), () => ""),
      /"falls\(1, 0\)" is not a metric model.*decay\(2\.3, 0\.4, 0\.1\)/
    )
  })
})

describe("a timeline", () => {
  const minute = 60_000
  const chart = Gantt.make([
    attempt({ worker: 0, from: 0, to: 10 * minute, ending: "finished" }),
    attempt({ worker: 1, from: 0, waits: 2 * minute, to: 5 * minute, ending: "failed" }),
    attempt({ worker: 0, from: 10 * minute, to: 20 * minute, ending: "stopped" })
  ])

  it("has a line a worker, with neighbours in different shades and a mark where one didn't finish", () => {
    assert.deepStrictEqual(GanttText.lines(chart, { columns: 52, colors: Colors.make(false) }), [
      "worker 1 │████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓s",
      "worker 2 │····█████×",
      "         └┬─────────┬─────────┬─────────┬────────┬",
      "          0:00      5:00      10:00     15:00  20:00",
      "s stopped  ·  × failed"
    ])
  })

  it("is well-formed SVG with a bar an attempt", () => {
    const svg = GanttSvg.render(chart, "a <sweep> & more")
    assert.include(svg, "a &lt;sweep&gt; &amp; more")
    assert.strictEqual(svg.match(/<title>/g)?.length, 3)
    assert.include(svg, "stopped, 10:00 to 20:00")
    assert.strictEqual(svg.match(/<svg /g)?.length, svg.match(/<\/svg>/g)?.length)
  })
})

const config = Either.getOrThrow(
  SweepConfig.parse({
    file: "sweep.yaml",
    text: `
program: train.py
method: bayes
metric: {name: loss, goal: minimize}
parameters:
  lr: {min: 0.001, max: 0.1}
  epochs: {values: [5, 10, 20]}
  optimizer: {values: [adam, sgd]}
`
  })
)

function attempt(it: {
  readonly worker: number
  readonly from: number
  readonly to: number
  readonly waits?: number
  readonly ending: Ending
}): Attempt {
  return {
    run: run("r1"),
    attempt: 1,
    worker: it.worker,
    submittedAt: it.from,
    startedAt: it.from + (it.waits ?? 0),
    endedAt: it.to,
    ending: it.ending
  }
}
