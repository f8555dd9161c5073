import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Chunk,
  Clock,
  Deferred,
  Duration,
  Effect,
  Exit,
  FastCheck,
  Fiber,
  FiberMap,
  Layer,
  Mailbox,
  Option,
  PubSub,
  Queue,
  Random,
  Ref,
  Runtime,
  Schedule,
  Stream
} from "effect"
import * as VirtualClock from "@sweepline/simulation/VirtualClock"

const ok = <A, E>(effect: Effect.Effect<A, E>, options?: VirtualClock.Options): A => {
  const exit = VirtualClock.run(effect, options)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}

const defect = <A, E>(effect: Effect.Effect<A, E>, options?: VirtualClock.Options): unknown => {
  const exit = VirtualClock.run(effect, options)
  return Exit.isFailure(exit) ? Option.getOrUndefined(Chunk.head(Cause.defects(exit.cause))) : undefined
}

/** Runs things that note when they happen, and gives the notes. */
const notes = (program: (note: (text: string) => Effect.Effect<void>) => Effect.Effect<unknown>) =>
  ok(
    Effect.gen(function* () {
      const lines: Array<string> = []
      yield* program((text) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          lines.push(`${now} ${text}`)
        })
      )
      return lines
    })
  )

describe("time", () => {
  it("jumps to the end of a sleep at once", () => {
    const report = VirtualClock.runReport(Effect.as(Effect.sleep("400 days"), "rested"))
    assert.deepStrictEqual(report.exit, Exit.succeed("rested"))
    assert.strictEqual(report.at, Duration.toMillis("400 days"))
    assert.strictEqual(report.wakeUps, 1)
  })

  it("starts where it is told, and shows on every clock reading", () => {
    const start = Date.UTC(2026, 0, 1)
    const [millis, nanos, timed] = ok(
      Effect.gen(function* () {
        const [timed] = yield* Effect.timed(Effect.sleep("90 seconds"))
        return [yield* Clock.currentTimeMillis, yield* Clock.currentTimeNanos, timed] as const
      }),
      { start }
    )
    assert.strictEqual(millis, start + 90_000)
    assert.strictEqual(nanos, BigInt(start + 90_000) * 1_000_000n)
    assert.strictEqual(Duration.toMillis(timed), 90_000)
  })

  it("rounds a sleep up to a whole millisecond, so that nobody wakes early", () => {
    assert.strictEqual(ok(Effect.zipRight(Effect.sleep("1500 micros"), Clock.currentTimeMillis)), 2)
  })

  it("wakes sleepers by time, and those of one time in the order in which they fell asleep", () => {
    const nap = (note: (text: string) => Effect.Effect<void>, millis: number, text: string) =>
      Effect.zipRight(Effect.sleep(millis), note(text))
    assert.deepStrictEqual(
      notes((note) =>
        Effect.all([nap(note, 20, "c"), nap(note, 10, "a"), nap(note, 10, "b"), nap(note, 20, "d")], {
          concurrency: "unbounded"
        })
      ),
      ["10 a", "10 b", "20 c", "20 d"]
    )
  })

  it("lets everything that a sleeper sets off happen before another sleeper of the same time", () => {
    assert.deepStrictEqual(
      notes((note) =>
        Effect.gen(function* () {
          const queue = yield* Queue.unbounded<string>()
          yield* Effect.fork(Effect.forever(Effect.flatMap(Queue.take(queue), (text) => note(`heard ${text}`))))
          const say = (text: string) => Effect.zipRight(Effect.sleep(5), Queue.offer(queue, text))
          yield* Effect.all([say("a"), say("b")], { concurrency: "unbounded" })
          yield* Effect.sleep(1)
        })
      ),
      ["5 heard a", "5 heard b"]
    )
  })

  it("passes over cancelled sleepers", () => {
    const report = VirtualClock.runReport(
      Effect.forEach(Array.from({ length: 1_000 }), () =>
        Effect.sleep("1 second").pipe(Effect.timeout("1 hour"), Effect.orDie)
      )
    )
    assert.strictEqual(report.at, 1_000_000)
    assert.strictEqual(report.wakeUps, 1_000)
  })

  it.prop(
    "sleepers wake in the order of their times, then of their sleeps, whichever are cancelled",
    [FastCheck.array(FastCheck.tuple(FastCheck.nat(20), FastCheck.boolean()), { maxLength: 300 })],
    ([sleeps]) => {
      const woken = ok(
        Effect.gen(function* () {
          const order: Array<number> = []
          const fibers = yield* Effect.forEach(sleeps, ([millis], index) =>
            Effect.fork(
              Effect.zipRight(
                Effect.sleep(millis),
                Effect.sync(() => order.push(index))
              )
            )
          )
          yield* Effect.yieldNow()
          yield* Effect.forEach(fibers, (fiber, index) => (sleeps[index]?.[1] ? Fiber.interrupt(fiber) : Effect.void))
          yield* Effect.forEach(fibers, Fiber.await)
          return order
        })
      )
      const expected = sleeps
        .map(([millis, cancelled], index) => ({ millis, cancelled, index }))
        .filter(({ cancelled }) => !cancelled)
        .sort((a, b) => a.millis - b.millis || a.index - b.index)
        .map(({ index }) => index)
      assert.deepStrictEqual(woken, expected)
    }
  )

  it("does 100,000 sleeps in far less than a second", () => {
    const sleeps = Array.from({ length: 100_000 }, (_, index) => index)
    const report = VirtualClock.runReport(Effect.forEach(sleeps, (n) => Effect.sleep(n % 977), { discard: true }))
    assert.strictEqual(report.wakeUps, 100_000)
    assert.isBelow(report.tasks, 200_000)
  })
})

