import { assert, describe, it } from "@effect/vitest"
import type { AgentCommand } from "@sweepline/core/AgentCommand"
import { EarlyStopping, type RunCurve } from "@sweepline/core/EarlyStopping"
import type { PythonValue } from "@sweepline/core/PythonValue"
import * as RunKey from "@sweepline/core/RunKey"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import { RunId } from "@sweepline/core/RunId"
import { RunLog } from "@sweepline/core/RunLog"
import { type PastRun, Search, Suggestion } from "@sweepline/core/Search"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import { Context, Effect, Fiber, Layer, Option, Stream, TestClock } from "effect"
import { join } from "node:path"
import * as Embedded from "../src/Embedded.js"
import { open } from "../src/internal/connection.js"
import * as Ids from "../src/internal/ids.js"
import { SweepId } from "@sweepline/core/SweepId"
import { SweepStore } from "../src/SweepStore.js"
import { backend, config, folder, request } from "./support.js"

const none: ReadonlyMap<RunId, boolean> = new Map()

/** A search that notes what history it was shown. */
const watching = () => {
  const shown: Array<ReadonlyArray<PastRun>> = []
  const layer = Layer.succeed(Search, {
    suggest: ({ history }) =>
      Effect.sync(() => {
        shown.push(history.map((run) => ({ ...run, id: run.id, state: run.state, metrics: run.metrics })))
        return Suggestion.Suggested({ trial: new Map<string, PythonValue>([["x", BigInt(history.length)]]) })
      })
  })
  return { layer, shown }
}

const runOf = (commands: ReadonlyArray<AgentCommand>): RunId => {
  const [command] = commands
  if (command?._tag === "Run") return command.run
  throw new Error(`no run: ${JSON.stringify(command)}`)
}

const running = { attempt: 1, state: "running", exitCode: undefined, summary: new Map() } as const
const finished = { attempt: 1, state: "finished", exitCode: 0, summary: new Map() } as const
const loss = (value: number) => new Map<string, PythonValue>([["loss", value]])

