import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { Executor } from "../src/Executor.js"
import * as OutputTail from "../src/OutputTail.js"
import { RunId } from "../src/RunId.js"
import * as RunKey from "../src/RunKey.js"
import { type MetricRow, RunLog } from "../src/RunLog.js"
import { SweepId } from "../src/SweepId.js"
import { CommError } from "../src/CommError.js"

const key = RunKey.make(RunId.make("a"), 1)

describe("OutputTail", () => {
  it.effect("stores each row once, and steps on from what an earlier tail has stored", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const first = yield* world.tail()
      world.print('{"loss": 3}\n{"los')
      yield* first.advance
      world.print('s": 2}\n')
      yield* first.advance
      world.print('{"loss": 1}\n{"loss": 0, "_step": 9}\n{"loss": -1}')
      const second = yield* world.tail()
      yield* second.finish
      assert.deepStrictEqual(world.stored(), [
        [0, 3n],
        [1, 2n],
        [2, 1n],
        [9, 0n],
        [10, -1n]
      ])
      assert.strictEqual(world.offset, world.size)
      assert.deepStrictEqual(second.summary(), new Map([["loss", -1n]]))
    })
  )

  it.effect("asks the log nothing about a run that prints nothing", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const tail = yield* world.tail()
      yield* tail.advance
      yield* tail.finish
      assert.strictEqual(world.asked, 0)
    })
  )

  it.effect("writes nothing for output without metrics", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const tail = yield* world.tail()
      for (let n = 0; n < 5; n++) {
        world.print(`epoch ${n}\n`)
        yield* tail.advance
      }
      yield* tail.finish
      assert.strictEqual(world.appends, 0)
    })
  )

  it.effect("loses nothing when the log can't be reached", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const tail = yield* world.tail()
      world.print('{"loss": 2}\n')
      world.down = true
      assert.strictEqual((yield* Effect.flip(tail.advance))._tag, "CommError")
      world.print('{"loss": 1}')
      assert.strictEqual((yield* Effect.flip(tail.finish))._tag, "CommError")
      world.down = false
      yield* tail.finish
      assert.deepStrictEqual(world.stored(), [
        [0, 2n],
        [1, 1n]
      ])
    })
  )

  it.effect("loses nothing and repeats nothing at whichever step it is interrupted", () =>
    Effect.gen(function* () {
      for (let steps = 0; steps < 60; steps++) {
        const world = makeWorld()
        const tail = yield* world.tail()
        world.print('{"loss": 2}\n{"loss": 1}\n')
        // An interrupt comes through where a fiber gives way: here after every few steps.
        const reading = yield* Effect.fork(Effect.withMaxOpsBeforeYield(tail.advance, 10 + (steps % 4)))
        for (let n = 0; n < steps; n++) yield* Effect.yieldNow()
        yield* Fiber.interrupt(reading)
        yield* tail.finish
        assert.deepStrictEqual(
          world.stored(),
          [
            [0, 2n],
            [1, 1n]
          ],
          `after ${steps} steps`
        )
      }
    })
  )

  it.effect("reads a line of 10 MB, and skips one of 20 MB with one warning", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const tail = yield* world.tail()
      const line = (megabytes: number) => `{"loss": 1, "blob": "${"x".repeat(megabytes * 1024 * 1024)}"}\n`
      world.print(line(10))
      world.print(line(20))
      world.print('{"loss": 2}\n')
      yield* tail.finish
      assert.deepStrictEqual(world.stored(), [
        [0, 1n],
        [1, 2n]
      ])
      assert.strictEqual(world.warnings, 1)
    })
  )

  it.effect("shows the last lines, whole ones and few", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const tail = yield* world.tail()
      for (let n = 0; n < 500; n++) world.print(`line ${n} ${"é".repeat(20)}\n`)
      yield* tail.finish
      const lines = (yield* tail.lastLines).split("\n")
      assert.strictEqual(lines.length, 20)
      assert.isTrue(lines.every((line) => /^line \d+ é{20}$/.test(line)))
      assert.match(lines.at(-1) ?? "", /^line 499 /)
    })
  )
})

// fixtures

const makeWorld = () => {
  let output = Buffer.alloc(0)
  const rows: Array<MetricRow> = []
  const world = {
    offset: 0,
    asked: 0,
    appends: 0,
    warnings: 0,
    down: false,
    get size() {
      return output.length
    },
    print: (text: string) => {
      output = Buffer.concat([output, Buffer.from(text)])
    },
    stored: () => rows.map((row) => [row.step, row.values.get("loss")]),
    tail: () =>
      Effect.zipWith(Executor, RunLog, (executor, runLog) =>
        OutputTail.make(executor, runLog, {
          handle: { key, data: "" },
          sweep: SweepId.make("s"),
          lineLimit: 16 * 1024 * 1024,
          onSkipped: Effect.sync(() => {
            world.warnings += 1
          })
        })
      ).pipe(Effect.provide(Layer.merge(engine, log)))
  }
  const engine = Layer.mock(Executor, {
    output: (_, offset, max) => Effect.sync(() => new Uint8Array(output.subarray(offset, offset + max)))
  })
  const reach = <A>(answer: () => A): Effect.Effect<A, CommError> =>
    Effect.suspend(() => {
      world.asked += 1
      return world.down
        ? new CommError({ reason: "Unreachable", operation: "append", detail: "down", retryable: true })
        : Effect.sync(answer)
    })
  const log = Layer.mock(RunLog, {
    append: ({ offset, rows: added }) =>
      reach(() => {
        world.appends += 1
        if (offset <= world.offset) return
        world.offset = offset
        rows.push(...added)
      }),
    cursor: () => reach(() => ({ offset: world.offset, nextStep: Math.max(0, ...rows.map((row) => row.step + 1)) }))
  })
  return world
}