describe("programs", () => {
  it("schedules repeat and retry at their times", () => {
    assert.deepStrictEqual(
      notes((note) =>
        Effect.gen(function* () {
          yield* Effect.repeat(note("tick"), Schedule.intersect(Schedule.spaced("10 seconds"), Schedule.recurs(2)))
          yield* note("try").pipe(
            Effect.zipRight(Effect.fail("no")),
            Effect.retry({ schedule: Schedule.exponential("1 second"), times: 2 }),
            Effect.ignore
          )
        })
      ),
      ["0 tick", "10000 tick", "20000 tick", "20000 try", "21000 try", "23000 try"]
    )
  })

  it("timeouts and races end at the earlier time", () => {
    const [timedOut, won, at] = ok(
      Effect.gen(function* () {
        const timedOut = yield* Effect.option(Effect.timeout(Effect.sleep("1 hour"), "1 minute"))
        const won = yield* Effect.race(
          Effect.as(Effect.sleep("2 hours"), "slow"),
          Effect.as(Effect.sleep("1 hour"), "fast")
        )
        return [timedOut, won, yield* Clock.currentTimeMillis] as const
      })
    )
    assert.deepStrictEqual(timedOut, Option.none())
    assert.strictEqual(won, "fast")
    assert.strictEqual(at, 3_660_000)
  })

  it("scopes close, and fibers forked into them end", () => {
    assert.deepStrictEqual(
      notes((note) =>
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => note("closed"))
          yield* Effect.forkScoped(
            note("tick").pipe(
              Effect.repeat(Schedule.spaced(10)),
              Effect.onInterrupt(() => note("interrupted"))
            )
          )
          yield* Effect.sleep(15)
        }).pipe(Effect.scoped)
      ),
      ["0 tick", "10 tick", "15 interrupted", "15 closed"]
    )
  })

  it("FiberMap, Mailbox, PubSub and Stream work together", () => {
    const seen = ok(
      Effect.gen(function* () {
        const fibers = yield* FiberMap.make<string>()
        const mailbox = yield* Mailbox.make<string>()
        const hub = yield* PubSub.unbounded<string>()
        const subscription = yield* Stream.fromPubSub(hub, { scoped: true })
        for (const [key, millis] of [
          ["slow", 30],
          ["quick", 10]
        ] as const) {
          yield* FiberMap.run(fibers, key, Effect.zipRight(Effect.sleep(millis), mailbox.offer(key)), {
            onlyIfMissing: true
          })
          yield* FiberMap.run(fibers, key, Effect.die("ran twice"), { onlyIfMissing: true })
        }
        const published = yield* Effect.fork(Stream.runCollect(Stream.take(subscription, 2)))
        for (let n = 0; n < 2; n++) yield* PubSub.publish(hub, yield* mailbox.take)
        return [Array.from(yield* Fiber.join(published)), yield* Clock.currentTimeMillis] as const
      }).pipe(Effect.scoped)
    )
    assert.deepStrictEqual(seen, [["quick", "slow"], 30])
  })

  it("streams group by time", () => {
    const chunks = ok(
      Stream.fromSchedule(Schedule.spaced("1 second")).pipe(
        Stream.take(6),
        Stream.groupedWithin(100, "2200 millis"),
        Stream.map((chunk) => chunk.length),
        Stream.runCollect
      )
    )
    assert.deepStrictEqual(Array.from(chunks), [2, 2, 2])
  })

  it("a runtime taken inside the program stays on its clock", () => {
    const at = ok(
      Effect.gen(function* () {
        const runtime = yield* Effect.runtime()
        const done = yield* Deferred.make<number>()
        Runtime.runFork(runtime)(
          Effect.sleep("1 day").pipe(
            Effect.zipRight(Clock.currentTimeMillis),
            Effect.flatMap((now) => Deferred.succeed(done, now))
          )
        )
        return yield* Deferred.await(done)
      })
    )
    assert.strictEqual(at, 86_400_000)
  })

  it("layers are built and released", () => {
    const events: Array<string> = []
    const layer = Layer.scopedDiscard(
      Effect.acquireRelease(
        Effect.zipRight(
          Effect.sleep("1 second"),
          Effect.sync(() => events.push("up"))
        ),
        () => Effect.sync(() => events.push("down"))
      )
    )
    ok(Effect.provide(Effect.sleep("1 second"), layer))
    assert.deepStrictEqual(events, ["up", "down"])
  })

  it("a busy fiber yields to others", () => {
    const seen = ok(
      Effect.gen(function* () {
        const stop = yield* Ref.make(false)
        const busy = yield* Effect.fork(Effect.repeat(Ref.get(stop), { until: (stopped) => stopped }))
        yield* Effect.yieldNow()
        yield* Ref.set(stop, true)
        return yield* Fiber.join(busy)
      })
    )
    assert.isTrue(seen)
  })

  it("failures and interruption come out as they are", () => {
    assert.deepStrictEqual(VirtualClock.run(Effect.delay(Effect.fail("no"), "1 second")), Exit.fail("no"))
    assert.isTrue(Exit.isInterrupted(VirtualClock.run(Effect.delay(Effect.interrupt, "1 second"))))
    assert.strictEqual(defect(Effect.delay(Effect.die("bug"), "1 second")), "bug")
  })
})

