import { assert, describe, it } from "@effect/vitest"
import type * as HttpClient from "@effect/platform/HttpClient"
import { Effect, TestClock } from "effect"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as SweepFinish from "../src/SweepFinish.js"
import {
  at,
  base64,
  begin,
  createAgent,
  createSweep,
  gql,
  heartbeat,
  heartbeatMutation,
  refusedBy,
  registerAgent,
  runState,
  server,
  serverWith,
  stopRun,
  stream,
  sweepConfig,
  textAt,
  sweepWithRun,
  upsertSweep
} from "./support.js"

const become = (sweep: string, state: string) =>
  gql(
    "mutation UpsertSweep($id: ID, $state: String) { upsertSweep(input: {id: $id, state: $state}) { sweep { name } } }",
    {
      id: base64(`Sweep:v1:${sweep}:proj:ent`),
      state
    }
  )

const sweepState = (sweep: string) =>
  Effect.map(gql(`{ project(name: "proj", entityName: "ent") { sweep(sweepName: "${sweep}") { state } } }`), (data) =>
    at(data, "project", "sweep", "state")
  )

describe("Agents", () => {
  it.effect("hands out runs with their parameters in order, ints and floats apart, byte for byte", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      const first = yield* registerAgent(sweep)
      const second = yield* registerAgent(sweep)
      const one = yield* heartbeat(first)
      const two = yield* heartbeat(second)
      const id = (commands: string) => String(at(JSON.parse(commands), 0, "run_id"))
      assert.strictEqual(
        one,
        `[{"type": "run", "run_id": "${id(one)}", "args": {"lr": {"value": 0.5}, "10": {"value": 1}}, "program": "train.py"}]`
      )
      assert.strictEqual(
        two,
        `[{"type": "run", "run_id": "${id(two)}", "args": {"lr": {"value": 1e-05}, "10": {"value": 2}}, "program": "train.py"}]`
      )
      assert.notStrictEqual(id(one), id(two))
      assert.strictEqual(yield* runState(id(one)), "pending")
      assert.strictEqual(yield* heartbeat(first, `{"${id(one)}": true}`), "[]")
    }).pipe(Effect.provide(server))
  )

  it.effect("lets agents go once search has nothing more, and the sweep finish once its last run has ended", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      const state = Effect.map(
        gql(
          `{ project(name: "proj", entityName: "ent") { sweep(sweepName: "${sweep}") { state runCount agents { edges { node { host totalRuns } } } } } }`
        ),
        (data) => at(data, "project", "sweep")
      )
      const agent = yield* registerAgent(sweep)
      const other = yield* registerAgent(sweep)
      const runs: Array<string> = []
      for (const it of [agent, other]) {
        const run = String(at(JSON.parse(yield* heartbeat(it)), 0, "run_id"))
        yield* begin(run)
        runs.push(run)
      }
      yield* stream(runs[0] ?? "", { complete: true, exitcode: 0 })
      assert.strictEqual(yield* heartbeat(agent), `[{"type": "exit"}]`)
      assert.strictEqual(at(yield* state, "state"), "RUNNING")
      yield* stream(runs[1] ?? "", { complete: true, exitcode: 1 })
      assert.strictEqual(yield* heartbeat(other), `[{"type": "exit"}]`)
      const node = { host: "box-0", totalRuns: 1 }
      assert.deepStrictEqual(yield* state, { state: "FINISHED", runCount: 2, agents: { edges: [{ node }, { node }] } })
    }).pipe(Effect.provide(server))
  )

  it.effect("finishes at the cap with its last run, also where no agent asks once more", () =>
    Effect.gen(function* () {
      const config = `${sweepConfig}run_cap: 1\n`
      const sweep = yield* createSweep({ config })
      const run = String(at(JSON.parse(yield* heartbeat(yield* registerAgent(sweep))), 0, "run_id"))
      yield* begin(run)
      assert.strictEqual(yield* sweepState(sweep), "RUNNING")
      yield* stream(run, { complete: true, exitcode: 0 })
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* sweepState(sweep), "RUNNING")
      yield* TestClock.adjust("1 minutes")
      assert.strictEqual(yield* sweepState(sweep), "FINISHED")
    }).pipe(Effect.provide(server))
  )

  it.effect("finishes with the last run that its search has, also where no agent asks once more", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      const run = String(at(JSON.parse(yield* heartbeat(yield* registerAgent(sweep))), 0, "run_id"))
      yield* begin(run)
      yield* stream(run, { complete: true, exitcode: 0 })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* sweepState(sweep), "FINISHED")
    }).pipe(Effect.provide(serverWith({ mostRuns: () => 1 })))
  )

  it.effect("finishes once its target is reached and its runs have ended, also where no agent asks once more", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep({ config: sweepConfig.replace("name: loss", "name: loss\n  target: 0.5") })
      const given = Effect.map(Effect.flatMap(registerAgent(sweep), heartbeat), (text) =>
        textAt(JSON.parse(text), 0, "run_id")
      )
      const runs = [yield* given, yield* given]
      for (const run of runs) yield* begin(run)
      const content = [`{"_step":0,"loss":0.1}`, `{"_step":1,"loss":2}`]
      yield* stream(runs[0] ?? "", { files: { "wandb-history.jsonl": { offset: 0, content } } })
      yield* stream(runs[0] ?? "", { complete: true, exitcode: 0 })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* sweepState(sweep), "RUNNING")
      yield* stream(runs[1] ?? "", { complete: true, exitcode: 0 })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* sweepState(sweep), "FINISHED")
    }).pipe(Effect.provide(server))
  )

  it.effect("finishes once it is resumed, where its last run ended while it was paused", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep({ config: `${sweepConfig}run_cap: 1\n` })
      const run = String(at(JSON.parse(yield* heartbeat(yield* registerAgent(sweep))), 0, "run_id"))
      yield* begin(run)
      yield* become(sweep, "PAUSED")
      yield* stream(run, { complete: true, exitcode: 0 })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* sweepState(sweep), "PAUSED")
      yield* become(sweep, "RUNNING")
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* sweepState(sweep), "FINISHED")
    }).pipe(Effect.provide(server))
  )

  it.effect("finishes with its last run, also where that ends while the sweep is looked at", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep({ config: `${sweepConfig}run_cap: 1\n` })
      const run = String(at(JSON.parse(yield* heartbeat(yield* registerAgent(sweep))), 0, "run_id"))
      yield* begin(run)
      yield* TestClock.adjust("1 minutes")
      yield* SweepFinish.runEnded(SweepId.make(sweep))
      const api = yield* SweepApi
      const ending = {
        ...api,
        runs: (id: SweepId) =>
          Effect.tap(api.runs(id), () =>
            Effect.provide(Effect.orDie(stream(run, { complete: true, exitcode: 0 })), context)
          )
      }
      const context = yield* Effect.context<HttpClient.HttpClient>()
      yield* Effect.provideService(SweepFinish.settleAll, SweepApi, ending)
      assert.strictEqual(yield* sweepState(sweep), "RUNNING")
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* sweepState(sweep), "FINISHED")
    }).pipe(Effect.provide(server))
  )

  it.effect("finishes with the end of a run that fell silent after all agents had been let go", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      const agent = yield* registerAgent(sweep)
      const runs: Array<string> = []
      for (const it of [agent, yield* registerAgent(sweep)]) {
        runs.push(String(at(JSON.parse(yield* heartbeat(it)), 0, "run_id")))
      }
      yield* Effect.forEach(runs, (run) => begin(run))
      yield* stream(runs[0] ?? "", { complete: true, exitcode: 0 })
      assert.strictEqual(yield* heartbeat(agent), `[{"type": "exit"}]`)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* runState(runs[1] ?? ""), "crashed")
      assert.strictEqual(yield* sweepState(sweep), "FINISHED")
    }).pipe(Effect.provide(server))
  )

  it.effect("calls a stopped run killed once its agent tells of it no more, and no other (F.5)", () =>
    Effect.gen(function* () {
      const { agent, run } = yield* sweepWithRun
      yield* begin(run)
      const told = `{"${run}": true}`
      yield* heartbeat(agent, told)
      yield* heartbeat(agent)
      assert.strictEqual(yield* runState(run), "running")
      yield* stopRun(run)
      yield* heartbeat(agent, told)
      assert.strictEqual(yield* runState(run), "running")
      yield* heartbeat(agent)
      assert.strictEqual(yield* runState(run), "killed")
    }).pipe(Effect.provide(server))
  )

  it.effect("hands out nothing while the sweep is paused, and the answer that was lost once more", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      const agent = yield* registerAgent(sweep)
      yield* become(sweep, "PAUSED")
      assert.strictEqual(yield* heartbeat(agent), "[]")
      yield* become(sweep, "RUNNING")
      const commands = yield* heartbeat(agent)
      assert.strictEqual(yield* heartbeat(agent), commands)
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses agents of a sweep that has ended with status 400, and of one that there isn't with 404", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      yield* become(sweep, "CANCELED")
      const variables = { host: "h", entityName: "ent", projectName: "proj" }
      assert.deepStrictEqual(yield* refusedBy(createAgent, { ...variables, sweep }), [
        400,
        `Sweep ${sweep} is not running`
      ])
      assert.strictEqual((yield* refusedBy(createAgent, { ...variables, sweep: "nosweep0" }))[0], 404)
      assert.strictEqual((yield* refusedBy(createAgent, { ...variables, sweep, projectName: "other" }))[0], 404)
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses heartbeats of nobody with 404, and of no runs with 400", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* refusedBy(heartbeatMutation, { id: "nobody" }))[0], 404)
      const agent = yield* registerAgent(yield* createSweep())
      assert.strictEqual((yield* refusedBy(heartbeatMutation, { id: agent, runState: "[]" }))[0], 400)
    }).pipe(Effect.provide(server))
  )

  it.effect("keeps to the cap of a sweep whose search is the user's own", () =>
    Effect.gen(function* () {
      const config = `method: random\nparameters: {lr: {min: 0.0, max: 1.0}}\ncontroller: {type: local}\nrun_cap: 1\n`
      const sweep = yield* createSweep({ config })
      const schedule = ["abcdefgh01", "abcdefgh02"].map((id) => ({ id, data: { args: { lr: { value: 0.5 } } } }))
      const controller = JSON.stringify({ schedule })
      yield* gql(upsertSweep, { id: base64(`Sweep:v1:${sweep}:proj:ent`), config, controller })
      const agent = yield* registerAgent(sweep)
      assert.include(yield* heartbeat(agent), `"run_id": "abcdefgh01"`)
      assert.strictEqual(yield* heartbeat(agent), `[{"type": "exit"}]`)
    }).pipe(Effect.provide(server))
  )

  it.effect("lets the user's own program decide, where the config says so (F.9)", () =>
    Effect.gen(function* () {
      const config = `method: random\nparameters: {lr: {min: 0.0, max: 1.0}}\ncontroller: {type: local}\nprogram: t.py\n`
      const sweep = yield* createSweep({ config })
      const control = (controller: unknown) =>
        gql(upsertSweep, { id: base64(`Sweep:v1:${sweep}:proj:ent`), config, controller: JSON.stringify(controller) })
      const scheduler = Effect.map(
        gql(`{ project(name: "proj", entityName: "ent") { sweep(sweepName: "${sweep}") { scheduler controller } } }`),
        (data) => at(data, "project", "sweep", "scheduler")
      )
      const agent = yield* registerAgent(sweep)
      assert.strictEqual(yield* heartbeat(agent), "[]")
      yield* control({})
      assert.strictEqual(yield* heartbeat(agent), "[]")
      const schedule = [{ id: "abcdefgh01", data: { args: { lr: { value: 0.5 } } } }]
      yield* control({ schedule })
      assert.strictEqual(
        yield* heartbeat(agent),
        `[{"type": "run", "run_id": "abcdefgh01", "args": {"lr": {"value": 0.5}}, "program": "t.py"}]`
      )
      assert.strictEqual(yield* scheduler, `{"scheduled": [{"id": "abcdefgh01", "runid": "abcdefgh01"}]}`)
      assert.strictEqual(yield* heartbeat(yield* registerAgent(sweep)), "[]")
      yield* begin("abcdefgh01")
      yield* control({ schedule, earlystop: ["abcdefgh01"] })
      assert.strictEqual(yield* heartbeat(agent, `{"abcdefgh01": true}`), `[{"type": "stop", "run_id": "abcdefgh01"}]`)
      assert.deepStrictEqual(yield* stream("abcdefgh01", {}), { stopped: true })
      yield* stream("abcdefgh01", { complete: true, exitcode: 255 })
      yield* control({ schedule: [{ id: "end0000000", data: { args: null } }] })
      assert.strictEqual(yield* heartbeat(agent), `[{"type": "exit"}]`)
      const data = yield* gql(`{ project(name: "proj", entityName: "ent") { sweep(sweepName: "${sweep}") { state } } }`)
      assert.strictEqual(at(data, "project", "sweep", "state"), "FINISHED")
    }).pipe(Effect.provide(server))
  )
})
