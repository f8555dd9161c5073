import { assert, describe, it } from "@effect/vitest"
import { RunId } from "@sweepline/core/RunId"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { Effect, Either } from "effect"
import * as Colors from "../src/Colors.js"
import * as EventText from "../src/EventText.js"
import { Output } from "../src/Output.js"
import * as ProgressView from "../src/ProgressView.js"
import * as RunTable from "../src/RunTable.js"
import * as ShowView from "../src/ShowView.js"
import * as Summary from "../src/Summary.js"
import type { SweepReport } from "../src/SweepReport.js"
import * as View from "../src/View.js"
import * as Why from "../src/Why.js"
import * as KeptOutput from "./fixtures/keptOutput.js"
import { run, sweep } from "./fixtures/reports.js"

/** A name that breaks a line, colours what follows, in the two ways that terminals know, and has a quote. */
const odd = 'a\nb\u001b[31mc\u009b31md"e'

const text = JSON.stringify({
  method: "random",
  metric: { name: odd, goal: "minimize" },
  parameters: { x: { min: 0, max: 1.5 } }
})

const oddRun = (id: string, value: number | string) => ({
  ...run(id, { endedAt: 1_000 }),
  name: odd,
  summary: new Map([
    [odd, value],
    ["other\n", 1]
  ])
})

const report = (...runs: SweepReport["runs"]): SweepReport => ({
  sweep: { ...sweep, name: odd, config: text },
  config: Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text })),
  runs
})

/** The lines that something prints. */
const kept = (show: (output: Output["Type"]) => Effect.Effect<void>) =>
  Effect.suspend(() => {
    const { out, output } = KeptOutput.make({ columns: 10_000 })
    return Effect.as(show(output), out)
  })

describe("names that would break lines or drive a terminal", () => {
  const look = { columns: 10_000, rows: 50, colors: Colors.make(false) }
  const end = { state: "COMPLETED", reason: "RunCapReached", because: "it was", took: 1 } as const
  const good = report(oddRun("r", 1))
  const bad = report(oddRun("r", "much"))
  const without = report({ ...oddRun("r", 1), summary: new Map([["other\n", 1]]) })
  const verdict = { run: RunId.make("r"), rung: 1, value: 1, threshold: 0.5, peers: [] }
  const suggested = { _tag: "Run", worker: 0, run: RunId.make("r"), trial: new Map([[odd, odd]]) } as const
  const progress = { now: 1, since: 0, workers: 1, total: 2, note: undefined }

  const shown: ReadonlyArray<readonly [string, Effect.Effect<ReadonlyArray<string>>]> = [
    ["the live view", Effect.sync(() => ProgressView.render({ ...progress, report: good }, look))],
    ["the end of a sweep", Effect.sync(() => Summary.text(good, end, look))],
    ["a sweep whose metric is no number", Effect.sync(() => Summary.text(bad, end, look))],
    ["a sweep whose metric is missing", Effect.sync(() => Summary.text(without, end, look))],
    ["a note on a missing metric", Effect.sync(() => [RunTable.noMetricYet(without) ?? ""])],
    ["the plain view", kept((output) => View.plain(output, { workers: 1, since: 0 }).reading(good, undefined))],
    ["a sweep", kept((output) => Effect.provideService(ShowView.sweep(good), Output, output))],
    ["a run", kept((output) => Effect.provideService(ShowView.run(good, oddRun("r", 1)), Output, output))],
    ["why a run was stopped", Effect.sync(() => Why.lines(good, oddRun("r", 1), verdict, look.colors))],
    ["an event", Effect.sync(() => [EventText.text({ _tag: "Answered", at: 0, n: 1, answers: [suggested] })])]
  ]
  for (const [what, lines] of shown) {
    it.effect(`are shown as what they are, not obeyed: ${what}`, () =>
      Effect.gen(function* () {
        assert.notInclude((yield* lines).join("\n"), "a\nb")
        // oxlint-disable-next-line no-control-regex -- what must not be there
        for (const line of yield* lines) assert.notMatch(line, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      })
    )
  }

  it("are quoted in the line that a script should print", () => {
    assert.include(RunTable.noMetric(bad).join("\n"), '{"a\\nb\\u001b[31mc·31md\\"e": 0.9}')
  })
})
