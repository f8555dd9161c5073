import type { Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { AgentCommand } from "@sweepline/core/AgentCommand"
import type { AgentId } from "@sweepline/core/AgentId"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog } from "@sweepline/core/RunLog"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import { lossRows, report, runningSweep, settle, sweepConfig, sweepWithRun } from "../Fixtures.js"
import { assert } from "./assert.js"
import { hopeless, seeds } from "./scripted.js"

/** Whose runs are whose, what is offered again, and what agents are told to stop: rules of our own backends. */
export const agentTests = (it: Vitest.MethodsNonLive<SweepApi | RunLog>): void => {
  it.effect("offers a run again until its agent reports it, so that a lost answer loses no run", () =>
    Effect.gen(function* () {
      const { agent, api, sweep } = yield* runningSweep({ seed: seeds.three })
      const none = new Map<RunId, boolean>()
      const first = yield* api.heartbeat({ sweep, agent, runs: none })
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: none }), first)
      const [run] = yield* api.runs(sweep)
      if (run === undefined) return assert.fail("no run")
      yield* api.stopRun({ sweep, run: run.id, reason: "Interrupted" })
      const again = [AgentCommand.Resume({ run: run.id, trial: run.trial, attempt: 2 })]
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: none }), again)
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: none }), again)
      assert.strictEqual((yield* api.runs(sweep)).length, 1)
      // One that it reports was heard of; the next is offered again in its place.
      const reported = new Map([[run.id, false]])
      const second = yield* api.heartbeat({ sweep, agent, runs: reported })
      assert.strictEqual((yield* api.runs(sweep)).length, 2)
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: reported }), second)
    })
  )

  it.effect("offers it again also when the agent of an attempt that is over says that the run still lives", () =>
    Effect.gen(function* () {
      const { agent, api, sweep } = yield* runningSweep({ seed: seeds.three })
      const other = yield* api.registerAgent({ sweep, host: "there" })
      const none = new Map<RunId, boolean>()
      const [first] = yield* api.heartbeat({ sweep, agent, runs: none })
      if (first?._tag !== "Run") return assert.fail("no run")
      const { run, trial } = first
      yield* api.reportRun({ sweep, run, report: report("running") })
      yield* api.reportRun({ sweep, run, report: report("preempted") })
      const again = [AgentCommand.Resume({ run, trial, attempt: 2 })]
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent: other, runs: none }), again)
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: new Map([[run, true]]) }), [])
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent: other, runs: none }), again)
    })
  )

  it.effect("hands out preempted runs again, oldest first, before anything new and beyond the cap", () =>
    Effect.gen(function* () {
      // A run of another sweep is none of them.
      const other = yield* sweepWithRun()
      yield* other.api.stopRun({ ...other, reason: "Interrupted" })
      const { agent, api, sweep } = yield* runningSweep({ config: sweepConfig("run_cap: 2"), seed: seeds.three })
      const known = new Map<RunId, boolean>()
      for (let n = 0; n < 2; n++) {
        const [command] = yield* api.heartbeat({ sweep, agent, runs: known })
        if (command?._tag === "Run") known.set(command.run, false)
      }
      const runs = yield* api.runs(sweep)
      for (const { id } of runs.toReversed()) yield* api.stopRun({ sweep, run: id, reason: "Interrupted" })
      for (const { id, trial } of runs) {
        assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: known }), [
          AgentCommand.Resume({ run: id, trial, attempt: 2 })
        ])
      }
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: known }), [AgentCommand.Exit()])
      const again = (yield* api.runs(sweep)).map(({ attempt, id, state, stop }) => ({ id, state, attempt, stop }))
      assert.deepStrictEqual(
        again,
        runs.map(({ id }) => ({ id, state: "pending", attempt: 2, stop: undefined }))
      )
      // The attempt was counted when the run was handed out.
      for (const { id } of runs) yield* api.requeueRun({ sweep, run: id, attempt: 2 })
      assert.deepStrictEqual(
        (yield* api.runs(sweep)).map(({ attempt }) => attempt),
        [2, 2]
      )
    })
  )

  it.effect("tells the agent that has a condemned run to stop it, until somebody does", () =>
    Effect.gen(function* () {
      const { agent, api, run, sweep } = yield* condemned()
      const other = yield* api.registerAgent({ sweep, host: "there" })
      const busy = new Map([[run, true]])
      const stop = [AgentCommand.StopRun({ run })]
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: busy }), stop)
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: busy }), stop)
      assert.deepStrictEqual(yield* tagsOf({ sweep, agent: other }), ["Run"])
      yield* api.stopRun({ sweep, run, reason: "EarlyStopped" })
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: busy }), [])
    })
  )

  it.effect("wakes nobody for a run that was created or begins, nor for what it logs", () =>
    Effect.gen(function* () {
      const { api, sweep } = yield* runningSweep()
      let heard = 0
      yield* Effect.fork(Stream.runForEach(api.changes(sweep), () => Effect.sync(() => heard++)))
      yield* settle
      const run = yield* api.createRun({ sweep, trial: new Map() })
      yield* api.reportRun({ sweep, run, report: report("running") })
      yield* logHopeless({ sweep, run })
      yield* settle
      assert.strictEqual(heard, 0)
      yield* api.reportRun({ sweep, run, report: report("finished") })
      yield* settle
      assert.strictEqual(heard, 1)
    })
  )

  it.effect("tells what to stop before anything else", () =>
    Effect.gen(function* () {
      const { agent, api, run, sweep } = yield* condemned({ seed: seeds.three })
      const stop = AgentCommand.StopRun({ run })
      const known = new Map<RunId, boolean>()
      const beat = api.heartbeat({ sweep, agent, runs: known })
      const [, given] = yield* beat
      if (given?._tag !== "Run") return assert.fail("no run")
      assert.deepStrictEqual(yield* beat, [stop, given])
      yield* api.stopRun({ sweep, run: given.run, reason: "Interrupted" })
      assert.deepStrictEqual(yield* beat, [stop, AgentCommand.Resume({ ...given, attempt: 2 })])
      known.set(given.run, false)
      const [first, last] = yield* beat
      if (last?._tag !== "Run") return assert.fail("no run")
      assert.deepStrictEqual(first, stop)
      known.set(last.run, false)
      assert.deepStrictEqual(yield* beat, [stop, AgentCommand.Exit()])
    })
  )

  it.effect("takes a run for that of the agent which says that it lives, also one that nobody was handed", () =>
    Effect.gen(function* () {
      const { agent, api, sweep } = yield* runningSweep({ config: stopping })
      const other = yield* api.registerAgent({ sweep, host: "there" })
      const foreign = yield* runningSweep({ config: stopping })
      const run = yield* api.createRun({ sweep, trial: new Map() })
      yield* api.reportRun({ sweep, run, report: report("running") })
      yield* logHopeless({ sweep, run })
      const busy = new Map([[run, true]])
      const stop = [AgentCommand.StopRun({ run })]
      assert.deepStrictEqual(yield* tagsOf({ sweep, agent: other }), ["Run"])
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: busy }), stop)
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent: other, runs: busy }), stop)
      assert.deepStrictEqual(yield* tagsOf({ sweep, agent }), ["Run"])
      assert.deepStrictEqual(yield* api.heartbeat({ ...foreign, runs: busy }), [])
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent: other, runs: busy }), stop)
    })
  )

  it.effect("condemns no run that somebody has asked to stop, nor one that has ended", () =>
    Effect.gen(function* () {
      for (const end of [
        (ids: Ids) => Effect.flatMap(SweepApi, (api) => api.stopRun({ ...ids, reason: "Interrupted" })),
        (ids: Ids) => Effect.flatMap(SweepApi, (api) => api.reportRun({ ...ids, report: report("finished") }))
      ]) {
        // Its output may be read later than that.
        const before = yield* runningRun()
        assert.deepStrictEqual(yield* before.api.heartbeat({ ...before, runs: new Map([[before.run, true]]) }), [])
        yield* end(before)
        yield* logHopeless(before)
        assert.deepStrictEqual(yield* tagsOf(before), ["Run"])
        const after = yield* condemned()
        assert.deepStrictEqual(yield* tagsOf(after), ["StopRun", "Run"])
        yield* end(after)
        assert.deepStrictEqual(yield* tagsOf(after), ["Run"])
      }
    })
  )
}

