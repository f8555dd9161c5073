import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, LogLevel } from "effect"
import * as Journal from "@sweepline/core/Journal"
import * as MemoryJournal from "@sweepline/core/MemoryJournal"
import * as Scheduler from "@sweepline/core/Scheduler"
import * as ImpatientClock from "./ImpatientClock.js"
import * as WandbWorld from "./WandbWorld.js"

const runs = 24
const workers = 11

/**
 * A sweep whose first scheduler goes away ten seconds after its start, while the answers to its eleven pushes are
 * still awaited: ten share a request, which has had its effect, the eleventh has not. Answers the journal that it left behind.
 */
const abandoned = Effect.gen(function* () {
  const world = yield* WandbWorld.make()
  const sweep = yield* WandbWorld.newSweep(world, runs)
  let gone = false
  let pushes = 0
  const store: MemoryJournal.Store = new Map()
  const memory = MemoryJournal.make(store)
  const first = WandbWorld.scheduler(
    world,
    { workers },
    {
      // Nothing that it asks for arrives any more, and nothing that it writes.
      ports: world.portsWith((operation) => {
        if (gone) return { kind: "silence", when: "before" }
        if (!WandbWorld.isPush(operation)) return "none"
        pushes += 1
        return { kind: "silence", when: pushes === 1 ? "after" : "before" }
      }),
      journal: Layer.succeed(Journal.Journal, {
        ...memory,
        append: (id, events) => Effect.suspend(() => (gone ? Effect.never : memory.append(id, events)))
      })
    }
  )
  const work = Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep))
  yield* Effect.forkDaemon(Effect.provide(work, first))
  yield* Effect.sleep("10 seconds")
  gone = true
  assert.strictEqual(pushes, 2)
  return { journal: Layer.sync(Journal.Journal, () => MemoryJournal.make(store)), sweep, work, world }
})

const agentOf = (world: WandbWorld.World) =>
  WandbWorld.launchAgent(world, { every: "2 seconds", lasting: "30 seconds", atOnce: 100 })

const once = (count: number) => Array.from({ length: count }, () => 1)

const test = <A, E>(program: Effect.Effect<A, E>) =>
  ImpatientClock.run(Logger.withMinimumLogLevel(program, LogLevel.None))

describe("the next scheduler of a sweep on W&B", () => {
  it.live("that has the journal launches each run once, also those whose pushes were under way", () =>
    test(
      Effect.gen(function* () {
        const { journal, sweep, work, world } = yield* abandoned
        const { launches, working } = agentOf(world)
        yield* Effect.forkScoped(working)
        const outcome = yield* Effect.provide(work, WandbWorld.scheduler(world, { workers }, { journal }))
        assert.deepInclude(outcome, { state: "COMPLETED", reason: "RunCapReached", launched: runs })
        assert.deepStrictEqual([...launches.values()], once(runs))
        const records = yield* world.backend.runs(sweep)
        assert.isTrue(records.every(({ state }) => state === "finished"))
      }).pipe(Effect.scoped)
    )
  )

  it.live("that has no journal leaves pending runs alone, and counts them", () =>
    test(
      Effect.gen(function* () {
        const { sweep, work, world } = yield* abandoned
        const { launches, working } = agentOf(world)
        // Nobody works off the queue until it is too late to tell what was pushed.
        yield* Effect.forkScoped(Effect.delay(working, "1 minute"))
        const outcome = yield* Effect.provide(work, WandbWorld.scheduler(world, { workers }))
        assert.deepInclude(outcome, { state: "COMPLETED", reason: "RunCapReached", launched: runs })
        assert.deepStrictEqual([...launches.values()], once(runs - 1))
        const records = yield* world.backend.runs(sweep)
        assert.strictEqual(records.filter(({ state }) => state === "pending").length, 1)
      }).pipe(Effect.scoped)
    )
  )

  it.live("that has no journal, but may requeue, pushes only what the queue doesn't have (--requeue-pending)", () =>
    test(
      Effect.gen(function* () {
        const { sweep, work, world } = yield* abandoned
        const { launches, working } = agentOf(world)
        yield* Effect.forkScoped(Effect.delay(working, "5 minutes"))
        const outcome = yield* Effect.provide(work, WandbWorld.scheduler(world, { workers, adoptsPending: true }))
        assert.deepInclude(outcome, { state: "COMPLETED", reason: "RunCapReached", launched: runs })
        assert.deepStrictEqual([...launches.values()], once(runs))
        const records = yield* world.backend.runs(sweep)
        assert.isTrue(records.every(({ state }) => state === "finished"))
      }).pipe(Effect.scoped)
    )
  )
})
