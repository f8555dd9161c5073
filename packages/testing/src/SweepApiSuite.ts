import { layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { AgentCommand } from "@sweepline/core/AgentCommand"
import { AgentId } from "@sweepline/core/AgentId"
import type { CommError } from "@sweepline/core/CommError"
import type { EarlyStopping } from "@sweepline/core/EarlyStopping"
import type { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog } from "@sweepline/core/RunLog"
import type { Search } from "@sweepline/core/Search"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SchedulerError } from "@sweepline/core/SchedulerError"
import type { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import { SweepState } from "@sweepline/core/SweepState"
import type { Backend } from "./Backend.js"
import {
  awkwardTrial,
  createSweep,
  dict,
  lossRows,
  noSweep,
  report,
  runningSweep,
  settle,
  sweepConfig,
  sweepWithRun
} from "./Fixtures.js"
import { assert } from "./internal/assert.js"
import { scriptedSearch, scriptedStopping, seeds } from "./internal/scripted.js"
import { agentTests } from "./internal/sweepApiAgents.js"
import { runTests } from "./internal/sweepApiRuns.js"

/**
 * What every backend of our own does with sweeps, agents and runs (F.1–F.5). The layer gets a search
 * and an early stopping that the suite knows.
 */
export const suite = <E>(
  name: string,
  layer: Layer.Layer<SweepApi | LaunchQueue | RunLog, E, Search | EarlyStopping>,
  backend: Backend = "ours"
): void =>
  withLayer(Layer.provide(layer, Layer.merge(scriptedSearch, scriptedStopping)))(`SweepApi (${name})`, (it) => {
    const isOurs = backend === "ours"

    it.effect("keeps what a sweep was created with", () =>
      Effect.gen(function* () {
        const api = yield* SweepApi
        yield* TestClock.setTime(5000)
        const config = sweepConfig("run_cap: 7 # seven")
        const id = yield* api.createSweep({ config, name: "seven", seed: 42 })
        assert.deepStrictEqual(yield* api.sweep(id), {
          id,
          name: "seven",
          state: Option.some("PENDING"),
          config,
          seed: isOurs ? 42 : 0,
          createdAt: 5000
        })
        assert.deepStrictEqual(yield* api.runs(id), [])
      })
    )

    it.effect("refuses a config that can't be parsed", () =>
      Effect.gen(function* () {
        const api = yield* SweepApi
        const before = yield* api.sweeps
        const error = yield* Effect.flip(api.createSweep({ config: "method: [", name: "", seed: 0 }))
        assert.strictEqual(error._tag, "CommError")
        assert.isFalse(error.retryable)
        assert.strictEqual((yield* api.sweeps).length, before.length)
      })
    )

    it.effect("lists sweeps newest first", () =>
      Effect.gen(function* () {
        const api = yield* SweepApi
        const first = yield* createSweep()
        const second = yield* createSweep()
        const ids = (yield* api.sweeps).map((sweep) => sweep.id)
        assert.deepStrictEqual(ids.slice(0, 2), [second, first])
      })
    )

    it.effect("doesn't know other sweeps, agents and runs", () =>
      Effect.gen(function* () {
        const { agent, api, run: known, sweep } = yield* sweepWithRun()
        const other = yield* createSweep()
        const run = RunId.make("norun000")
        const none = new Map<RunId, boolean>()
        const missing: ReadonlyArray<Effect.Effect<unknown, CommError | SchedulerError | SweepNotFoundError>> = [
          api.sweep(noSweep),
          api.runs(noSweep),
          api.sweepState(noSweep),
          api.setSweepState(noSweep, "PAUSED"),
          api.registerAgent({ sweep: noSweep, host: "here" }),
          api.createRun({ sweep: noSweep, trial: awkwardTrial }),
          api.heartbeat({ sweep, agent: AgentId.make("noagent0"), runs: none }),
          ...(isOurs ? [noSweep, other].map((sweep) => api.heartbeat({ sweep, agent, runs: none })) : []),
          api.runState({ sweep, run }),
          api.runState({ sweep: noSweep, run }),
          ...(isOurs ? [api.runState({ sweep: other, run: known })] : [])
        ]
        // Whoever asks again is told the same.
        for (const call of [...missing, ...missing])
          assert.strictEqual((yield* Effect.flip(call))._tag, "SweepNotFoundError")
        const lost: ReadonlyArray<Effect.Effect<unknown, CommError>> = [
          api.requeueRun({ sweep, run, attempt: 2 }),
          api.stopRun({ sweep, run, reason: "Killed" }),
          api.stopRequested({ sweep, run }),
          api.reportRun({ sweep, run, report: report("running") }),
          api.reportRun({ sweep, run, report: report("finished") }),
          api.reportRun({ sweep: noSweep, run: known, report: report("running") }),
          ...(isOurs ? [api.stopRun({ sweep: other, run: known, reason: "Killed" })] : [])
        ]
        for (const call of lost) {
          const error = yield* Effect.flip(call)
          assert.deepStrictEqual([error.status, error.retryable], [404, false])
        }
        assert.deepStrictEqual(yield* api.job("no/such/job:v0"), Option.none())
      })
    )

    it.effect("runs a sweep once an agent registers, and takes none for one that has ended", () =>
      Effect.gen(function* () {
        const { api, sweep } = yield* runningSweep()
        assert.deepStrictEqual(yield* api.sweepState(sweep), Option.some("RUNNING"))
        yield* api.setSweepState(sweep, "PAUSED")
        yield* api.registerAgent({ sweep, host: "there" })
        assert.deepStrictEqual(yield* api.sweepState(sweep), Option.some("PAUSED"))
        const listed = (yield* api.sweeps).find(({ id }) => id === sweep)
        for (const record of [yield* api.sweep(sweep), listed]) {
          assert.deepStrictEqual(record?.state, Option.some("PAUSED"))
        }
        yield* api.setSweepState(sweep, "CANCELED")
        const error = yield* Effect.flip(api.registerAgent({ sweep, host: "here" }))
        assert.strictEqual(error._tag, "CommError")
        if (error._tag !== "CommError") return
        assert.deepStrictEqual([error.status, error.retryable], [400, false])
        assert.include(error.message, `Sweep ${sweep} is not running`)
      })
    )

    it.effect("never leaves a state in which a sweep has ended", () =>
      Effect.gen(function* () {
        const api = yield* SweepApi
        for (const end of ["FINISHED", "CANCELED"] as const) {
          const { sweep } = yield* runningSweep()
          assert.isTrue(yield* api.setSweepState(sweep, "PAUSED"))
          assert.isTrue(yield* api.setSweepState(sweep, "RUNNING"))
          for (const state of SweepState.literals) {
            yield* api.setSweepState(sweep, end)
            assert.strictEqual(yield* api.setSweepState(sweep, state), state === end)
            assert.deepStrictEqual(yield* api.sweepState(sweep), Option.some(end))
          }
        }
      })
    )

    it.effect("stores a run before it hands it out", () =>
      Effect.gen(function* () {
        const { agent, api, sweep } = yield* runningSweep()
        yield* TestClock.setTime(9000)
        const [command] = yield* api.heartbeat({ sweep, agent, runs: new Map() })
        assert.strictEqual(command?._tag, "Run")
        if (command?._tag !== "Run") return
        assert.deepStrictEqual(command.trial, awkwardTrial)
        const [run, ...others] = yield* api.runs(sweep)
        assert.deepStrictEqual(others, [])
        assert.deepStrictEqual(run && { ...run, name: "" }, {
          id: command.run,
          name: "",
          state: "pending",
          trial: awkwardTrial,
          summary: new Map(),
          attempt: 1,
          exitCode: undefined,
          createdAt: 9000,
          startedAt: undefined,
          endedAt: undefined,
          stop: undefined
        })
        assert.deepStrictEqual([...(run?.trial ?? [])], [...awkwardTrial])
        assert.deepStrictEqual(yield* api.runState({ sweep, run: command.run }), Either.right("pending"))
      })
    )

    it.effect("hands out one run a heartbeat, to idle agents only, until search is exhausted", () =>
      Effect.gen(function* () {
        const { agent, api, sweep } = yield* runningSweep({ seed: seeds.three })
        const runs = new Map<RunId, boolean>()
        for (const n of [1n, 2n, 3n]) {
          const commands = yield* api.heartbeat({ sweep, agent, runs })
          assert.strictEqual(commands.length, 1)
          const command = commands[0]
          assert.strictEqual(command?._tag, "Run")
          if (command?._tag !== "Run") return
          assert.deepStrictEqual(command.trial, dict(["n", n]))
          runs.set(command.run, true)
          assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs }), [])
          runs.set(command.run, false)
        }
        assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs }), [AgentCommand.Exit()])
        assert.strictEqual((yield* api.runs(sweep)).length, 3)
      })
    )

    it.effect("hands out nothing while search waits, and says when search fails", () =>
      Effect.gen(function* () {
        const waiting = yield* runningSweep({ seed: seeds.notNow })
        const runs = new Map<RunId, boolean>()
        assert.deepStrictEqual(yield* waiting.api.heartbeat({ ...waiting, runs }), [])
        const failing = yield* runningSweep({ seed: seeds.fails })
        const error = yield* Effect.flip(failing.api.heartbeat({ ...failing, runs }))
        assert.strictEqual(error._tag, isOurs ? "SchedulerError" : "CommError")
        assert.include(error.message, "out of ideas")
        assert.deepStrictEqual(yield* failing.api.runs(failing.sweep), [])
      })
    )

    it.effect("hands out nothing of a paused sweep, and tells agents of an ended one to leave", () =>
      Effect.gen(function* () {
        const { agent, api, sweep } = yield* runningSweep()
        const runs = new Map<RunId, boolean>()
        yield* api.setSweepState(sweep, "PAUSED")
        assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs }), [])
        yield* api.setSweepState(sweep, "FINISHED")
        assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs }), [AgentCommand.Exit()])
        assert.deepStrictEqual(yield* api.runs(sweep), [])
      })
    )

    it.effect("never passes run_cap, however many ask at once and however slow search is", () =>
      Effect.gen(function* () {
        const { api, sweep } = yield* runningSweep({ config: sweepConfig("run_cap: 5"), seed: seeds.slow })
        const agents = yield* Effect.replicateEffect(api.registerAgent({ sweep, host: "here" }), 16)
        const asking = yield* Effect.fork(
          Effect.forEach(agents, (agent) => api.heartbeat({ sweep, agent, runs: new Map() }), {
            concurrency: "unbounded"
          })
        )
        yield* TestClock.adjust("1 minute")
        const commands = (yield* Fiber.join(asking)).flat()
        assert.strictEqual(commands.filter((command) => command._tag === "Run").length, 5)
        assert.strictEqual(commands.filter((command) => command._tag === "Exit").length, 11)
        const trials = (yield* api.runs(sweep)).map((run) => run.trial.get("n"))
        assert.deepStrictEqual(trials, [0n, 1n, 2n, 3n, 4n])
      })
    )

    it.effect("hands out nothing when the sweep is paused while search thinks", () =>
      Effect.gen(function* () {
        const { agent, api, sweep } = yield* runningSweep({ seed: seeds.slow })
        const asking = yield* Effect.fork(api.heartbeat({ sweep, agent, runs: new Map() }))
        yield* settle
        yield* api.setSweepState(sweep, "PAUSED")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* Fiber.join(asking), [])
        assert.deepStrictEqual(yield* api.runs(sweep), [])
      })
    )

    it.effect("keeps search out of sweeps whose metric has reached its target", () =>
      Effect.gen(function* () {
        const config = sweepConfig("  target: 0.1")
        const { agent, api, run, sweep } = yield* sweepWithRun({ config })
        const key = RunKey.make(run, 1)
        yield* (yield* RunLog).append({ sweep, key, rows: lossRows([0.5, 0.1, 0.3]), offset: 30 })
        assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: new Map() }), [AgentCommand.Exit()])
      })
    )

    it.effect("creates the runs that somebody else decided on", () =>
      Effect.gen(function* () {
        const { agent, api, run, sweep } = yield* sweepWithRun({ config: sweepConfig("run_cap: 1") })
        const [record] = yield* api.runs(sweep)
        assert.deepStrictEqual([record?.id, record?.state, record?.attempt], [run, "pending", 1])
        assert.deepStrictEqual(record?.trial, awkwardTrial)
        assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: new Map() }), [AgentCommand.Exit()])
      })
    )

    it.effect("tells of changes by states and stops, and lets them coalesce", () =>
      Effect.gen(function* () {
        const { api, run, sweep } = yield* sweepWithRun()
        yield* api.reportRun({ sweep, run, report: report("running") })
        const writes = [
          api.stopRun({ sweep, run, reason: "Killed" }),
          api.reportRun({ sweep, run, report: report("killed") }),
          api.setSweepState(sweep, "PAUSED")
        ]
        const listener = yield* Effect.fork(Stream.runDrain(api.changes(sweep)))
        for (const write of writes) {
          const heard = yield* Effect.fork(Stream.runDrain(Stream.take(api.changes(sweep), 1)))
          yield* settle
          yield* write
          // A backend of several processes looks only every so often.
          yield* TestClock.adjust("10 seconds")
          yield* Fiber.join(heard)
        }
        // Who listens is told for as long as he does, if at all.
        if (isOurs) assert.deepStrictEqual(yield* Fiber.poll(listener), Option.none())
        yield* Fiber.interrupt(listener)
      })
    )

    if (isOurs) agentTests(it)
    runTests(it, backend)
  })
