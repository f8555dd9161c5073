import { assert, describe, it } from "@effect/vitest"
import { Executor, type JobHandle } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import * as RunKey from "@sweepline/core/RunKey"
import type { RunState } from "@sweepline/core/RunState"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Effect, Either, Fiber, Layer, Option, TestClock } from "effect"
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
})

// fixtures

/** A run that isn't started yet, what becomes of it, and what is printed of it. */
const make = (before: RunState, attempt = 1, started = attempt) => {
  let state = before
  let text: string | undefined
  let isForeign = false
  const { out, output } = KeptOutput.make()
  const api = Layer.mock(SweepApi, {
    sweeps: Effect.succeed([sweep]),
    runs: () => Effect.sync(() => [run("r1", { attempt, state })]),
    runState: () => Effect.sync(() => Either.right(state))
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
    now: (then: { readonly state: RunState; readonly text: string; readonly isForeign?: boolean }) => {
      state = then.state
      text = then.text
      isForeign = then.isForeign ?? false
    },
    print: (options: { readonly follow: boolean; readonly attempt?: Option.Option<number> }) =>
      LocalLogs.print({ run: "r1", attempt: Option.none(), json: true, ...options }).pipe(
        Effect.provide(Layer.mergeAll(api, executor, Layer.succeed(Output, output)))
      ),
    attempts: () => out.map((line) => (JSON.parse(line) as { readonly attempt: number }).attempt),
    lines: () => out.map((line) => (JSON.parse(line) as { readonly line: string }).line)
  }
}
