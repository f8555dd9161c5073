import { assert, describe, it } from "@effect/vitest"
import { Chunk, Duration, Effect, Either, Layer, Option, Stream, TestClock } from "effect"
import { AgentId } from "../src/AgentId.js"
import { CommError } from "../src/CommError.js"
import * as HeartbeatStrategy from "../src/HeartbeatStrategy.js"
import * as Journal from "../src/Journal.js"
import * as MemoryJournal from "../src/MemoryJournal.js"
import { LaunchQueue } from "../src/LaunchQueue.js"
import type { Executable } from "../src/Executable.js"
import type { PythonDict } from "../src/PythonValue.js"
import { RunId } from "../src/RunId.js"
import type { RunState } from "../src/RunState.js"
import * as Scheduler from "../src/Scheduler.js"
import * as SchedulerConfig from "../src/SchedulerConfig.js"
import { SchedulerRun } from "../src/SchedulerRun.js"
import { SweepApi } from "../src/SweepApi.js"
import { SweepId } from "../src/SweepId.js"
import type { SweepState } from "../src/SweepState.js"
import { record } from "./fixtures/records.js"

const sweep = SweepId.make("k3p9x0qa")

/** What the backend knows of a run, with what it has reported. */
const listed = (id: string, state: RunState, summary: PythonDict = new Map()) => record(id, state, { summary })

const outage = Effect.fail(
  new CommError({ reason: "Unreachable", operation: "ask", detail: "connection refused", retryable: true })
)

/** A scheduler over a backend with these runs, two seconds after its start; `hosts` are those of its workers. */
const started = (options: {
  readonly runs?: ReadonlyArray<ReturnType<typeof listed>>
  readonly executable?: Executable
  readonly jobs?: ReadonlyArray<string>
  /** How often each question that a sweep would end for isn't answered. */
  readonly outages?: number
  /** What the sweep is found in when it is looked at. */
  readonly state?: SweepState
  readonly config?: Partial<SchedulerConfig.SchedulerConfig["Type"]>
  readonly journal?: Journal.Journal["Type"]
}) =>
  Effect.gen(function* () {
    const { journal = MemoryJournal.make(new Map()) } = options
    const hosts: Array<string> = []
    const asked = new Map<string, number>()
    const answered = <A>(question: string, answer: Effect.Effect<A>): Effect.Effect<A, CommError> =>
      Effect.suspend(() => {
        const times = asked.get(question) ?? 0
        asked.set(question, times + 1)
        return times < (options.outages ?? 0) ? outage : answer
      })
    const api = Layer.mock(SweepApi, {
      sweep: () =>
        Effect.succeed({
          id: sweep,
          name: "s",
          state: Option.some("RUNNING" as const),
          config: "method: random\nparameters: {x: {min: 0, max: 1000}}\nrun_cap: 100\n",
          seed: 0,
          createdAt: 0
        }),
      runs: () => Effect.succeed(options.runs ?? []),
      job: (name) =>
        answered(name, Effect.succeed(Option.liftPredicate(name, (it) => options.jobs?.includes(it) === true))),
      registerAgent: ({ host }) =>
        answered(
          host,
          Effect.sync(() => AgentId.make(`agent ${hosts.push(host)}`))
        ),
      sweepState: () => Effect.succeedSome(options.state ?? "RUNNING"),
      setSweepState: () => Effect.succeed(true),
      heartbeat: () => Effect.succeed([]),
      runStates: () => Effect.succeed([]),
      changes: () => Stream.empty
    })
    const own = Layer.mock(SchedulerRun, {
      start: () => Effect.succeed({ id: RunId.make("own"), config: new Map(), lost: Effect.never }),
      state: () => Effect.succeed(Either.right("running" as const)),
      finish: () => Effect.void
    })
    const layer = Scheduler.layer.pipe(
      Layer.provide(HeartbeatStrategy.layer),
      Layer.provide(
        Layer.mergeAll(
          api,
          own,
          Layer.mock(LaunchQueue, { itemStates: () => Effect.succeed([]) }),
          Layer.succeed(Journal.Journal, journal),
          SchedulerConfig.layer({
            workers: 3,
            host: "node7",
            executable: options.executable ?? { kind: "image", uri: "train:7" },
            ...options.config
          })
        )
      )
    )
    const scheduler = yield* Effect.provide(Scheduler.Scheduler, layer)
    const running = yield* scheduler.start(sweep)
    yield* TestClock.adjust("2 seconds")
    return { hosts, journal, running, model: yield* running.model }
  })

