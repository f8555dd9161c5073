import { assert, describe, it } from "@effect/vitest"
import { Executor, type JobHandle } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type { Event } from "@sweepline/core/Event"
import { Journal } from "@sweepline/core/Journal"
import * as MemoryJournal from "@sweepline/core/MemoryJournal"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import type { RunState } from "@sweepline/core/RunState"
import * as SchedulerModel from "@sweepline/core/SchedulerModel"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepLease } from "@sweepline/embedded/SweepLease"
import { SweepStore } from "@sweepline/embedded/SweepStore"
import { Effect, Fiber, Layer, Option, TestClock } from "effect"
import * as LocalLogs from "../src/LocalLogs.js"
import { Output } from "../src/Output.js"
import * as KeptOutput from "./fixtures/keptOutput.js"
import { run, sweep } from "./fixtures/reports.js"

describe("the output of a run of this folder", () => {
  it.effect("is followed also where the run starts and ends between two looks", () =>
    Effect.gen(function* () {
      const world = make("pending")
      const following = yield* Effect.fork(world.print({ follow: true }))
      yield* TestClock.adjust("50 millis")
      world.now({ state: "finished", text: "all of it\n" })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(following)
      assert.deepStrictEqual(world.lines(), ["all of it"])
    })
  )

  it.effect("is that of the last attempt that was started, where the run waits to be tried again", () =>
    Effect.gen(function* () {
      const world = make("pending", 4, 2)
      world.now({ state: "pending", text: "why it failed\n" })
      yield* world.print({ follow: false })
      assert.deepStrictEqual(world.attempts(), [2])
      const error = yield* Effect.flip(world.print({ follow: false, attempt: Option.some(3) }))
      assert.strictEqual(error.message, "Run r1 has no output: attempt 3 was not started here.")
    })
  )

  it.effect("is refused where the run was never started", () =>
    Effect.gen(function* () {
      const world = make("killed")
      for (const follow of [true, false]) {
        const error = yield* Effect.flip(world.print({ follow }))
        assert.strictEqual(error.message, "Run r1 has no output: attempt 1 was not started here.")
      }
    })
  )

  it.effect("is printed also where another machine or container runs it", () =>
    Effect.gen(function* () {
      const world = make("running")
      world.now({ state: "running", text: "so far", isForeign: true })
      yield* world.print({ follow: false })
      assert.deepStrictEqual(world.lines(), ["so far"])
    })
  )

  it.effect("goes on with the next attempt where the policy has the run tried again", () =>
    Effect.gen(function* () {
      const world = make("running")
      yield* world.journal(...launched)
      world.now({ state: "running", text: "first" })
      const following = yield* Effect.fork(world.print({ follow: true }))
      yield* TestClock.adjust("1 second")
      world.now({ state: "failed", text: "first" })
      yield* TestClock.adjust("1 second")
      assert.isNull(yield* Fiber.poll(following).pipe(Effect.map(Option.getOrNull)))
      assert.deepStrictEqual(world.told(), [])
      yield* world.journal(failed(1))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(world.told(), ["Attempt 1 of run r1 is over (failed); another one follows."])
      world.now({ state: "pending", attempt: 2, started: 1, text: "first" })
      yield* TestClock.adjust("1 second")
      world.now({ state: "running", attempt: 2, started: 2, text: "second" })
      yield* TestClock.adjust("1 second")
      world.now({ state: "failed", attempt: 2, text: "second and last" })
      yield* world.journal({ _tag: "RunLaunched", at: 3, run: r1, attempt: 2 }, failed(2))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(following)
      assert.deepStrictEqual(world.lines(), ["first", "second and last"])
      assert.deepStrictEqual(world.attempts(), [1, 2])
      assert.deepStrictEqual(world.told().slice(1), ["Attempt 2 of run r1 begins."])
    })
  )

  it.effect("is that of one attempt only where one is named", () =>
    Effect.gen(function* () {
      const world = make("running")
      yield* world.journal(...launched)
      world.now({ state: "running", text: "first" })
      const following = yield* Effect.fork(world.print({ follow: true, attempt: Option.some(1) }))
      yield* TestClock.adjust("1 second")
      world.now({ state: "running", attempt: 2, text: "first" })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(following)
      assert.deepStrictEqual(world.attempts(), [1])
    })
  )

  it.effect.each(["running", "pending"] as const)("is followed with a word on it where nobody works: %s", (state) =>
    Effect.gen(function* () {
      const world = make(state)
      if (state === "running") world.now({ state, text: "so far" })
      const following = yield* Effect.fork(world.print({ follow: true }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.told(), [])
      world.leave()
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(world.told(), [
        `Nobody works on sweep ${sweep.id} at the moment, nor sees how run r1 ends. Go on with it: sweepline resume ${sweep.id}`
      ])
      world.now({ state: "killed", text: "so far" })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(following)
      assert.deepStrictEqual(world.lines(), ["so far"])
    })
  )

  it.effect("ends where another attempt would follow and nobody works on the sweep", () =>
    Effect.gen(function* () {
      const world = make("failed")
      yield* world.journal(...launched, failed(1))
      world.now({ state: "failed", text: "first" })
      world.leave()
      yield* world.print({ follow: true, json: false })
      assert.strictEqual(world.text(), "first\n")
      assert.deepStrictEqual(world.told(), [`Run r1 is run again with: sweepline resume ${sweep.id}`])
    })
  )
})

// fixtures

const r1 = RunId.make("r1")

/** A scheduler that runs r1 a second time where it fails, up to where its first attempt is on its way. */
const launched: ReadonlyArray<Event> = [
  {
    _tag: "SchedulerStarted",
    at: 0,
    policy: { ...SchedulerModel.initial.policy, workers: 1, retries: 1 },
    sweep: "RUNNING",
    runs: []
  },
  { _tag: "Answered", at: 1, n: 1, answers: [{ _tag: "Run", worker: 0, run: r1, trial: new Map() }] },
  { _tag: "RunLaunched", at: 2, run: r1, attempt: 1 }
]

const failed = (attempt: number): Event => ({
  _tag: "Observed",
  at: 2 + attempt,
  jitter: 0,
  runs: [{ run: r1, attempt, state: { _tag: "Found", state: "failed" } }]
})

/** A run that isn't started yet, what becomes of it, and what is printed of it. */
const make = (before: RunState, attemptBefore = 1, startedBefore = attemptBefore) => {
  let state = before
  let attempt = attemptBefore
  let started = startedBefore
  let text: string | undefined
  let isForeign = false
  let isHeld = true
  const { err, out, output } = KeptOutput.make()
  const written: Array<string> = []
  const write = (text: string | Uint8Array) =>
    Effect.sync(() => void written.push(typeof text === "string" ? text : new TextDecoder().decode(text)))
  const record = () => run("r1", { attempt, state })
  const journal = MemoryJournal.make(new Map())
  const api = Layer.mock(SweepApi, {
    sweeps: Effect.succeed([sweep]),
    sweep: () => Effect.succeed(sweep),
    runs: () => Effect.sync(() => [record()])
  })
  const admin = Layer.mock(SweepAdmin, {
    findRun: () => Effect.sync(() => Option.some({ sweep: sweep.id, run: record() }))
  })
  const lease = Layer.mock(SweepLease, {
    holder: () => Effect.sync(() => (isHeld ? Option.some({ host: "here", pid: 1, expiresAt: 0 }) : Option.none())),
    refuseOthers: () => undefined,
    refuseLost: () => undefined
  })
  const foreign = new ExecutorError({ reason: "Foreign", subject: "r1", detail: "" })
  const executor = Layer.mock(Executor, {
    find: (key) =>
      Effect.suspend(() =>
        isForeign
          ? foreign
          : Effect.succeed(
              text === undefined || RunKey.attempt(key) > started
                ? Option.none<JobHandle>()
                : Option.some({ key, data: "" })
            )
      ),
    output: (_, offset) => Effect.sync(() => new TextEncoder().encode(text).slice(offset))
  })
  return {
    now: (then: {
      readonly state: RunState
      readonly text: string
      readonly attempt?: number
      readonly started?: number
      readonly isForeign?: boolean
    }) => {
      state = then.state
      text = then.text
      started = then.started ?? then.attempt ?? started
      attempt = then.attempt ?? attempt
      isForeign = then.isForeign ?? false
    },
    journal: (...events: ReadonlyArray<Event>) => journal.append(sweep.id, events),
    leave: () => {
      isHeld = false
    },
    print: (options: { readonly follow: boolean; readonly attempt?: Option.Option<number>; readonly json?: boolean }) =>
      LocalLogs.print({ run: "r1", attempt: Option.none(), json: true, ...options }).pipe(
        Effect.provide(
          Layer.mergeAll(
            api,
            admin,
            lease,
            executor,
            Layer.mock(SweepStore, { settings: () => Effect.succeedSome("{}") }),
            Layer.succeed(Journal, journal),
            Layer.succeed(Output, { ...output, write })
          )
        )
      ),
    attempts: () => out.map((line) => (JSON.parse(line) as { readonly attempt: number }).attempt),
    text: () => written.join(""),
    lines: () => out.map((line) => (JSON.parse(line) as { readonly line: string }).line),
    told: () => err
  }
}