describe("the sweep controller over SQLite", () => {
  it.scoped("shows search the whole history, also of runs that others created and ended", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const { layer, shown } = watching()
      const here = yield* Layer.build(backend(path, { search: layer }))
      const there = yield* Layer.build(backend(path))
      const api = Context.get(here, SweepApi)
      const other = Context.get(there, SweepApi)
      const sweep = yield* api.createSweep({ config: config(), name: "history", seed: 7 })
      const [a, b] = [yield* api.registerAgent({ sweep, host: "a" }), yield* other.registerAgent({ sweep, host: "b" })]
      const first = runOf(yield* api.heartbeat({ sweep, agent: a, runs: none }))
      const second = runOf(yield* other.heartbeat({ sweep, agent: b, runs: none }))
      yield* Context.get(there, RunLog).append({
        sweep,
        key: RunKey.make(second, 1),
        rows: [
          { step: 0, at: 0, values: loss(3) },
          { step: 1, at: 0, values: loss(1) },
          { step: 2, at: 0, values: loss(2) }
        ],
        offset: 10
      })
      // what rows have told of a metric is counted, and the summary where none has
      yield* other.reportRun({ sweep, run: second, report: { ...finished, summary: loss(9) } })
      yield* api.reportRun({ sweep, run: first, report: { ...finished, summary: loss(4) } })
      const third = runOf(yield* api.heartbeat({ sweep, agent: a, runs: new Map([[first, false]]) }))
      assert.deepStrictEqual(shown[0], [])
      assert.deepStrictEqual(
        shown[1]?.map(({ id, metrics, state, trial }) => ({ id, state, x: trial.get("x"), metrics: [...metrics] })),
        [
          { id: first, state: "finished", x: 0n, metrics: [["loss", { count: 1, min: 4, max: 4, last: 4 }]] },
          { id: second, state: "finished", x: 1n, metrics: [["loss", { count: 3, min: 1, max: 3, last: 2 }]] }
        ]
      )
      assert.deepStrictEqual(
        (yield* other.runs(sweep)).map(({ id, name }) => [id, name]),
        [
          [first, "run-1"],
          [second, "run-2"],
          [third, "run-3"]
        ]
      )
    })
  )

  it.scoped("shows it runs that others have created or ended just before this process creates one", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const { layer, shown } = watching()
      const api = Context.get(yield* Layer.build(backend(path, { search: layer })), SweepApi)
      const other = Context.get(yield* Layer.build(backend(path)), SweepApi)
      const sweep = yield* api.createSweep({ config: config(), name: "just before", seed: 7 })
      const agent = yield* api.registerAgent({ sweep, host: "a" })
      const created = (by: typeof api, name: string) => by.createRun({ sweep, trial: new Map([["x", name]]) })
      const first = yield* created(other, "other's")
      yield* created(api, "ours")
      yield* other.reportRun({ sweep, run: first, report: running })
      yield* api.heartbeat({ sweep, agent, runs: none })
      yield* other.reportRun({ sweep, run: first, report: finished })
      yield* created(api, "next")
      yield* api.heartbeat({ sweep, agent: yield* api.registerAgent({ sweep, host: "b" }), runs: none })
      assert.deepStrictEqual(
        shown.map((runs) => runs.map(({ state, trial }) => [state, trial.get("x")])),
        [
          [
            ["running", "other's"],
            ["pending", "ours"]
          ],
          [
            ["finished", "other's"],
            ["pending", "ours"],
            ["pending", 2n],
            ["pending", "next"]
          ]
        ]
      )
    })
  )

  it.scoped("shows it which runs were stopped early: neither those that a person killed, nor those that finished", () =>
    Effect.gen(function* () {
      const { layer, shown } = watching()
      const api = Context.get(yield* Layer.build(backend(yield* folder, { search: layer })), SweepApi)
      const sweep = yield* api.createSweep({ config: config(), name: "early", seed: 7 })
      const ends = [
        ["EarlyStopped", "killed"],
        ["Killed", "killed"],
        ["EarlyStopped", "finished"]
      ] as const
      const runs = yield* Effect.replicateEffect(api.createRun({ sweep, trial: new Map() }), ends.length)
      for (const run of runs) yield* api.reportRun({ sweep, run, report: running })
      const asked = Effect.gen(function* () {
        yield* api.heartbeat({ sweep, agent: yield* api.registerAgent({ sweep, host: "a" }), runs: none })
        return shown.at(-1)?.map(({ stoppedEarly }) => stoppedEarly)
      })
      assert.deepStrictEqual(yield* asked, [false, false, false])
      for (const [i, [reason, state]] of ends.entries()) {
        const run = runs[i] ?? assert.fail("no run")
        yield* api.stopRun({ sweep, run, reason })
        yield* api.reportRun({ sweep, run, report: { ...finished, state } })
      }
      assert.deepStrictEqual(yield* asked, [true, false, false, false])
    })
  )

  it.scoped("asks search again when another process was faster", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const there = yield* Layer.build(backend(path))
      const other = Context.get(there, SweepApi)
      let intrude: Effect.Effect<unknown, unknown> = Effect.void
      const slow = Layer.succeed(Search, {
        suggest: ({ history }) => {
          const suggestion = Suggestion.Suggested({ trial: new Map([["x", BigInt(history.length)]]) })
          return Effect.as(Effect.orDie(intrude), suggestion)
        }
      })
      const api = Context.get(yield* Layer.build(backend(path, { search: slow })), SweepApi)
      const sweep = yield* api.createSweep({ config: config(), name: "race", seed: 7 })
      const agents = yield* Effect.replicateEffect(api.registerAgent({ sweep, host: "a" }), 3)
      const [agent, b, c] = agents
      assert(agent !== undefined && b !== undefined && c !== undefined)
      const rivals = [b, c]
      intrude = Effect.suspend(() => {
        const rival = rivals.pop()
        return rival === undefined ? Effect.void : other.heartbeat({ sweep, agent: rival, runs: none })
      })
      yield* api.heartbeat({ sweep, agent, runs: none })
      assert.deepStrictEqual(
        (yield* api.runs(sweep)).map(({ trial }) => trial.get("x")),
        [0n, 1n, 2n]
      )
    })
  )

  it.scoped("asks search again when a client has created a run meanwhile", () =>
    Effect.gen(function* () {
      const path = yield* folder
      let intrude: Effect.Effect<unknown, unknown> = Effect.void
      const slow = Layer.succeed(Search, {
        suggest: ({ history }) => {
          const suggestion = Suggestion.Suggested({ trial: new Map([["x", BigInt(history.length)]]) })
          return Effect.as(Effect.orDie(intrude), suggestion)
        }
      })
      const context = yield* Layer.build(backend(path, { search: slow }))
      const api = Context.get(context, SweepApi)
      const sweep = yield* api.createSweep({ config: config(), name: "race", seed: 7 })
      const agent = yield* api.registerAgent({ sweep, host: "a" })
      intrude = Effect.suspend(() => {
        intrude = Effect.void
        return Context.get(context, SweepAdmin).adoptRun({
          sweep,
          run: RunId.make("theirs"),
          trial: new Map([["x", 0n]])
        })
      })
      yield* api.heartbeat({ sweep, agent, runs: none })
      assert.deepStrictEqual(
        (yield* api.runs(sweep)).map(({ trial }) => trial.get("x")),
        [0n, 1n]
      )
    })
  )

  it.scoped("leaves a run to whom it was handed out again while its former agent still says that it lives", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const api = Context.get(yield* Layer.build(backend(path)), SweepApi)
      const sweep = yield* api.createSweep({ config: config(), name: "again", seed: 7 })
      const [first, former, next] = yield* Effect.replicateEffect(api.registerAgent({ sweep, host: "a" }), 3)
      assert(first !== undefined && former !== undefined && next !== undefined)
      const run = runOf(yield* api.heartbeat({ sweep, agent: first, runs: none }))
      yield* api.reportRun({ sweep, run, report: running })
      // The former agent's claim was read, and waits for the lock to be written.
      const holder = open(join(path, "sweepline.db"))
      holder.run("BEGIN IMMEDIATE")
      const claim = yield* Effect.fork(api.heartbeat({ sweep, agent: former, runs: new Map([[run, true]]) }))
      yield* TestClock.adjust(0)
      holder.run("ROLLBACK")
      holder.close()
      yield* api.reportRun({ sweep, run, report: { ...finished, state: "preempted", exitCode: undefined } })
      const handedOut = yield* api.heartbeat({ sweep, agent: next, runs: none })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(claim)
      assert.deepInclude(handedOut[0], { _tag: "Resume", run, attempt: 2 })
      assert.deepStrictEqual(yield* api.heartbeat({ sweep, agent: next, runs: none }), handedOut, "its answer was lost")
    })
  )

  it.scoped("gives a sweep's runs the same ids wherever they are created", () =>
    Effect.gen(function* () {
      const ids = yield* Effect.forEach([1, 2], () =>
        Effect.gen(function* () {
          const path = yield* folder
          const context = yield* Layer.build(backend(path))
          const api = Context.get(context, SweepApi)
          const sweep = yield* api.createSweep({ config: config(), name: "ids", seed: 7 })
          const created = yield* Effect.replicateEffect(api.createRun({ sweep, trial: new Map() }), 100)
          for (const id of [sweep, ...created]) assert.match(id, /^[a-z0-9]{8}$/)
          return { sweep, created }
        }).pipe(Effect.withRandomFixed([3, 1, 4, 1, 5, 9, 2, 6]))
      )
      assert.deepStrictEqual(ids[0], ids[1])
      assert.strictEqual(new Set(ids[0]?.created).size, 100)
    })
  )

  it.scoped("draws another id where a run has it already, whichever sweep it is of", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(backend(yield* folder))
      const api = Context.get(context, SweepApi)
      const [sweep, other] = yield* Effect.replicateEffect(
        api.createSweep({ config: config(), name: "ids", seed: 7 }),
        2
      )
      assert(sweep !== undefined && other !== undefined)
      const drawn = RunId.make(Ids.ofRun(sweep, 0, 0))
      yield* Context.get(context, SweepAdmin).adoptRun({ sweep: other, run: drawn, trial: new Map() })
      assert.strictEqual(yield* api.createRun({ sweep, trial: new Map() }), Ids.ofRun(sweep, 0, 1))
    })
  )

  it.scoped("leaves an item to its agent until the end of its run is reported, and no longer", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(backend(yield* folder))
      const [api, queue] = [Context.get(context, SweepApi), Context.get(context, LaunchQueue)]
      const sweep = yield* api.createSweep({ config: config(), name: "items", seed: 7 })
      for (const acknowledged of [true, false]) {
        const run = yield* api.createRun({ sweep, trial: new Map() })
        const id = yield* queue.push(request({ run, sweep }))
        yield* queue.lease({ queue: "q", agent: "a", max: 1 })
        if (acknowledged) yield* queue.acknowledge(id, "handle")
        const held = Effect.map(queue.held({ queue: "q", agent: "a" }), (items) => items.map((item) => item.id))
        yield* api.reportRun({ sweep, run, report: running })
        assert.deepStrictEqual(yield* held, [id])
        yield* api.reportRun({ sweep, run, report: finished })
        assert.deepStrictEqual(yield* held, [])
        assert.deepStrictEqual(yield* queue.itemState({ id, queue: "q" }), Option.some("claimed"))
      }
    })
  )

  it.scoped("takes a run to run once its job is acknowledged, unless that is the job of an earlier attempt", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(backend(yield* folder))
      const [api, queue] = [Context.get(context, SweepApi), Context.get(context, LaunchQueue)]
      const sweep = yield* api.createSweep({ config: config(), name: "begins", seed: 7 })
      const [run, again] = yield* Effect.replicateEffect(api.createRun({ sweep, trial: new Map() }), 2)
      assert(run !== undefined && again !== undefined)
      const items = yield* Effect.forEach([run, again], (one) => queue.push(request({ run: one, sweep })))
      yield* queue.lease({ queue: "q", agent: "a", max: 2 })
      yield* api.requeueRun({ sweep, run: again, attempt: 2 })
      for (const id of items) yield* queue.acknowledge(id, "handle")
      assert.deepStrictEqual(
        (yield* api.runs(sweep)).map(({ attempt, startedAt, state }) => [state, attempt, startedAt]),
        [
          ["running", 1, 0],
          ["pending", 2, undefined]
        ]
      )
    })
  )

  it.scoped("takes agents for a sweep whose state a later version has written, and leaves it as it is", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const api = Context.get(yield* Layer.build(backend(path)), SweepApi)
      const sweep = yield* api.createSweep({ config: config(), name: "later", seed: 7 })
      const later = open(join(path, "sweepline.db"))
      later.run("UPDATE sweeps SET state = 'RESTING'")
      later.close()
      const agent = yield* api.registerAgent({ sweep, host: "a" })
      assert.deepStrictEqual(yield* api.sweepState(sweep), Option.none())
      assert.strictEqual((yield* api.heartbeat({ sweep, agent, runs: none })).length, 1)
      assert.isTrue(yield* api.setSweepState(sweep, "PAUSED"))
    })
  )

  it.scoped("goes on with a sweep that was stored while the args of a sampler weren't looked at", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const first = Context.get(yield* Layer.build(backend(path)), SweepApi)
      const sweep = yield* first.createSweep({ config: config(), name: "earlier", seed: 7 })
      const store = (more: string) => {
        const earlier = open(join(path, "sweepline.db"))
        earlier.run("UPDATE sweeps SET config = ?", [config(more).replace("method: grid", "method: custom")])
        earlier.close()
      }
      const begun = Effect.gen(function* () {
        const api = Context.get(yield* Layer.build(backend(path)), SweepApi)
        const agent = yield* api.registerAgent({ sweep, host: "a" })
        return yield* api.heartbeat({ sweep, agent, runs: none })
      })
      const misspelt = "scheduler: {settings: {sampler: {type: tpe, args: {n_startup: ten}}}}"
      store(misspelt)
      assert.strictEqual((yield* begun).length, 1)
      store(`${misspelt}\nearly_terminate: {type: halving}`)
      assert.include((yield* Effect.flip(begun)).message, "n_startup")
    })
  )

  it.scoped("tells those who wait for a sweep that its scheduler has begun, and that it has ended", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(backend(yield* folder))
      const [api, own] = [Context.get(context, SweepApi), Context.get(context, SchedulerRun)]
      const sweep = yield* api.createSweep({ config: config(), name: "waited for", seed: 7 })
      let heard = 0
      yield* Effect.forkScoped(Stream.runForEach(api.changes(sweep), () => Effect.sync(() => heard++)))
      for (const call of [own.start(sweep), own.finish(sweep, 0)]) {
        const before = heard
        yield* TestClock.adjust(0)
        yield* call
        yield* TestClock.adjust(0)
        assert.strictEqual(heard, before + 1)
      }
    })
  )

  it.scoped("judges again what it was interrupted at", () =>
    Effect.gen(function* () {
      let judged = 0
      const slow = Layer.succeed(EarlyStopping, {
        judge: () => Effect.suspend(() => Effect.as(++judged === 1 ? Effect.never : Effect.void, []))
      })
      const embedded = Embedded.layer({ path: join(yield* folder, "sweepline.db") }).pipe(
        Layer.provide(Layer.merge(watching().layer, slow))
      )
      const context = yield* Layer.build(embedded)
      const api = Context.get(context, SweepApi)
      const stopping = config("early_terminate: {type: hyperband, min_iter: 1}")
      const sweep = yield* api.createSweep({ config: stopping, name: "slow", seed: 7 })
      const run = yield* api.createRun({ sweep, trial: new Map() })
      const rows = [{ step: 0, at: 0, values: loss(1) }]
      yield* Context.get(context, RunLog).append({ sweep, key: RunKey.make(run, 1), rows, offset: 1 })
      const beat = api.heartbeat({ sweep, agent: yield* api.registerAgent({ sweep, host: "a" }), runs: none })
      const interrupted = yield* Effect.fork(beat)
      yield* TestClock.adjust(0)
      yield* Fiber.interrupt(interrupted)
      yield* beat
      assert.strictEqual(judged, 2)
    })
  )

  it.scoped("judges curves of another metric as they grow, once the config names that", () =>
    Effect.gen(function* () {
      const judged: Array<ReadonlyArray<number>> = []
      const noting = Layer.succeed(EarlyStopping, {
        judge: ({ curves }: { readonly curves: ReadonlyArray<RunCurve> }) =>
          Effect.sync(() => {
            judged.push(curves.flatMap(({ values }) => [...values]))
            return []
          })
      })
      const embedded = Embedded.layer({ path: join(yield* folder, "sweepline.db") }).pipe(
        Layer.provide(Layer.merge(watching().layer, noting))
      )
      const context = yield* Layer.build(embedded)
      const [api, log] = [Context.get(context, SweepApi), Context.get(context, RunLog)]
      const stopping = config("early_terminate: {type: hyperband, min_iter: 1}")
      const sweep = yield* api.createSweep({ config: stopping, name: "another metric", seed: 7 })
      const agent = yield* api.registerAgent({ sweep, host: "a" })
      const run = runOf(yield* api.heartbeat({ sweep, agent, runs: none }))
      const append = (offset: number, ...values: ReadonlyArray<number>) =>
        log.append({
          sweep,
          key: RunKey.make(run, 1),
          rows: values.map((value) => ({ step: value, at: 0, values: new Map([["accuracy", value]]) })),
          offset
        })
      const beat = api.heartbeat({ sweep, agent, runs: new Map([[run, true]]) })
      yield* append(1, 1, 2, 3)
      yield* Context.get(context, SweepAdmin).setConfig({
        sweep,
        config: stopping.replace("name: loss", "name: accuracy")
      })
      yield* append(2, 4)
      yield* beat
      yield* append(3, 5)
      yield* beat
      assert.deepStrictEqual(judged, [
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5]
      ])
    })
  )

  it.scoped("judges curves when they have grown, and tells each agent once of its runs", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const judged: Array<ReadonlyArray<ReadonlyArray<number>>> = []
      const worst = Layer.succeed(EarlyStopping, {
        judge: ({ curves }: { readonly curves: ReadonlyArray<RunCurve> }) =>
          Effect.sync(() => {
            judged.push(curves.map(({ values }) => [...values]))
            return curves
              .filter(({ values }) => values.some((value) => value > 100))
              .map(({ id, values }) => ({ run: id, rung: 1, value: values[0] ?? 0, threshold: 100, peers: [] }))
          })
      })
      const stopping = config("early_terminate: {type: hyperband, min_iter: 1}")
      const { layer } = watching()
      const embedded = Embedded.layer({ path: join(path, "sweepline.db") }).pipe(
        Layer.provide(Layer.merge(layer, worst))
      )
      const context = yield* Layer.build(embedded)
      const [api, log] = [Context.get(context, SweepApi), Context.get(context, RunLog)]
      const sweep = yield* api.createSweep({ config: stopping, name: "stopping", seed: 7 })
      const [a, b] = [yield* api.registerAgent({ sweep, host: "a" }), yield* api.registerAgent({ sweep, host: "b" })]
      const good = runOf(yield* api.heartbeat({ sweep, agent: a, runs: none }))
      const bad = runOf(yield* api.heartbeat({ sweep, agent: b, runs: none }))
      const append = (run: RunId, offset: number, ...values: ReadonlyArray<number>) =>
        log.append({
          sweep,
          key: RunKey.make(run, 1),
          rows: values.map((value, step) => ({ step, at: 0, values: loss(value) })),
          offset
        })
      const beat = (agent: typeof a, run: RunId) => api.heartbeat({ sweep, agent, runs: new Map([[run, true]]) })
      assert.deepStrictEqual(yield* beat(a, good), [])
      assert.strictEqual(judged.length, 0, "nothing was logged yet")
      yield* append(good, 1, 1)
      yield* append(bad, 1, 1, 200)
      assert.deepStrictEqual(yield* beat(a, good), [])
      yield* append(good, 2, Number.NaN, 2)
      assert.deepStrictEqual(yield* beat(a, good), [])
      assert.deepStrictEqual(judged, [
        [[1], [1, 200]],
        [
          [1, 2],
          [1, 200]
        ]
      ])
      const told = yield* beat(b, bad)
      assert.deepStrictEqual(
        told.map((command) => [command._tag, command._tag === "StopRun" ? command.run : undefined]),
        [["StopRun", bad]]
      )
      assert.strictEqual(judged.length, 2, "nothing has grown since")
      assert.strictEqual((yield* beat(b, bad)).length, 1, "until somebody asks it to stop")
      yield* api.stopRun({ sweep, run: bad, reason: "EarlyStopped" })
      assert.deepStrictEqual(yield* beat(b, bad), [])
      const verdicts = yield* Context.get(context, SweepStore).verdicts(sweep)
      assert.deepStrictEqual(verdicts, [{ run: bad, rung: 1, value: 1, threshold: 100, peers: [] }])
    })
  )

  it.scoped("tells search of prior runs, the same to every process, and keeps what it abandons", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const shown: Array<ReadonlyArray<PastRun> | undefined> = []
      const search = Layer.succeed(Search, {
        suggest: ({ history, prior }) =>
          Effect.sync(() => {
            shown.push(prior)
            const [last] = history.slice(-1)
            const none = { repeats: 1, mean: undefined, best: RunId.make("the-best"), bestMean: 0.5 }
            return {
              ...Suggestion.Suggested({ trial: new Map<string, PythonValue>([["x", BigInt(history.length)]]) }),
              // each time for another reason
              ...(last === undefined
                ? {}
                : { abandoned: history.map(({ id: run }) => ({ ...none, run, margin: history.length })) })
            }
          })
      })
      const prior: ReadonlyArray<PastRun> = [
        {
          id: RunId.make("elsewhere"),
          state: "finished",
          trial: new Map<string, PythonValue>([
            ["x", 1n],
            ["y", 1]
          ]),
          metrics: new Map([["loss", { count: 1, min: 0.1, max: 0.1, last: 0.1 }]])
        },
        { id: RunId.make("other"), state: "failed", trial: new Map(), metrics: new Map() }
      ]
      const first = yield* Layer.build(backend(path, { search }))
      const options = { config: config(), name: "a", seed: 1, settings: undefined, prior }
      const sweep = yield* Context.get(first, SweepStore).create(options)
      const runs: Array<RunId> = []
      const second = yield* Layer.build(backend(path, { search }))
      for (const context of [first, second, first]) {
        const api = Context.get(context, SweepApi)
        const agent = yield* api.registerAgent({ sweep, host: "a" })
        runs.push(runOf(yield* api.heartbeat({ sweep, agent, runs: none })))
      }
      const expected = prior.map((run, i) => ({ ...run, id: RunId.make(`prior-${i + 1}`) }))
      assert.deepStrictEqual(shown, [expected, expected, expected])
      // what counts is why it was abandoned first
      assert.deepStrictEqual(
        (yield* Context.get(first, SweepStore).abandonments(sweep)).map(({ best, margin, run }) => [run, margin, best]),
        [
          [runs[0], 1, "the-best"],
          [runs[1], 2, "the-best"]
        ]
      )
    })
  )

  it.scoped("goes on with what another process has made of its config, once it is told to read it anew", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const context = yield* Layer.build(backend(path))
      const [api, store] = [Context.get(context, SweepApi), Context.get(context, SweepStore)]
      const sweep = yield* api.createSweep({ config: config("run_cap: 1"), name: "edited", seed: 7 })
      const told = Effect.gen(function* () {
        const agent = yield* api.registerAgent({ sweep, host: "a" })
        return (yield* api.heartbeat({ sweep, agent, runs: none })).map(({ _tag }) => _tag)
      })
      assert.deepStrictEqual([yield* told, yield* told], [["Run"], ["Exit"]])
      const other = Context.get(yield* Layer.build(backend(path)), SweepAdmin)
      yield* other.setConfig({ sweep, config: config("run_cap: 2") })
      yield* store.reload(sweep)
      assert.deepStrictEqual([yield* told, yield* told], [["Run"], ["Exit"]])
    })
  )

  it.scoped("changes a sweep's config and settings only where they are what somebody read, and both or neither", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const context = yield* Layer.build(backend(path))
      const store = Context.get(context, SweepStore)
      const sweep = yield* Context.get(context, SweepApi).createSweep({ config: config(), name: "a", seed: 1 })
      const was = yield* store.terms(sweep)
      assert.isUndefined(was.settings)
      const capped = { config: config("run_cap: 2"), settings: "{}" }
      const refused = yield* Effect.flip(store.setTerms(sweep, { was, terms: { ...capped, config: "method: [" } }))
      assert.deepInclude({ ...refused }, { _tag: "CommError", status: 400 })
      assert.deepStrictEqual(yield* store.terms(sweep), was)
      assert.isTrue(yield* store.setTerms(sweep, { was, terms: capped }))
      for (const stale of [was, { ...capped, settings: undefined }, { ...capped, config: was.config }]) {
        assert.isFalse(yield* store.setTerms(sweep, { was: stale, terms: { config: config(), settings: "other" } }))
      }
      assert.deepStrictEqual(yield* store.terms(sweep), capped)
    })
  )

  it.scoped("keeps a sweep's settings and end beside it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const store = Context.get(yield* Layer.build(backend(path)), SweepStore)
      const sweep = yield* store.create({ config: config(), name: "a", seed: 1, settings: `{"workers":4}` })
      assert.strictEqual((yield* store.terms(sweep)).settings, `{"workers":4}`)
      assert.deepStrictEqual(yield* store.end(sweep), Option.none())
      const was = yield* store.terms(sweep)
      assert.isTrue(yield* store.setTerms(sweep, { was, terms: { ...was, settings: `{"workers":8}` } }))
      yield* store.setEnd(sweep, Option.some("Interrupted"))
      const again = Context.get(yield* Layer.build(backend(path)), SweepStore)
      assert.strictEqual((yield* again.terms(sweep)).settings, `{"workers":8}`)
      assert.deepStrictEqual(yield* again.end(sweep), Option.some({ reason: "Interrupted", at: 0 }))
      yield* again.setEnd(sweep, Option.none())
      assert.deepStrictEqual(yield* store.end(sweep), Option.none())
      const nowhere = SweepId.make("nosweep0")
      for (const call of [store.setEnd(nowhere, Option.none()), store.setTerms(nowhere, { was, terms: was })]) {
        assert.strictEqual((yield* Effect.flip(call))._tag, "SweepNotFoundError")
      }
      const bad = yield* Effect.flip(store.create({ config: "method: [", name: "bad", seed: 1, settings: undefined }))
      assert.strictEqual(bad.status, 400)
    })
  )
})
