import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Exit, Layer, Option, Scope, Stream, TestClock } from "effect"
import type { AgentId } from "../src/AgentId.js"
import * as EarlyStopping from "../src/EarlyStopping.js"
import * as LaunchQueue from "../src/LaunchQueue.js"
import * as MemoryLaunchQueue from "../src/MemoryLaunchQueue.js"
import * as MemoryStore from "../src/MemoryStore.js"
import type { PythonDict } from "../src/PythonValue.js"
import type { RunId } from "../src/RunId.js"
import * as RunKey from "../src/RunKey.js"
import * as RunLog from "../src/RunLog.js"
import * as MemoryRunLog from "../src/MemoryRunLog.js"
import * as SchedulerRun from "../src/SchedulerRun.js"
import * as MemorySchedulerRun from "../src/MemorySchedulerRun.js"
import { Search, Suggestion } from "../src/Search.js"
import * as SweepApi from "../src/SweepApi.js"
import * as MemorySweepApi from "../src/MemorySweepApi.js"

describe("MemoryStore", () => {
  it.effect("is the same after it was encoded and read back", () =>
    Effect.gen(function* () {
      const store = yield* MemoryStore.make
      const { run, sweep } = yield* Effect.provide(history, ports(store))
      const text = yield* store.encode
      const again = yield* MemoryStore.fromEncoded(text)
      assert.strictEqual(yield* again.encode, text)
      const told = (store: MemoryStore.MemoryStore["Type"]) =>
        Effect.provide(
          Effect.gen(function* () {
            const api = yield* SweepApi.SweepApi
            const queue = yield* LaunchQueue.LaunchQueue
            const log = yield* RunLog.RunLog
            return {
              sweeps: yield* api.sweeps,
              runs: yield* api.runs(sweep),
              held: yield* queue.held({ queue: "q", agent: "a" }),
              done: yield* queue.find(RunKey.make(run, 1)),
              rows: [...(yield* Stream.runCollect(log.rows({ sweep, run })))],
              cursor: yield* log.cursor({ sweep, key: RunKey.make(run, 1) })
            }
          }),
          ports(store)
        )
      assert.deepStrictEqual(yield* told(again), yield* told(store))
    })
  )

  it.effect("goes on where it was: ids, history and preempted runs", () =>
    Effect.gen(function* () {
      const store = yield* MemoryStore.make
      const { agent, next, sweep } = yield* Effect.provide(history, ports(store))
      const again = yield* MemoryStore.fromEncoded(yield* store.encode)
      const commands = (store: MemoryStore.MemoryStore["Type"]) =>
        Effect.provide(
          Effect.gen(function* () {
            const api = yield* SweepApi.SweepApi
            const ask = (runs: ReadonlyMap<RunId, boolean>) => api.heartbeat({ sweep, agent, runs })
            return [...(yield* ask(new Map())), ...(yield* ask(new Map([[next, false]])))]
          }),
          ports(store)
        )
      const expected = yield* commands(store)
      assert.deepStrictEqual(yield* commands(again), expected)
      assert.deepStrictEqual(
        expected.map((command) => command._tag),
        ["StopRun", "Resume", "StopRun", "Run"]
      )
      assert.deepStrictEqual(expected[1] && "run" in expected[1] ? expected[1].run : undefined, next)
    })
  )

  it.effect("a holder of the lease doesn't survive in the text", () =>
    Effect.gen(function* () {
      const store = yield* MemoryStore.make
      const { sweep } = yield* Effect.provide(history, ports(store))
      const start = Effect.flatMap(SchedulerRun.SchedulerRun, (own) => own.start(sweep))
      const scope = yield* Scope.make()
      yield* Scope.extend(Effect.provide(start, ports(store)), scope)
      const again = yield* MemoryStore.fromEncoded(yield* store.encode)
      assert.isTrue(yield* Effect.isFailure(Effect.scoped(Effect.provide(start, ports(store)))))
      assert.isTrue(yield* Effect.isSuccess(Effect.scoped(Effect.provide(start, ports(again)))))
      yield* Scope.close(scope, Exit.void)
    })
  )

  it.effect("refuses a text that isn't one of its own", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* Effect.isFailure(MemoryStore.fromEncoded("{}")))
      assert.isTrue(yield* Effect.isFailure(MemoryStore.fromEncoded("")))
    })
  )

  it.effect("sets what the own run's state reads, and gives the own run its config", () =>
    Effect.gen(function* () {
      const store = yield* MemoryStore.make
      const config: PythonDict = new Map([["launch", new Map([["overrides", null]])]])
      const layer = MemorySchedulerRun.layer(config).pipe(Layer.provide(Layer.succeed(MemoryStore.MemoryStore, store)))
      const { sweep } = yield* Effect.provide(history, ports(store))
      const own = yield* Effect.provide(SchedulerRun.SchedulerRun, layer)
      const started = yield* Effect.scoped(own.start(sweep))
      assert.deepStrictEqual(started.config, config)
      yield* store.setOwnRunState(sweep, "killed")
      assert.deepStrictEqual(yield* own.state(sweep), Either.right("killed"))
      yield* own.finish(sweep, 0)
      assert.deepStrictEqual(yield* own.state(sweep), Either.right("killed"))
      yield* store.setOwnRunState(sweep, "Running?")
      assert.deepStrictEqual(yield* own.state(sweep), Either.left("Running?"))
    })
  )

  it.effect("drives 22,500 runs of 64 agents in the time of a few seconds", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi.SweepApi
      const queue = yield* LaunchQueue.LaunchQueue
      const sweep = yield* api.createSweep({ config, name: "large", seed: 1 })
      const points = 22_500
      const workers: Array<{ readonly agent: AgentId; run: RunId | undefined }> = []
      for (let n = 0; n < 64; n++) {
        workers.push({ agent: yield* api.registerAgent({ sweep, host: `worker-${n}` }), run: undefined })
      }
      let ended = 0
      const finish = Effect.fnUntraced(function* (item: LaunchQueue.QueueItem) {
        const { run } = item.request
        yield* queue.acknowledge(item.id, "handle")
        const report = { attempt: 1, exitCode: undefined, summary: new Map() }
        yield* api.reportRun({ sweep, run, report: { ...report, state: "running" } })
        yield* api.reportRun({ sweep, run, report: { ...report, state: "finished", exitCode: 0 } })
        yield* queue.complete(item.id)
      })
      while (ended < points) {
        for (const worker of workers) {
          const runs = worker.run === undefined ? [] : [[worker.run, false] as const]
          const commands = yield* api.heartbeat({ sweep, agent: worker.agent, runs: new Map(runs) })
          const command = commands[0]
          if (command?._tag !== "Run") continue
          worker.run = command.run
          yield* queue.push(request(sweep, command.run))
        }
        for (const item of yield* queue.lease({ queue: "q", agent: "a", max: 64 })) {
          yield* finish(item)
          ended += 1
        }
      }
      const runs = yield* api.runs(sweep)
      assert.strictEqual(new Set(runs.map((run) => run.id)).size, points)
      assert.strictEqual(new Set(runs.map((run) => run.trial.get("n"))).size, points)
      assert.isTrue(runs.every((run) => run.state === "finished"))
    }).pipe(Effect.provide(Layer.unwrapEffect(Effect.map(MemoryStore.make, ports))))
  )
})

