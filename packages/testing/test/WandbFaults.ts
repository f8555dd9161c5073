import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, HashMap, Layer, Logger, LogLevel, Option, Schedule } from "effect"
import { RunId } from "@sweepline/core/RunId"
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
          const draw = WandbWorld.someOf(0.2, 42)
          const met = new Set<string>()
          const { launches, outcome, records, requests, uncertain } = yield* worked({
            runs: 500,
            workers: 50,
            faultOf: () => {
              const fault = draw()
              if (fault !== "none") met.add(`${fault.kind}, ${fault.when} the effect`)
              return fault
            }
          })
          assert.deepInclude(outcome, { state: "COMPLETED", reason: "RunCapReached", exitCode: 0, launched: 500 })
          assert.strictEqual(records.length, 500)
          assert.isTrue([...launches.values()].every((times) => times === 1))
          // A run that was never launched is one whose push was reported as uncertain.
          const unfinished = records.filter(({ state }) => state !== "finished")
          assert.isTrue(unfinished.every(({ id, state }) => state === "pending" && uncertain.has(id)))
          assert.isTrue(records.every(({ stop }) => stop === undefined))
          assert.isUndefined(requests.get("StopRun"))
          assert.strictEqual(met.size, 2 * WandbWorld.troubles.length)
        }).pipe(Effect.scoped)
      ),
    300_000
  )

  it.live(
    "whose agents take minutes reports every push that can't be told, launches none twice, and ends once a person has seen to them",
    () =>
      ImpatientClock.run(
        Effect.gen(function* () {
          const draw = WandbWorld.someOf(0.3, 7)
          const { launches, outcome, records, uncertain } = yield* worked({
            runs: 60,
            workers: 10,
            every: "4 minutes",
            faultOf: (operation) => (operation === "pushToRunQueueByName" ? draw() : "none")
          })
          assert.deepInclude(outcome, { state: "COMPLETED", reason: "RunCapReached", launched: 60 })
          assert.isTrue([...launches.values()].every((times) => times === 1))
          assert.isAbove(uncertain.size, 0)
          const never = records.filter(({ id }) => !launches.has(id))
          assert.isTrue(never.every(({ id, stop }) => uncertain.has(id) && stop === "Killed"))
          assert.isTrue(
            records.every(({ id, state }) => (launches.has(id) ? state === "finished" : state === "killed"))
          )
        }).pipe(Effect.scoped)
      ),
    300_000
  )

  for (const [what, fault] of [
    ["cuts every connection", { kind: "cut", when: "before" }],
    ["answers with status 502", { kind: "502", when: "before" }]
  ] as const) {
    it.live(
      `comes to the same where its server ${what} for a minute`,
      () =>
        ImpatientClock.run(
          Effect.gen(function* () {
            const clock = yield* Effect.clock
            const sweepWith = (outage: WandbWorld.WireFault) => {
              const start = clock.unsafeCurrentTimeMillis()
              const away = () => {
                const past = clock.unsafeCurrentTimeMillis() - start
                return past >= 40_000 && past < 100_000
              }
              return Effect.scoped(worked({ runs: 40, workers: 8, faultOf: () => (away() ? outage : "none") }))
            }
            const quiet = yield* sweepWith("none")
            const troubled = yield* Effect.suspend(() => sweepWith(fault))
            assert.deepInclude(troubled.outcome, { state: "COMPLETED", reason: "RunCapReached", exitCode: 0 })
            assert.deepStrictEqual(left(troubled), left(quiet))
            assert.strictEqual(quiet.warnings, 0)
            assert.isAbove(troubled.warnings, 0)
          })
        ),
      120_000
    )
  }
})

describe("a poll", () => {
  const polls = 4
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
            yield* Effect.sleep("20 seconds")
            const asked = (operation: string) => (world.requests.get(operation) ?? 0) - (before.get(operation) ?? 0)
            assert.strictEqual(asked("Reads"), polls * requests)
            assert.strictEqual(asked("Heartbeats"), polls * requests)
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

/** Schedules a sweep to its end; `report` is told what is logged, and of which run. */
const schedule = (
  world: WandbWorld.World,
  sweep: Effect.Effect.Success<ReturnType<typeof newSweep>>,
  workers: number,
  report: (level: LogLevel.LogLevel, message: string, run: string) => void
) => {
  const logger = Logger.make<unknown, void>(({ annotations, logLevel, message }) =>
    report(logLevel, String(message), String(Option.getOrElse(HashMap.get(annotations, "runId"), () => "")))
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
  /** How often the agent looks into the queue. */
  readonly every?: Duration.DurationInput
  readonly faultOf: (operation: string) => WandbWorld.WireFault
}) {
  const world = yield* WandbWorld.make(options)
  const sweep = yield* newSweep(world, options.runs)
  const { launches, working } = WandbWorld.launchAgent(world, {
    every: options.every ?? "2 seconds",
    lasting: "30 seconds",
    atOnce: 100
  })
  yield* Effect.forkScoped(working)
  const uncertain = new Map<string, number>()
  const clock = yield* Effect.clock
  // Whoever reads the report, and sees after a while that no agent has the run.
  const person = Effect.gen(function* () {
    const now = clock.unsafeCurrentTimeMillis()
    for (const [run, since] of uncertain) {
      if (launches.has(run) || now - since < 600_000) continue
      yield* world.backend.stopRun({ sweep, run: RunId.make(run), reason: "Killed" })
    }
  })
  yield* Effect.forkScoped(Effect.repeat(person, Schedule.spaced("1 minute")))
  let warnings = 0
  const outcome = yield* schedule(world, sweep, options.workers, (level, message, run) => {
    if (LogLevel.greaterThanEqual(level, LogLevel.Warning)) warnings += 1
    if (message === "A run may or may not be in the queue") uncertain.set(run, clock.unsafeCurrentTimeMillis())
  })
  const records = yield* world.backend.runs(sweep)
  const state = yield* world.backend.sweepState(sweep)
  return { outcome, launches, records, uncertain, warnings, state, requests: world.requests }
})

/** What a sweep leaves behind, without ids and times. */
const left = ({
  launches,
  outcome,
  records,
  requests,
  state,
  uncertain
}: Effect.Effect.Success<ReturnType<typeof worked>>) => ({
  outcome: { ...outcome, sweep: undefined },
  state,
  runs: records
    .map(({ attempt, state, stop, trial }) => JSON.stringify([[...trial].map(String), state, attempt, stop ?? null]))
    .toSorted(),
  launches: [...launches.values()],
  uncertain: uncertain.size,
  stops: requests.get("StopRun") ?? 0
})