// fixtures

interface Ids {
  readonly sweep: SweepId
  readonly run: RunId
}

const stopping = sweepConfig("early_terminate:", "  type: hyperband", "  min_iter: 1")

/** What an agent that reports no run is told to do. */
const tagsOf = ({ agent, sweep }: { readonly sweep: SweepId; readonly agent: AgentId }) =>
  Effect.flatMap(SweepApi, (api) =>
    Effect.map(api.heartbeat({ sweep, agent, runs: new Map() }), (commands) => commands.map(({ _tag }) => _tag))
  )

/** A run that its agent was handed, and that runs, in a sweep that stops runs early. */
const runningRun = Effect.fnUntraced(function* (options: { readonly seed?: number } = {}) {
  const { agent, api, sweep } = yield* runningSweep({ ...options, config: stopping })
  const [command] = yield* api.heartbeat({ sweep, agent, runs: new Map() })
  if (command?._tag !== "Run") return assert.fail("no run")
  const { run } = command
  yield* api.reportRun({ sweep, run, report: report("running") })
  return { agent, api, run, sweep }
})

const logHopeless = ({ run, sweep }: Ids) =>
  Effect.flatMap(RunLog, (log) =>
    log.append({ sweep, key: RunKey.make(run, 1), rows: lossRows([1, hopeless]), offset: 20 })
  )

/** The same, with a curve for which it is to be stopped. */
const condemned = (options?: { readonly seed?: number }) => Effect.tap(runningRun(options), logHopeless)
