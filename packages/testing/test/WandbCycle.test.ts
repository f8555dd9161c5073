import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, LogLevel, Option } from "effect"
import * as Scheduler from "@sweepline/core/Scheduler"
import { sweepConfig } from "../src/Fixtures.js"
import * as ImpatientClock from "./ImpatientClock.js"
import * as WandbWorld from "./WandbWorld.js"

describe("a scheduler over W&B's wire", () => {
  it.live("asks in the order in which W&B's own does, and reads in one request what that reads in many (B6, B22)", () =>
    ImpatientClock.run(
      Effect.gen(function* () {
        const asked: Array<string> = []
        const world = yield* WandbWorld.make({
          faultOf: (operation) => {
            if (operation !== "file_stream") asked.push(operation)
            return "none"
          }
        })
        const sweep = yield* world.backend.createSweep({ config: sweepConfig("run_cap: 2"), name: "s", seed: 0 })
        const { working } = WandbWorld.launchAgent(world, { every: "1 second", lasting: "3 seconds", atOnce: 9 })
        yield* Effect.forkScoped(working)
        const outcome = yield* Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)).pipe(
          Effect.provide(WandbWorld.scheduler(world, { workers: 2 }))
        )
        assert.deepInclude(outcome, { reason: "RunCapReached", state: "COMPLETED", exitCode: 0, launched: 2 })
        // Who schedules what; the own run; the sweep with its runs; the workers; then poll after poll; the end.
        const begin = ["GetSweepState", "RunResumeStatus", "UpsertBucket", "Sweep", "SweepWithRuns"]
        assert.deepStrictEqual(asked.slice(0, 8), [...begin, "CreateAgents", "Reads", "Heartbeats"])
        // Before the first push it looks what is in the queue already; both pushes go in one request.
        assert.deepStrictEqual(asked.slice(8, 10), ["GetRunQueueItem", "pushToRunQueueByName"])
        assert.deepStrictEqual(asked.slice(-2), ["GetSweepState", "UpsertSweep"])
        const polls = asked.slice(10, -2)
        assert.deepStrictEqual(
          polls.filter((operation) => operation !== "Reads" && !operation.startsWith("Heartbeat")),
          []
        )
      }).pipe(Effect.scoped, Logger.withMinimumLogLevel(LogLevel.None))
    )
  )

  it.live("cancels its sweep when it is interrupted, and stops its runs by the ids that W&B knows (B29, B69)", () =>
    ImpatientClock.run(
      Effect.gen(function* () {
        const world = yield* WandbWorld.make()
        const sweep = yield* world.backend.createSweep({ config: sweepConfig("run_cap: 9"), name: "s", seed: 0 })
        const { working } = WandbWorld.launchAgent(world, { every: "1 second", lasting: "1 hour", atOnce: 9 })
        yield* Effect.forkScoped(working)
        const outcome = yield* Effect.gen(function* () {
          const scheduler = yield* Scheduler.Scheduler
          const running = yield* scheduler.start(sweep)
          yield* Effect.sleep("20 seconds")
          yield* running.interrupt("SIGTERM")
          return yield* running.outcome
        }).pipe(Effect.scoped, Effect.provide(WandbWorld.scheduler(world, { workers: 2 })))
        assert.deepInclude(outcome, { reason: "Interrupted", state: "STOPPED", exitCode: 143 })
        const records = yield* world.backend.runs(sweep)
        assert.deepStrictEqual(
          records.map(({ stop }) => stop),
          ["Killed", "Killed"]
        )
        assert.deepStrictEqual(yield* world.backend.sweepState(sweep), Option.some("CANCELED"))
        assert.strictEqual(world.requests.get("StopRun"), 2)
      }).pipe(Effect.scoped, Logger.withMinimumLogLevel(LogLevel.None))
    )
  )
})