describe("determinism", () => {
  const trace = (seed: number) =>
    ok(
      Effect.gen(function* () {
        const lines: Array<string> = []
        const worker = (id: number) =>
          Effect.gen(function* () {
            yield* Effect.sleep(yield* Random.nextIntBetween(1, 50))
            lines.push(`${yield* Clock.currentTimeMillis} ${id}`)
          }).pipe(Effect.repeat(Schedule.jittered(Schedule.spaced(20)).pipe(Schedule.compose(Schedule.recurs(5)))))
        yield* Effect.forEach([1, 2, 3, 4, 5], worker, { concurrency: 3 })
        return lines
      }),
      { seed }
    )

  it("the same program and seed give the same trace", () => {
    assert.strictEqual(trace(1).length, 30)
    assert.deepStrictEqual(trace(1), trace(1))
    assert.deepStrictEqual(trace(7), trace(7))
  })

  it("another seed gives another trace", () => {
    assert.notDeepEqual(trace(1), trace(2))
  })
})

describe("programs that can't end", () => {
  it("a wait that nobody ends is a defect that names who waits", () => {
    const standstill = defect(
      Effect.gen(function* () {
        yield* Effect.sleep("1 minute")
        const door = yield* Deferred.make<void>()
        const knocker = yield* Deferred.await(door).pipe(
          Effect.annotateLogs({ module: "Scheduler", fiber: "pass" }),
          Effect.withSpan("knock"),
          Effect.fork
        )
        yield* Fiber.join(knocker)
      })
    )
    assert.instanceOf(standstill, VirtualClock.Standstill)
    assert.strictEqual(standstill.reason, "NobodySleeps")
    assert.strictEqual(standstill.at, 60_000)
    assert.match(
      standstill.message,
      /^Virtual time stands at 1970-01-01T00:01:00.000Z: nobody sleeps, so time can't go on. Unfinished: #(\d+) main \(on #(\d+)\); #\2 span "knock" fiber=pass module=Scheduler \(on #\1\)$/
    )
  })

  it("fibers that have ended aren't named", () => {
    const standstill = defect(
      Effect.gen(function* () {
        yield* Effect.forEach(Array.from({ length: 1_000 }), () => Effect.yieldNow(), { concurrency: "unbounded" })
        return yield* Effect.never
      })
    )
    assert.instanceOf(standstill, VirtualClock.Standstill)
    assert.strictEqual(standstill.waiting.length, 1)
  })

  it("a sleep without end counts as a wait", () => {
    assert.instanceOf(defect(Effect.sleep(Duration.infinity)), VirtualClock.Standstill)
  })

  it("fibers that spin without letting time pass are a defect", () => {
    const standstill = defect(Effect.forever(Effect.yieldNow()), { maxTasksPerInstant: 1_000 })
    assert.instanceOf(standstill, VirtualClock.Standstill)
    assert.strictEqual(standstill.reason, "TimeStands")
  })
})

