import { assert, describe, it } from "@effect/vitest"
import { Effect, HashMap, Layer, Logger, LogLevel, Option } from "effect"
import * as Scheduler from "@sweepline/core/Scheduler"
import { sweepConfig } from "../src/Fixtures.js"
import * as ImpatientClock from "./ImpatientClock.js"
import * as WandbWorld from "./WandbWorld.js"

describe("a sweep on W&B", () => {
  it.live(
    "of which a fifth of the answers goes wrong ends COMPLETED, with each of 500 runs launched once and none stopped",
    () =>
      ImpatientClock.run(
        Effect.gen(function* () {
          const { launches, outcome, records, uncertain } = yield* worked({
            runs: 500,
            workers: 50,
            faultOf: WandbWorld.someOf(0.2, 42)
          })
          assert.deepInclude(outcome, { state: "COMPLETED", exitCode: 0 })
          assert.isTrue([...launches.values()].every((times) => times === 1))
          // A run that was never launched is one whose push was reported as uncertain.
          const unfinished = records.filter(({ state }) => state !== "finished")
          assert.isTrue(unfinished.every(({ id, state }) => state === "pending" && uncertain.has(id)))
          assert.isTrue(records.every(({ stop }) => stop === undefined))
          assert.isAtLeast(records.length, 490)
        }).pipe(Effect.scoped)
      ),
    300_000
  )

  it.live(
    "goes on after an outage of a minute as if nothing had been",
    () =>
      ImpatientClock.run(
        Effect.gen(function* () {
          const clock = yield* Effect.clock
          const away = () => {
            const now = clock.unsafeCurrentTimeMillis()
            return now >= 40_000 && now < 100_000
          }
          const { launches, outcome, records, requests, uncertain } = yield* worked({
            runs: 40,
            workers: 8,
            faultOf: () => (away() ? { kind: "cut", when: "before" } : "none")
          })
          assert.deepInclude(outcome, { state: "COMPLETED", reason: "RunCapReached", exitCode: 0, launched: 40 })
          assert.strictEqual(outcome.counts.finished, 40)
          assert.isTrue(records.every(({ state, stop }) => state === "finished" && stop === undefined))
          assert.deepStrictEqual(
            [...launches.values()],
            Array.from({ length: 40 }, () => 1)
          )
          assert.strictEqual(uncertain.size, 0)
          assert.isUndefined(requests.get("StopRun"))
        }).pipe(Effect.scoped)
      ),
    120_000
  )
})

describe("a poll", () => {
  for (const [workers, requests] of [
    [8, 1],
    [64, 1],
    [1000, 4]
  ] as const) {
    it.live(
      `of ${workers} active runs and workers takes ${requests} query ${requests === 1 ? "request" : "requests"} and as many heartbeats`,
      () =>
        ImpatientClock.run(
          Effect.gen(function* () {
            const world = yield* WandbWorld.make()
            const sweep = yield* newSweep(world, 2 * workers)
            yield* Effect.forkScoped(schedule(world, sweep, workers, () => {}))
            // Nobody launches them: the runs stay in the queue, and their workers are busy.
            while (world.requests.get("pushToRunQueueByName") !== workers) yield* Effect.sleep("5 seconds")
            yield* Effect.sleep("5 seconds")
            const before = new Map(world.requests)
            yield* Effect.sleep("50 seconds")
            const asked = (operation: string) => (world.requests.get(operation) ?? 0) - (before.get(operation) ?? 0)
            assert.strictEqual(asked("Reads"), 10 * requests)
            assert.strictEqual(asked("Heartbeats"), 10 * requests)
            for (const [operation, count] of world.requests) {
              if (["Reads", "Heartbeats", "file_stream"].includes(operation)) continue
              assert.strictEqual(count - (before.get(operation) ?? 0), 0, operation)
            }
          }).pipe(Effect.scoped)
        ),
      300_000
    )
  }
})

// fixtures

const newSweep = ({ backend }: WandbWorld.World, runs: number) =>
  backend.createSweep({ config: sweepConfig(`run_cap: ${runs}`), name: "a sweep", seed: 0 })

/** Schedules a sweep to its end; `report` is told what is logged of runs. */
const schedule = (
  world: WandbWorld.World,
  sweep: Effect.Effect.Success<ReturnType<typeof newSweep>>,
  workers: number,
  report: (message: string, run: string) => void
) => {
  const logger = Logger.make<unknown, void>(({ annotations, message }) =>
    report(String(message), String(Option.getOrElse(HashMap.get(annotations, "runId"), () => "")))
  )
  return Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)).pipe(
    Effect.provide(
      WandbWorld.scheduler(world, { workers }).pipe(
        Layer.provideMerge(
          Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.Info))
        )
      )
    )
  )
}

/** A sweep, worked on to its end by a scheduler and a launch agent. */
const worked = Effect.fnUntraced(function* (options: {
  readonly runs: number
  readonly workers: number
  readonly faultOf: (operation: string) => WandbWorld.WireFault
}) {
  const world = yield* WandbWorld.make(options)
  const sweep = yield* newSweep(world, options.runs)
  const { launches, working } = WandbWorld.launchAgent(world, {
    every: "2 seconds",
    lasting: "30 seconds",
    atOnce: 100
  })
  yield* Effect.forkScoped(working)
  const uncertain = new Set<string>()
  const outcome = yield* schedule(world, sweep, options.workers, (message, run) => {
    if (message === "A run may or may not be in the queue") uncertain.add(run)
  })
  const records = yield* world.backend.runs(sweep)
  return { outcome, launches, records, uncertain, requests: world.requests }
})
