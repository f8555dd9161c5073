import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Exit, Fiber, Stream, TestClock } from "effect"
import * as Faults from "../src/Faults.js"
import { Fault } from "../src/Faults.js"

describe("Faults.faulty", () => {
  it.effect("fails before the effect", () =>
    Effect.gen(function* () {
      const { done, port } = counter()
      const flaky = Faults.faulty(port, { add: { 1: Fault.FailBefore({ error: "no" }) } })
      assert.deepStrictEqual(yield* Effect.either(flaky.add(2)), Either.left("no"))
      assert.strictEqual(done(), 0)
      assert.strictEqual(yield* flaky.add(2), 2)
    })
  )

  it.effect("fails after the effect", () =>
    Effect.gen(function* () {
      const { done, port } = counter()
      const flaky = Faults.faulty(port, { add: { 2: Fault.FailAfter({ error: "no" }) } })
      yield* flaky.add(1)
      assert.deepStrictEqual(yield* Effect.either(flaky.add(2)), Either.left("no"))
      assert.strictEqual(done(), 3)
    })
  )

  it.effect("hangs before or after the effect until it is interrupted", () =>
    Effect.gen(function* () {
      const { done, port } = counter()
      const flaky = Faults.faulty(port, { add: { 1: Fault.HangBefore(), 2: Fault.HangAfter() } })
      for (const expected of [0, 1]) {
        const fiber = yield* Effect.fork(flaky.add(1))
        yield* TestClock.adjust("1 day")
        assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
        assert.strictEqual(done(), expected)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      }
    })
  )

  it.effect("is slow to act, or slow to answer", () =>
    Effect.gen(function* () {
      const { done, port } = counter()
      const flaky = Faults.faulty(port, {
        total: { 1: Fault.Slow({ by: "1 minute" }), 2: Fault.Late({ by: "1 minute" }) }
      })
      for (const atOnce of [0, 2]) {
        const fiber = yield* Effect.fork(flaky.total)
        yield* TestClock.adjust("59 seconds")
        assert.strictEqual(done(), atOnce)
        assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
      }
      assert.strictEqual(done(), 2)
    })
  )

  it.effect("repeats, and the last answer counts", () =>
    Effect.gen(function* () {
      const { port } = counter()
      assert.strictEqual(yield* Faults.faulty(port, { add: { 1: Fault.Repeat({ times: 3 }) } }).add(5), 15)
    })
  )

  it.effect("leaves what is no call as it is, and the port itself alone", () =>
    Effect.gen(function* () {
      const { port } = counter()
      const flaky = Faults.faulty(port, { add: { 1: Fault.FailBefore({ error: "no" }) } })
      assert.deepStrictEqual([...(yield* Stream.runCollect(flaky.names("x")))], ["x"])
      assert.strictEqual(flaky.label, "counter")
      assert.strictEqual(yield* port.add(1), 1)
    })
  )
})

describe("Faults.incarnation", () => {
  it.effect("counts the calls of all its ports", () =>
    Effect.gen(function* () {
      const life = yield* Faults.incarnation()
      const a = life.port("a", counter().port)
      const b = life.port("b", counter().port)
      yield* a.add(1)
      yield* b.add(1)
      yield* b.total
      assert.strictEqual(yield* life.calls, 3)
    })
  )

  for (const when of ["before", "after"] as const) {
    it.effect(`crashes ${when} the effect, runs no finalizer, and answers no call any more`, () =>
      Effect.gen(function* () {
        const { done, port } = counter()
        const life = yield* Faults.incarnation({ call: 2, when })
        const cut = life.port("counter", port)
        const finalized = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkDaemon(
          Effect.ensuring(Effect.zipRight(cut.add(1), cut.add(10)), Deferred.succeed(finalized, undefined))
        )
        assert.deepStrictEqual(yield* life.crashed, { port: "counter", name: "add", nth: 2 })
        assert.strictEqual(done(), when === "before" ? 1 : 11)
        const late = yield* Effect.forkDaemon(cut.total)
        yield* TestClock.adjust("1 hour")
        assert.isFalse(yield* Deferred.isDone(finalized))
        assert.isTrue((yield* Fiber.poll(late))._tag === "None")
        yield* Fiber.interruptAll([fiber, late])
      })
    )
  }

  it.effect("a call under way at the crash doesn't answer either", () =>
    Effect.gen(function* () {
      const life = yield* Faults.incarnation({ call: 2, when: "before" })
      const gate = yield* Deferred.make<void>()
      const slow = life.port("slow", { wait: Deferred.await(gate) })
      const waiting = yield* Effect.forkDaemon(slow.wait)
      yield* Effect.yieldNow()
      const crashing = yield* Effect.forkDaemon(life.port("counter", counter().port).total)
      yield* life.crashed
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 hour")
      assert.isTrue((yield* Fiber.poll(waiting))._tag === "None")
      yield* Fiber.interruptAll([waiting, crashing])
    })
  )
})

// fixtures

const counter = () => {
  let total = 0
  let count = 0
  const port = {
    label: "counter",
    add: (n: number): Effect.Effect<number, string> => Effect.sync(() => (total += n)),
    total: Effect.sync(() => {
      count += 1
      return total
    }),
    names: (name: string) => Stream.make(name)
  }
  return { port, done: () => (total === 0 ? count : total) }
}
