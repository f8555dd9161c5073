import { assert, describe, it } from "@effect/vitest"
import { Exit, Option, Tracer } from "effect"
import * as FailureModel from "@sweepline/simulation/FailureModel"
import { Ending } from "@sweepline/simulation/SimulatedJob"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import { gridConfig, simulate, type Setting } from "./SimulatedSweep.js"

describe("a tracer that somebody has set", () => {
  it("is told of each run's attempt by the agent, from its lease to its end", () => {
    const spans = traced({ engine: { failure: failingFirst, duration: DurationModel.constant(60_000) } })
    const attempts = spans.filter(({ name }) => name === "LaunchAgent.execute")
    assert.deepStrictEqual(
      attempts.map(({ attributes }) => [attributes["attempt"], attributes["state"], attributes["exitCode"]]),
      [
        [1, "failed", 3],
        [1, "failed", 3],
        [2, "finished", 0],
        [2, "finished", 0]
      ]
    )
    for (const { attributes, ended, started } of attempts) {
      assert.hasAllKeys(attributes, ["sweepId", "runId", "attempt", "slot", "adopted", "state", "exitCode"])
      assert.isAtLeast(seconds(started, ended), 60)
    }
  })

  it("sees each submit to the engine within its attempt, and each push within the scheduler's work", () => {
    const spans = traced({})
    const parentsOf = (name: string) => spans.filter((span) => span.name === name).map(({ parent }) => parent)
    assert.deepStrictEqual(parentsOf("LaunchAgent.submit"), ["LaunchAgent.execute", "LaunchAgent.execute"])
    assert.deepStrictEqual(parentsOf("Scheduler.launch"), ["Scheduler.work", "Scheduler.work"])
    assert.deepStrictEqual(parentsOf("Scheduler.work"), ["Scheduler.start"])
  })

  it("hears of every command that doesn't come with each poll, with the event that it ended in", () => {
    const spans = traced({})
    const ends = spans.map(({ attributes, name }) => `${name} ${String(attributes["event"] ?? "-")}`)
    assert.sameMembers(
      [...new Set(ends)].filter((end) => end.startsWith("Scheduler.")),
      [
        "Scheduler.start -",
        "Scheduler.work -",
        "Scheduler.findExecutable ExecutableFound",
        "Scheduler.registerWorker WorkerRegistered",
        "Scheduler.ask Answered",
        "Scheduler.launch RunLaunched",
        "Scheduler.setSweepState SweepStateSet",
        "Scheduler.finish SchedulerEnded"
      ]
    )
    assert.isTrue(spans.every(({ failed }) => !failed))
  })

  it("hears nothing more the longer a run takes: polls aren't traced", () => {
    const count = (millis: number) => traced({ engine: { duration: DurationModel.constant(millis) } }).length
    assert.strictEqual(count(86_400_000), count(60_000))
  })
})

// the tracer

interface Span {
  readonly name: string
  readonly parent: string | undefined
  readonly attributes: Record<string, unknown>
  readonly started: bigint
  ended: bigint
  failed: boolean
}

/** The spans of a sweep of two runs, in the order in which they began. */
const traced = (setting: Partial<Setting>): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  const tracer = Tracer.make({
    context: (f) => f(),
    span: (name, parent, context, links, startTime, kind) => {
      const attributes: Record<string, unknown> = {}
      const span: Span = {
        name,
        parent: nameOf(parent),
        attributes,
        started: startTime,
        ended: startTime,
        failed: false
      }
      spans.push(span)
      return {
        _tag: "Span",
        name,
        spanId: String(spans.length),
        traceId: "trace",
        parent,
        context,
        status: { _tag: "Started", startTime },
        attributes: new Map(),
        links,
        sampled: true,
        kind,
        attribute: (key, value) => {
          attributes[key] = value
        },
        event: () => {},
        addLinks: () => {},
        end: (endTime, exit) => {
          span.ended = endTime
          span.failed = Exit.isFailure(exit) && !Exit.isInterrupted(exit)
        }
      }
    }
  })
  simulate({ config: gridConfig([2]), workers: 2, scheduler: { retries: 1 }, ...setting, tracer })
  return spans
}

const nameOf = (span: Option.Option<Tracer.AnySpan>): string | undefined =>
  Option.getOrUndefined(Option.filterMap(span, (it) => (it._tag === "Span" ? Option.some(it.name) : Option.none())))

const seconds = (from: bigint, to: bigint): number => Number((to - from) / 1_000_000_000n)

const failingFirst = FailureModel.firstAttempts(1)(FailureModel.always(Ending.Fails({ code: 3, after: 1 })))
