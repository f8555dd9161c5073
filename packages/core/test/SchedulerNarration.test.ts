import { assert, describe, it } from "@effect/vitest"
import { Effect, HashMap, Logger, LogLevel } from "effect"
import type { Event } from "../src/Event.js"
import * as SchedulerNarration from "../src/SchedulerNarration.js"
import { after, launched, notAsked, observed, run, running } from "./SchedulerModelTest.js"

/** The lines that an event makes: level, message, and the annotations. */
const lines = (event: Event, before = launched(running(), "a")) => {
  const said: Array<readonly [string, string, Record<string, unknown>]> = []
  const logger = Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
    said.push([logLevel.label, String(message), Object.fromEntries(HashMap.toEntries(annotations))])
  })
  return Effect.forEach(SchedulerNarration.lines(before, event, after(before, event)), SchedulerNarration.say).pipe(
    Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
    Logger.withMinimumLogLevel(LogLevel.Info),
    Effect.as(said)
  )
}

const failure = { at: 0, jitter: 0, detail: "502" } as const

describe("the scheduler's log", () => {
  it.effect("says what was queued (B61)", () =>
    Effect.map(lines({ _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1, item: "i" as never }), (said) =>
      assert.deepStrictEqual(said, [["INFO", "Added run to queue", { runId: "a", attempt: 1 }]])
    )
  )

  it.effect("reports every push of which nobody knows whether it happened", () =>
    Effect.map(lines({ _tag: "RunLaunched", at: 0, run: run("a"), attempt: 1 }), (said) =>
      assert.deepStrictEqual(said, [["WARN", "A run may or may not be in the queue", { runId: "a", attempt: 1 }]])
    )
  )

  it.effect("warns of a bad state with its text (B46, RD19)", () =>
    Effect.map(
      lines(observed({ runs: [{ run: run("a"), attempt: 1, state: { _tag: "Bad", text: "dancing" } }] })),
      (said) => assert.deepStrictEqual(said, [["WARN", "Bad run state", { runId: "a", text: "dancing" }]])
    )
  )

  it.effect("warns once of a run that can't be read, and each time of a sweep that can't be", () =>
    Effect.gen(function* () {
      const missed = observed({ sweep: notAsked, runs: [{ run: run("a"), attempt: 1, state: notAsked }] })
      const before = launched(running(), "a")
      const messages = (said: Effect.Effect.Success<ReturnType<typeof lines>>) => said.map(([, message]) => message)
      assert.deepStrictEqual(messages(yield* lines(missed, before)), [
        "Could not read run state",
        "Could not read sweep state"
      ])
      assert.deepStrictEqual(messages(yield* lines(missed, after(before, missed))), ["Could not read sweep state"])
    })
  )

  const warnings: ReadonlyArray<readonly [string, Event, string]> = [
    [
      "a heartbeat that failed (B52, RD33)",
      { _tag: "AskFailed", n: 1, consequence: "again", ...failure },
      "Could not ask for the next run"
    ],
    [
      "a push that failed (RD12)",
      { _tag: "LaunchFailed", run: run("a"), attempt: 1, outcome: "again", ...failure },
      "Could not add run to queue"
    ],
    ["a stop that failed (RD30)", { _tag: "RunStopFailed", run: run("a"), ...failure }, "Could not stop run"],
    [
      "a sweep state that could not be written (B65, RD30)",
      { _tag: "SweepStateFailed", state: "FINISHED", ...failure },
      "Could not update sweep state"
    ],
    [
      "a sweep state that the backend forbids (B67, RD30)",
      { _tag: "SweepStateSet", at: 0, state: "FINISHED", written: false },
      "The sweep's state could not become what it should"
    ]
  ]
  for (const [what, event, message] of warnings) {
    it.effect(`warns of ${what}`, () =>
      Effect.map(lines(event), (said) =>
        assert.deepStrictEqual(
          said.map(([level, text]) => [level, text]),
          [["WARN", message]]
        )
      )
    )
  }
})
