import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CommError } from "@sweepline/core/CommError"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import {
  at,
  base64,
  begin,
  createQueue,
  createSweep,
  gql,
  heartbeat,
  post,
  refusedBy,
  registerAgent,
  runState,
  server,
  serverWith,
  stream,
  sweepConfig,
  sweepWithRun,
  textAt,
  upsertSweep
} from "./support.js"

const sweepWithRuns = `query SweepWithRuns($entity: String, $project: String, $sweep: String!, $specs: [JSONString!]!) {
  project(name: $project, entityName: $entity) {
    sweep(sweepName: $sweep) {
      id name method state description config createdAt heartbeatAt updatedAt earlyStopJobRunning bestLoss controller scheduler
      runs { edges { node { name state config exitcode heartbeatAt shouldStop failed stopped running summaryMetrics sampledHistory(specs: $specs) } } }
    }
  }
}`

const read = (sweep: string, specs: unknown = "{}", project = "proj") =>
  Effect.map(gql(sweepWithRuns, { entity: "ent", project, sweep, specs }), (data) => at(data, "project", "sweep"))

const stateOf = (sweep: string) =>
  Effect.map(
    gql(
      "query GetSweepState($entity: String, $project: String, $sweep: String!) { project(name: $project, entityName: $entity) { sweep(sweepName: $sweep) { state } } }",
      { entity: "ent", project: "proj", sweep }
    ),
    (data) => at(data, "project", "sweep", "state")
  )

const setState =
  "mutation UpsertSweep( $id: ID, $state: String, $entityName: String, $projectName: String ) { upsertSweep(input: { id: $id, state: $state, entityName: $entityName, projectName: $projectName }){ sweep { name } } }"

const become = (sweep: string, state: string) =>
  gql(setState, { id: base64(`Sweep:v1:${sweep}:proj:ent`), state, entityName: "ent", projectName: "proj" })

const busy = new CommError({ reason: "Timeout", operation: "stop a run", detail: "busy", retryable: true })

/** What `wandb launch-sweep` sends, with its run spec as text (G.3.3). */
const launchScheduler = JSON.stringify({
  queue: "q",
  run_queue_project: "model-registry",
  run_spec: `{"overrides": {"run_config": {"launch": {"queue": "q", "priority": 1}, "scheduler": {"num_workers": 2}}, "args": ["--queue", "'q'", "--project", "'proj'", "--author", "'usr'", "--image_uri", "myimage:tag"], "entry_point": ["wandb", "scheduler", "WANDB_SWEEP_ID"]}, "uri": "placeholder-uri-scheduler", "entity": "ent", "project": "proj", "name": "Scheduler.WANDB_SWEEP_ID", "docker": {}, "resource": "local-process", "git": {}, "run_id": "WANDB_SWEEP_ID"}`
})