describe("a scheduler that starts", () => {
  it.scoped.each<[Partial<SchedulerConfig.SchedulerConfig["Type"]>, string]>([
    [{ retries: 0.5 }, "retries: Expected"],
    [{ retries: -1 }, "retries: Expected"],
    [{ budget: Duration.zero }, "budget: Expected"],
    [{ runTimeout: Duration.zero }, "runTimeout: Expected"],
    [{ deadline: Number.NaN }, "deadline: Expected a time, actual NaN"],
    [{ gpusPerRun: Number.POSITIVE_INFINITY }, "gpusPerRun: Expected a number, actual Infinity"],
    [{ gpusPerRun: 0 }, "gpusPerRun: Expected"]
  ])("refuses %o, with which its journal could not be read again, and writes nothing", ([config, says]) =>
    Effect.gen(function* () {
      const journal = MemoryJournal.make(new Map())
      const error = yield* Effect.flip(started({ config, journal }))
      assert.strictEqual(error._tag, "SchedulerError")
      assert.include(error.message, says)
      assert.isTrue(Chunk.isEmpty(yield* Stream.runCollect(journal.replay(sweep, 0))))
    })
  )

  it.scoped("counts the runs that are there, but for killed and crashed ones that never logged (B12, RD18)", () =>
    Effect.gen(function* () {
      const logged = new Map([["loss", 1]])
      const { model } = yield* started({
        runs: [
          listed("a", "finished"),
          listed("b", "failed"),
          listed("c", "running"),
          listed("d", "killed", logged),
          listed("e", "crashed", logged),
          listed("f", "killed"),
          listed("g", "crashed")
        ]
      })
      assert.strictEqual(model.launched, 5)
    })
  )

  it.scoped(
    "leaves a journal that can be read where it was told to wait without end, or to try again without end",
    () =>
      Effect.gen(function* () {
        const { journal, model, running } = yield* started({
          config: { awaitStops: Duration.infinity, backoff: Duration.infinity, retries: Number.POSITIVE_INFINITY }
        })
        const restored = yield* Journal.restore(journal, sweep)
        assert.deepStrictEqual(restored.model.policy, model.policy)
        assert.isAbove(model.policy.awaitStops, Duration.toMillis("10000 weeks"))
        yield* running.edit({ retries: 0 }, false)
        yield* running.edit({ retries: Number.POSITIVE_INFINITY }, false)
        yield* TestClock.adjust("10 seconds")
        const { policy } = yield* running.model
        assert.isAbove(policy.retries, 1e9)
        assert.deepStrictEqual((yield* Journal.restore(journal, sweep)).model.policy, policy)
      })
  )

  it.scoped("registers its workers under the machine's name and their number (B21)", () =>
    Effect.gen(function* () {
      const { hosts, model } = yield* started({})
      assert.deepStrictEqual(hosts, ["node7-0", "node7-1", "node7-2"])
      assert.strictEqual(model.state, "RUNNING")
    })
  )

  it.scoped("looks its job up and registers its workers also where the backend can't be reached for a moment", () =>
    Effect.gen(function* () {
      const job = { kind: "job", name: "ent/proj/fit:v1" } as const
      const { hosts, model } = yield* started({ executable: job, jobs: [job.name], outages: 2 })
      assert.deepStrictEqual(hosts, ["node7-0", "node7-1", "node7-2"])
      assert.deepInclude(model, { state: "RUNNING", executable: job.name, end: undefined })
    })
  )

  it.scoped("leaves when it is interrupted while the backend can't be reached", () =>
    Effect.gen(function* () {
      const job = { kind: "job", name: "ent/proj/fit:v1" } as const
      for (const executable of [job, undefined]) {
        const { model, running } = yield* started({ ...(executable && { executable }), outages: Infinity })
        assert.strictEqual(model.state, "STARTING")
        yield* running.interrupt("SIGINT")
        const { reason } = yield* Effect.timeout(running.outcome, "1 second").pipe(
          Effect.zipLeft(TestClock.adjust("1 second"), { concurrent: true })
        )
        assert.strictEqual(reason, "Interrupted")
      }
    })
  )

  it.scoped("leaves when its sweep is ended or paused elsewhere while no worker can be registered", () =>
    Effect.gen(function* () {
      for (const [state, reason] of [
        ["CANCELED", "SweepCancelled"],
        ["FINISHED", "SweepFinished"],
        ["PAUSED", "Paused"]
      ] as const) {
        const { model, running } = yield* started({ state, outages: Infinity })
        assert.strictEqual(model.state, "STARTING")
        yield* TestClock.adjust("5 seconds")
        const outcome = yield* Effect.timeout(running.outcome, "1 second").pipe(
          Effect.zipLeft(TestClock.adjust("1 second"), { concurrent: true })
        )
        assert.strictEqual(outcome.reason, reason)
      }
    })
  )

  it.scoped("takes an image as it is, and looks a job up before a worker is registered (B18)", () =>
    Effect.gen(function* () {
      const image = yield* started({})
      assert.strictEqual(image.model.executable, "train:7")
      const job = { kind: "job", name: "ent/proj/fit:v1" } as const
      const found = yield* started({ executable: job, jobs: [job.name] })
      assert.strictEqual(found.model.executable, job.name)
      const missing = yield* started({ executable: job, jobs: [] })
      assert.strictEqual(missing.model.end?.reason, "NoExecutable")
      assert.include(missing.model.end?.detail ?? "", `There is no job "${job.name}"`)
      assert.deepStrictEqual(missing.hosts, [])
    })
  )
})
