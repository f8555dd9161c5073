import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, LogLevel } from "effect"
import * as ImpatientClock from "./ImpatientClock.js"
import * as WandbWorld from "./WandbWorld.js"

/** What goes wrong, and when, comes from it: `SEED=7 npm run test:faults` tries another world. */
const seed = Number(process.env["SEED"] ?? 1)

describe(`a sweep on W&B (SEED=${seed})`, () => {
  it.live(
    "of which a fifth of the answers goes wrong ends COMPLETED, with each of 500 runs launched once and none stopped",
    () =>
      ImpatientClock.run(
        Effect.gen(function* () {
          const draw = WandbWorld.someOf(0.2, seed)
          const met = new Set<string>()
          const { launches, outcome, records, requests } = yield* worked({
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
          assert.isTrue(
            records.every(({ id, state, stop }) => launches.get(id) === 1 && state === "finished" && stop === undefined)
          )
          assert.isUndefined(requests.get("StopRun"))
          assert.strictEqual(met.size, 2 * WandbWorld.troubles.length)
        }).pipe(Effect.scoped),
        seed
      ),
    300_000
  )

  it.live(
    "whose agents take minutes reports every push that can't be told, and launches each run once",
    () =>
      ImpatientClock.run(
        Effect.gen(function* () {
          const draw = WandbWorld.someOf(0.5, seed)
          const { launches, outcome, records, uncertain } = yield* worked({
            runs: 60,
            workers: 10,
            every: "4 minutes",
            faultOf: (operation) => (WandbWorld.isPush(operation) ? draw() : "none")
          })
          assert.deepInclude(outcome, { state: "COMPLETED", reason: "RunCapReached", launched: 60 })
          assert.isAbove(uncertain.size, 0)
          assert.deepStrictEqual(
            records.map(({ id, state, stop }) => [launches.get(id), state, stop]),
            Array.from({ length: 60 }, () => [1, "finished", undefined])
          )
        }).pipe(Effect.scoped),
        seed
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

// fixtures

/** A sweep, worked on to its end by a scheduler and a launch agent. */
const worked = Effect.fnUntraced(function* (options: {
  readonly runs: number
  readonly workers: number
  /** How often the agent looks into the queue. */
  readonly every?: Duration.DurationInput
  readonly faultOf: (operation: string) => WandbWorld.WireFault
}) {
  const world = yield* WandbWorld.make(options)
  const sweep = yield* WandbWorld.newSweep(world, options.runs)
  const { launches, working } = WandbWorld.launchAgent(world, {
    every: options.every ?? "2 seconds",
    lasting: "30 seconds",
    atOnce: 100
  })
  yield* Effect.forkScoped(working)
  const uncertain = new Set<string>()
  let warnings = 0
  const outcome = yield* WandbWorld.schedule(world, sweep, options.workers, (level, message, run) => {
    if (LogLevel.greaterThanEqual(level, LogLevel.Warning)) warnings += 1
    if (message === "A run may or may not be in the queue") uncertain.add(run)
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