describe("Sweeps", () => {
  it.effect("creates a sweep and answers where it is", () =>
    Effect.gen(function* () {
      const data = yield* gql(upsertSweep, {
        config: sweepConfig,
        entityName: "ent",
        projectName: "proj",
        templateVariableValues: "null",
        launchScheduler: null,
        displayName: "My sweep",
        description: "why"
      })
      const name = textAt(data, "upsertSweep", "sweep", "name")
      assert.deepStrictEqual(data, {
        upsertSweep: {
          sweep: {
            name,
            project: {
              id: base64("Project:v1:proj:ent"),
              name: "proj",
              entity: { id: base64("Entity:v1:ent"), name: "ent" }
            }
          },
          configValidationWarnings: []
        }
      })
      assert.deepStrictEqual(yield* read(name), {
        id: base64(`Sweep:v1:${name}:proj:ent`),
        name,
        method: "random",
        state: "PENDING",
        description: "why",
        config: sweepConfig,
        createdAt: "1970-01-01T00:00:00Z",
        heartbeatAt: null,
        updatedAt: "1970-01-01T00:00:00Z",
        earlyStopJobRunning: false,
        bestLoss: null,
        controller: "{}",
        scheduler: null,
        runs: { edges: [] }
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("takes each of the documents that clients try in turn", () =>
    Effect.gen(function* () {
      const older = [
        upsertSweep.replaceAll(/\$?templateVariableValues: (\$templateVariableValues|JSONString),?/g, ""),
        upsertSweep.replaceAll(
          /\$?(templateVariableValues|launchScheduler): ?\$?(templateVariableValues|launchScheduler|JSONString),?/g,
          ""
        )
      ]
      const oldest = [
        (older[1] ?? "").replace("configValidationWarnings", ""),
        (older[1] ?? "").replace("configValidationWarnings", "").replace("project { id name entity { id name } }", "")
      ]
      for (const document of [upsertSweep, ...older, ...oldest]) {
        const data = yield* gql(document, {
          config: sweepConfig,
          entityName: "ent",
          projectName: "proj",
          templateVariableValues: "null",
          launchScheduler: null
        })
        assert.isNotEmpty(textAt(data, "upsertSweep", "sweep", "name"))
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses a config that can't be used, with each of its faults", () =>
    Effect.gen(function* () {
      const [status, message] = yield* refusedBy(upsertSweep, {
        config: "method: gird\nparameters: {lr: {mni: 1}}\n",
        entityName: "ent",
        projectName: "proj"
      })
      assert.strictEqual(status, 400)
      assert.include(String(message), "gird")
      assert.include(String(message), "mni")
      assert.strictEqual((yield* refusedBy(upsertSweep, { entityName: "ent", projectName: "proj" }))[0], 400)
      assert.strictEqual((yield* refusedBy(upsertSweep, { config: sweepConfig, entityName: "acme" }))[0], 404)
    }).pipe(Effect.provide(server))
  )

  it.effect("warns of what is allowed but probably not meant", () =>
    Effect.gen(function* () {
      const config = `${sweepConfig}command: ["python", "\${progam}"]\n`
      const data = yield* gql(upsertSweep, { config, entityName: "ent", projectName: "proj" })
      const warnings = at(data, "upsertSweep", "configValidationWarnings")
      assert.strictEqual(Array.isArray(warnings) ? warnings.length : -1, 1)
      assert.include(String(at(warnings, 0)), "progam")
    }).pipe(Effect.provide(server))
  )

  it.effect("shows the runs of a sweep with what they logged", () =>
    Effect.gen(function* () {
      const { run, sweep } = yield* sweepWithRun
      yield* begin(run, { sweep, config: `{"lr":{"value":0.5}}` })
      yield* stream(run, {
        files: {
          "wandb-history.jsonl": { offset: 0, content: [`{"loss":3,"_step":0}`, `{"loss":1,"a":1,"_step":1}`] },
          "wandb-summary.json": { offset: 0, content: [`{"loss":1,"_step":1}`] }
        }
      })
      const data = yield* read(sweep, [`{"keys":["_step","a"]}`, `{"keys":["_step","loss"],"samples":100000}`])
      assert.strictEqual(at(data, "bestLoss"), 1)
      assert.deepStrictEqual(at(data, "runs", "edges"), [
        {
          node: {
            name: run,
            state: "running",
            config: `{"lr":{"value":0.5}}`,
            exitcode: null,
            heartbeatAt: "1970-01-01T00:00:00Z",
            shouldStop: false,
            failed: false,
            stopped: false,
            running: true,
            summaryMetrics: `{"loss": 1, "_step": 1}`,
            sampledHistory: [
              [{ _step: 1, a: 1 }],
              [
                { _step: 0, loss: 3 },
                { _step: 1, loss: 1 }
              ]
            ]
          }
        }
      ])
    }).pipe(Effect.provide(server))
  )

  it.effect("shows what a run that has not begun was given, and no summary (B12)", () =>
    Effect.gen(function* () {
      const { run, sweep } = yield* sweepWithRun
      const node = at(yield* read(sweep), "runs", "edges", 0, "node")
      assert.strictEqual(at(node, "name"), run)
      assert.strictEqual(at(node, "state"), "pending")
      assert.strictEqual(at(node, "config"), `{"lr": {"value": 0.5}, "10": {"value": 1}}`)
      assert.strictEqual(at(node, "summaryMetrics"), null)
    }).pipe(Effect.provide(server))
  )

  it.effect("knows a sweep in its own project only", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep({ projectName: "other" })
      assert.strictEqual(yield* stateOf(sweep), undefined)
      assert.strictEqual(at(yield* read(sweep, "{}", "other"), "name"), sweep)
      assert.deepStrictEqual(yield* read("nosweep0"), null)
      assert.deepStrictEqual(
        yield* gql('query Q($p: String!) { project(name: $p, entityName: "ent") { id } }', { p: "nowhere" }),
        { project: null }
      )
    }).pipe(Effect.provide(server))
  )

  it.effect("lists the sweeps of a project newest first, page by page", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      for (let n = 0; n < 3; n++) names.unshift(yield* createSweep())
      const query =
        "query GetSweeps($project: String!, $entity: String!, $cursor: String, $perPage: Int = 50) { project(name: $project, entityName: $entity) { totalSweeps sweeps(after: $cursor, first: $perPage) { edges { node { name runCount } } pageInfo { endCursor hasNextPage } } } }"
      const first = at(yield* gql(query, { project: "proj", entity: "ent", cursor: null, perPage: 2 }), "project")
      assert.strictEqual(at(first, "totalSweeps"), 3)
      assert.deepStrictEqual(
        at(first, "sweeps", "edges"),
        names.slice(0, 2).map((name) => ({ node: { name, runCount: 0 } }))
      )
      assert.strictEqual(at(first, "sweeps", "pageInfo", "hasNextPage"), true)
      const cursor = at(first, "sweeps", "pageInfo", "endCursor")
      const rest = at(yield* gql(query, { project: "proj", entity: "ent", cursor }), "project", "sweeps")
      assert.deepStrictEqual(at(rest, "edges"), [{ node: { name: names[2], runCount: 0 } }])
      assert.strictEqual(at(rest, "pageInfo", "hasNextPage"), false)
    }).pipe(Effect.provide(server))
  )

  it.effect("changes the state of a sweep by its id or its name, but never one that has ended", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      yield* registerAgent(sweep)
      assert.strictEqual(yield* stateOf(sweep), "RUNNING")
      assert.deepStrictEqual(yield* become(sweep, "PAUSED"), { upsertSweep: { sweep: { name: sweep } } })
      assert.strictEqual(yield* stateOf(sweep), "PAUSED")
      yield* gql(setState, { id: sweep, state: "RUNNING", entityName: "ent", projectName: "proj" })
      assert.strictEqual(yield* stateOf(sweep), "RUNNING")
      yield* become(sweep, "FINISHED")
      yield* become(sweep, "FINISHED")
      for (const state of ["RUNNING", "PAUSED", "CANCELED", "PENDING"]) {
        assert.deepStrictEqual(
          yield* refusedBy(setState, { id: sweep, state, entityName: "ent", projectName: "proj" }),
          [400, `Sweep ${sweep} is FINISHED and can't become ${state}`]
        )
      }
      assert.strictEqual(yield* stateOf(sweep), "FINISHED")
      assert.strictEqual((yield* refusedBy(setState, { id: sweep, state: "CRASHED" }))[0], 400)
      assert.strictEqual((yield* refusedBy(setState, { id: "nosweep0", state: "PAUSED" }))[0], 404)
      assert.strictEqual((yield* refusedBy(setState, { id: sweep, state: "FINISHED", projectName: "other" }))[0], 404)
    }).pipe(Effect.provide(server))
  )

  it.effect("stops the runs of a cancelled sweep, and lets those of a stopped one go on", () =>
    Effect.gen(function* () {
      const cancelled = yield* sweepWithRun
      const finished = yield* sweepWithRun
      const waiting = yield* sweepWithRun
      yield* begin(cancelled.run)
      yield* begin(finished.run)
      yield* become(cancelled.sweep, "CANCELED")
      yield* become(waiting.sweep, "CANCELED")
      yield* become(finished.sweep, "FINISHED")
      assert.deepStrictEqual(yield* stream(cancelled.run, {}), { stopped: true })
      assert.deepStrictEqual(yield* stream(finished.run, {}), {})
      assert.strictEqual(yield* runState(waiting.run), "killed")
      for (const { agent } of [cancelled, finished, waiting]) {
        assert.strictEqual(yield* heartbeat(agent), `[{"type": "exit"}]`)
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("stops what is left of a cancelled sweep when it is cancelled again, after a stop that failed", () => {
    let stops = 0
    const failing = (api: SweepApi["Type"]): SweepApi["Type"] => ({
      ...api,
      stopRun: (options) => (++stops === 1 ? busy : api.stopRun(options))
    })
    return Effect.gen(function* () {
      const { run, sweep } = yield* sweepWithRun
      yield* begin(run)
      const cancel = { id: base64(`Sweep:v1:${sweep}:proj:ent`), state: "CANCELED" }
      assert.strictEqual((yield* refusedBy(setState, cancel))[0], 503)
      assert.deepStrictEqual(yield* stream(run, {}), {})
      yield* become(sweep, "CANCELED")
      assert.deepStrictEqual(yield* stream(run, {}), { stopped: true })
    }).pipe(Effect.provide(serverWith({}, failing)))
  })

  it.effect("updates the config of a sweep", () =>
    Effect.gen(function* () {
      const { agent, run, sweep } = yield* sweepWithRun
      const config = `${sweepConfig}run_cap: 1\n`
      yield* gql(upsertSweep, {
        id: base64(`Sweep:v1:${sweep}:proj:ent`),
        config,
        entityName: "ent",
        projectName: "proj"
      })
      assert.strictEqual(at(yield* read(sweep), "config"), config)
      yield* begin(run)
      yield* stream(run, { complete: true, exitcode: 0 })
      assert.strictEqual(yield* heartbeat(agent), `[{"type": "exit"}]`)
    }).pipe(Effect.provide(server))
  )

  it.effect("queues the scheduler of a launched sweep with the sweep's name in its spec, and keeps it as text", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      const sweep = yield* createSweep({ launchScheduler, state: "PENDING", templateVariableValues: "null" })
      const runSpec = `{"overrides": {"run_config": {"launch": {"queue": "q", "priority": 1}, "scheduler": {"num_workers": 2}}, "args": ["--queue", "'q'", "--project", "'proj'", "--author", "'usr'", "--image_uri", "myimage:tag"], "entry_point": ["wandb", "scheduler", "${sweep}"]}, "uri": "placeholder-uri-scheduler", "entity": "ent", "project": "proj", "name": "Scheduler.${sweep}", "docker": {}, "resource": "local-process", "git": {}, "run_id": "${sweep}"}`
      const { text } = yield* post({
        query:
          'mutation popFromRunQueue { popFromRunQueue(input: {entityName: "ent", projectName: "model-registry", queueName: "q"}) { runSpec } }'
      })
      assert.strictEqual(text, `{"data":{"popFromRunQueue":{"runSpec":${runSpec}}}}`)
      const scheduler: unknown = JSON.parse(textAt(yield* read(sweep), "scheduler"))
      assert.deepStrictEqual(scheduler, { queue: "q", run_queue_project: "model-registry", run_spec: runSpec })
      assert.strictEqual(yield* stateOf(sweep), "PENDING")
    }).pipe(Effect.provide(server))
  )

  it.effect("resumes a paused sweep that is launched again, and refuses a queue that there isn't", () =>
    Effect.gen(function* () {
      const { sweep } = yield* sweepWithRun
      yield* become(sweep, "PAUSED")
      const again = { id: base64(`Sweep:v1:${sweep}:proj:ent`), config: sweepConfig, launchScheduler, state: "PENDING" }
      assert.deepStrictEqual(yield* refusedBy(upsertSweep, again), [404, "run queue q not found in ent/model-registry"])
      yield* createQueue("q")
      yield* gql(upsertSweep, again)
      assert.strictEqual(yield* stateOf(sweep), "RUNNING")
    }).pipe(Effect.provide(server))
  )

  it.effect("shows sweeps that the backend made itself in the server's own project", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = yield* api.createSweep({ config: sweepConfig, name: "local", seed: 1 })
      const run = yield* api.createRun({ sweep, trial: new Map([["lr", 0.5]]) })
      assert.strictEqual(yield* stateOf(sweep), "PENDING")
      assert.strictEqual(yield* runState(run), "pending")
      yield* begin(run, { sweep })
      assert.strictEqual(yield* runState(run), "running")
      assert.strictEqual((yield* api.runs(SweepId.make(sweep)))[0]?.state, "running")
    }).pipe(Effect.provide(server))
  )
})