describe("halt", () => {
  it("ends the program at that step: nothing goes on and no finalizer runs", () => {
    const events: Array<string> = []
    const event = (text: string) => Effect.sync(() => events.push(text))
    const report = VirtualClock.runReport(
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => event("finalizer"))
        yield* Effect.forkScoped(Effect.repeat(event("tick"), Schedule.spaced("1 second")))
        yield* Effect.sleep("2500 millis")
        return yield* Effect.ensuring(VirtualClock.halt, event("ensuring"))
      }).pipe(Effect.scoped)
    )
    assert.deepStrictEqual(report.exit, Exit.die(new VirtualClock.Halted({ at: 2_500 })))
    assert.strictEqual(report.at, 2_500)
    assert.deepStrictEqual(events, ["tick", "tick", "tick"])
  })

  it("lets go of every fiber that it leaves waiting, also of one that started at once", () => {
    const before = new Set(Fiber.unsafeRoots())
    VirtualClock.run(
      Effect.gen(function* () {
        yield* Effect.forkDaemon(Effect.never)
        // It runs up to its wait before this returns, and so is never scheduled.
        Runtime.runFork(yield* Effect.runtime())(Effect.never)
        yield* Effect.sleep("1 second")
        return yield* VirtualClock.halt
      })
    )
    assert.lengthOf(
      Fiber.unsafeRoots().filter((fiber) => !before.has(fiber)),
      0
    )
  })

  it("outside virtual time it is a defect", () => {
    const exit = Effect.runSyncExit(VirtualClock.halt)
    assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
  })
})

describe("simulate", () => {
  it.effect("runs within a program, with its services, and leaves its clock alone", () =>
    Effect.gen(function* () {
      const before = yield* Clock.currentTimeMillis
      const report = yield* VirtualClock.simulate(
        Effect.gen(function* () {
          yield* Effect.sleep("1 day")
          return yield* Effect.serviceOption(Layer.CurrentMemoMap)
        })
      )
      assert.strictEqual(report.at, 86_400_000)
      assert.isTrue(Exit.isSuccess(report.exit))
      assert.strictEqual(yield* Clock.currentTimeMillis, before)
    })
  )

  it.live("can be interrupted from outside while it is busy", () =>
    Effect.gen(function* () {
      const endless = VirtualClock.simulate(Effect.forever(Effect.sleep("1 second")))
      assert.deepStrictEqual(yield* Effect.timeoutOption(endless, "50 millis"), Option.none())
    })
  )

  it("can be nested in virtual time", () => {
    const report = ok(Effect.zipRight(Effect.sleep("1 hour"), VirtualClock.simulate(Effect.sleep("1 day"))))
    assert.strictEqual(report.at, 86_400_000)
  })
})