// fixtures

const config = [
  "method: random",
  "program: train.py",
  "metric: {name: loss, goal: minimize}",
  "early_terminate: {type: hyperband, min_iter: 1}",
  "parameters:",
  "  n: {min: 0, max: 100000}",
  ""
].join("\n")

const search = Layer.succeed(Search, {
  suggest: ({ history }) =>
    Effect.succeed(
      history.length < 22_500
        ? Suggestion.Suggested({ trial: new Map([["n", BigInt(history.length)]]) })
        : Suggestion.Exhausted()
    )
})

/** Condemns what a run's last value was 9 for. */
const stopping = Layer.succeed(EarlyStopping.EarlyStopping, {
  judge: ({ curves }) =>
    Effect.sync(() =>
      curves
        .filter(({ values }) => values.at(-1) === 9)
        .map(({ id, steps }) => ({ run: id, rung: steps.length, value: 9, threshold: 1, peers: [] }))
    )
})

const ports = (store: MemoryStore.MemoryStore["Type"]) =>
  Layer.mergeAll(MemorySweepApi.layer, MemoryLaunchQueue.layer, MemoryRunLog.layer, MemorySchedulerRun.layer()).pipe(
    Layer.provide(Layer.mergeAll(search, stopping, Layer.succeed(MemoryStore.MemoryStore, store)))
  )

const request = (sweep: SweepApi.SweepRecord["id"], run: RunId) => ({
  key: RunKey.make(run, 1),
  sweep,
  run,
  attempt: 1,
  queue: "q",
  priority: 2,
  executable: { kind: "job", name: "entity/project/job:v1" } as const,
  trial: new Map([["n", 1]]),
  entryPoint: ["python", 1n, 1],
  launch: new Map(),
  author: undefined
})

/** A sweep in which everything has happened that a store can hold. */
const history = Effect.gen(function* () {
  const api = yield* SweepApi.SweepApi
  const queue = yield* LaunchQueue.LaunchQueue
  const log = yield* RunLog.RunLog
  yield* TestClock.setTime(1000)
  const sweep = yield* api.createSweep({ config, name: "history", seed: 7 })
  const agent = yield* api.registerAgent({ sweep, host: "here" })
  const runs: Array<RunId> = []
  for (let n = 0; n < 5; n++) {
    const trial: PythonDict = new Map<string, number | bigint>([
      ["lr", n],
      ["depth", BigInt(n)]
    ])
    runs.push(yield* api.createRun({ sweep, trial }))
  }
  const [run, preempted, claimed, leased, failed] = runs
  assert.isDefined(run)
  assert.isDefined(preempted)
  if (run === undefined || preempted === undefined) return yield* Effect.dieMessage("no runs")
  for (const id of [run, claimed, leased, failed]) if (id !== undefined) yield* queue.push(request(sweep, id))
  const items = yield* queue.lease({ queue: "q", agent: "a", max: 4 })
  const report = { attempt: 1, exitCode: undefined, summary: new Map() }
  for (const [index, item] of items.entries()) {
    if (index !== 2) yield* queue.acknowledge(item.id, `handle ${index}`)
    if (index === 0) yield* queue.complete(item.id)
    if (index === 3) yield* queue.fail(item.id, "no")
  }
  yield* api.reportRun({ sweep, run, report: { ...report, state: "running" } })
  yield* log.append({
    sweep,
    key: RunKey.make(run, 1),
    rows: [
      {
        step: 0,
        at: 1,
        values: new Map([
          ["loss", 9],
          ["x", Number.NaN]
        ])
      }
    ],
    offset: 12
  })
  if (claimed !== undefined) yield* api.stopRun({ sweep, run: claimed, reason: "TimedOut" })
  yield* api.stopRun({ sweep, run: preempted, reason: "Interrupted" })
  assert.deepStrictEqual(yield* api.stopRequested({ sweep, run: preempted }), Option.some("Interrupted"))
  // The judge has condemned the first run by now, and the agent isn't the one that has it.
  assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent, runs: new Map([[run, true]]) }), [
    { _tag: "StopRun", run }
  ])
  return { sweep, agent, run, next: preempted }
})
