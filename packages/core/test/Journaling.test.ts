import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream, TestClock } from "effect"
import type { Event } from "../src/Event.js"
import * as Journaling from "../src/internal/journaling.js"
import type { Journal } from "../src/Journal.js"
import { JournalUnavailable } from "../src/JournalUnavailable.js"
import { LeaseHeldError } from "../src/LeaseHeldError.js"
import * as SchedulerConfig from "../src/SchedulerConfig.js"
import * as SchedulerModel from "../src/SchedulerModel.js"
import { SweepId } from "../src/SweepId.js"

const fact: Event = { _tag: "SchedulerEnded", at: 0 }

/** A journaling with a delay of 50 ms, and how many facts each append had. */
const started = (
  config: Partial<SchedulerConfig.SchedulerConfig["Type"]> = {},
  answer: () => Effect.Effect<void, JournalUnavailable | LeaseHeldError> = () => Effect.void
) => {
  const appends: Array<number> = []
  const journal: Journal["Type"] = {
    append: (_, events) =>
      Effect.suspend(() => {
        appends.push(events.length)
        return answer()
      }),
    replay: () => Stream.empty,
    snapshot: () => Effect.succeedNone,
    keep: () => Effect.void
  }
  const journaling = Journaling.make(
    journal,
    { events: 0, model: SchedulerModel.initial },
    { sweep: SweepId.make("sweep001"), config: { ...SchedulerConfig.defaults, ...config } }
  )
  return { journaling, appends }
}

describe("what a scheduler journals", () => {
  it.effect("is on the disk at once where a command follows from it, with all that has waited", () =>
    Effect.gen(function* () {
      const { appends, journaling } = started()
      yield* journaling.take([fact], { now: 1000, atOnce: false })
      yield* journaling.take([fact, fact], { now: 1010, atOnce: false })
      assert.deepStrictEqual(appends, [])
      yield* journaling.take([fact], { now: 1020, atOnce: true })
      assert.deepStrictEqual(appends, [4])
      assert.strictEqual(journaling.dueAt(), Number.POSITIVE_INFINITY)
    })
  )

  it.effect("waits for no longer than the delay, counted from the first fact", () =>
    Effect.gen(function* () {
      const { appends, journaling } = started()
      yield* journaling.take([fact], { now: 1000, atOnce: false })
      yield* journaling.take([fact], { now: 1049, atOnce: false })
      assert.strictEqual(journaling.dueAt(), 1050)
      yield* journaling.take([], { now: 1050, atOnce: false })
      assert.deepStrictEqual(appends, [2])
    })
  )

  it.effect("is nothing where nothing changed", () =>
    Effect.gen(function* () {
      const { appends, journaling } = started()
      yield* journaling.take([], { now: 1000, atOnce: true })
      assert.deepStrictEqual(appends, [])
      assert.strictEqual(journaling.dueAt(), Number.POSITIVE_INFINITY)
    })
  )

  it.effect("doesn't wait where the clock was set back, nor where there is no delay", () =>
    Effect.gen(function* () {
      const back = started()
      yield* back.journaling.take([fact], { now: 3_600_000, atOnce: false })
      yield* back.journaling.take([fact], { now: 1000, atOnce: false })
      assert.deepStrictEqual(back.appends, [2])
      const prompt = started({ journalDelay: Duration.zero })
      yield* prompt.journaling.take([fact], { now: 1000, atOnce: false })
      assert.deepStrictEqual(prompt.appends, [1])
    })
  )

  it.effect("waits for room no longer than the scheduler has the sweep", () =>
    Effect.gen(function* () {
      const sweep = SweepId.make("sweep001")
      const full = new JournalUnavailable({ sweep, detail: "the disk is full", mayHeal: true })
      const answers = [
        Effect.void,
        full,
        full,
        new LeaseHeldError({ sweep, holder: "another", lost: true }),
        Effect.void
      ]
      const { journaling } = started({}, () => answers.shift() ?? Effect.void)
      const take = journaling.take([fact], { now: 1000, atOnce: true })
      yield* take
      const waiting = yield* Effect.fork(Effect.flip(take))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "LeaseHeldError")
    })
  )
})
