import { assert, describe, it } from "@effect/vitest"
import { type Clock, Effect, HashMap, Layer, Logger, Option, Redacted, TestClock } from "effect"
import { Documents } from "@sweepline/core/Documents"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as AgentDocument from "../src/AgentDocument.js"
import * as Endpoint from "../src/Endpoint.js"
import {
  at,
  base64,
  begin,
  createAgent,
  createSweep,
  gql,
  heartbeat,
  post,
  refusedBy,
  registerAgent,
  runState,
  server,
  serverWith,
  stopRun,
  stream,
  sweepConfig,
  sweepWithRun,
  textAt,
  upsertBucket,
  upsertSweep
} from "./support.js"

const resumeStatus = `query RunResumeStatus($project: String, $entity: String, $name: String!) {
  model(name: $project, entityName: $entity) {
    id name entity { id name }
    bucket(name: $name, missingOk: true) {
      id name summaryMetrics displayName logLineCount historyLineCount eventsLineCount historyTail eventsTail config tags notes wandbConfig(keys: ["t"])
    }
  }
}`

const resume = (name: string) => gql(resumeStatus, { project: "proj", entity: "ent", name })

const finish = (run: string, exitcode: number) => stream(run, { complete: true, exitcode })

/** The clock of the test, by so much later; what waits by it isn't moved by that. */
const shiftedBy = (later: () => number) =>
  Effect.map(Effect.clock, (clock): Clock.Clock =>
    Object.setPrototypeOf({ currentTimeMillis: Effect.map(clock.currentTimeMillis, (time) => time + later()) }, clock)
  )

describe("Runs", () => {
  it.effect("creates a run with all that its client says, byte for byte", () =>
    Effect.gen(function* () {
      const config = `{"lr":{"value":1.0},"_wandb":{"value":{"t":{"1":[1]}}},"é":{"value":"<&>"}}`
      const variables = {
        name: "abc12345",
        project: "proj",
        entity: "ent",
        displayName: "A run",
        notes: "note",
        groupName: "g",
        jobType: "train",
        commit: "c0ffee",
        config,
        host: "box",
        program: "train.py",
        tags: ["a", "b"]
      }
      const { text } = yield* post({ query: upsertBucket, variables, operationName: "UpsertBucket" })
      assert.strictEqual(
        text,
        `{"data":{"upsertBucket":{"bucket":{"id":"${base64("Run:v1:abc12345:proj:ent")}","name":"abc12345","displayName":"A run","description":null,"config":${JSON.stringify(config)},"sweepName":null,"project":{"id":"${base64("Project:v1:proj:ent")}","name":"proj","entity":{"id":"${base64("Entity:v1:ent")}","name":"ent"}},"historyLineCount":0},"inserted":true}}}`
      )
      const again = yield* begin("abc12345", { host: null, config: `{"lr":{"value":2}}` })
      assert.deepStrictEqual(at(again, "upsertBucket", "inserted"), false)
      const data = yield* gql(
        `query Run($project: String!, $entity: String!, $name: String!) { project(name: $project, entityName: $entity) { run(name: $name) {
          projectId id tags name displayName sweepName state config group jobType commit readOnly createdAt heartbeatAt description notes
          systemMetrics summaryMetrics historyLineCount user { name username } historyKeys } } }`,
        { project: "proj", entity: "ent", name: "abc12345" }
      )
      assert.deepStrictEqual(at(data, "project", "run"), {
        projectId: "1",
        id: base64("Run:v1:abc12345:proj:ent"),
        tags: ["a", "b"],
        name: "abc12345",
        displayName: "A run",
        sweepName: null,
        state: "running",
        config: `{"lr":{"value":2}}`,
        group: "g",
        jobType: "train",
        commit: "c0ffee",
        readOnly: false,
        createdAt: "1970-01-01T00:00:00Z",
        heartbeatAt: "1970-01-01T00:00:00Z",
        description: null,
        notes: "note",
        systemMetrics: null,
        summaryMetrics: null,
        historyLineCount: 0,
        user: { name: "usr", username: "usr" },
        historyKeys: null
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("gives a run that names nothing a name, the project and the entity", () =>
    Effect.gen(function* () {
      const data = yield* gql(upsertBucket, { host: "box" })
      assert.strictEqual(textAt(data, "upsertBucket", "bucket", "project", "name"), "proj")
      assert.strictEqual(textAt(data, "upsertBucket", "bucket", "project", "entity", "name"), "ent")
      assert.isNotEmpty(textAt(data, "upsertBucket", "bucket", "name"))
    }).pipe(Effect.provide(server))
  )

  it.effect("edits a run by its id, without beginning it anew", () =>
    Effect.gen(function* () {
      yield* begin("r")
      yield* finish("r", 0)
      const edit =
        "mutation UpsertBucket($id: String!, $display_name: String, $notes: String, $tags: [String!], $config: JSONString!) { upsertBucket(input: {id: $id, displayName: $display_name, notes: $notes, tags: $tags, config: $config}) { bucket { displayName tags state } } }"
      const id = base64("Run:v1:r:proj:ent")
      const data = yield* gql(edit, { id, display_name: "Better", notes: "n", tags: ["x"], config: "{}" })
      assert.deepStrictEqual(at(data, "upsertBucket", "bucket"), {
        displayName: "Better",
        tags: ["x"],
        state: "finished"
      })
      const [status] = yield* refusedBy(edit, { id: base64("Run:v1:none:proj:ent"), config: "{}" })
      assert.strictEqual(status, 404)
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses entities that there aren't, names that aren't any, and what is no JSON", () =>
    Effect.gen(function* () {
      const refused = (variables: Record<string, unknown>) =>
        refusedBy(upsertBucket, { name: "r", project: "proj", entity: "ent", ...variables })
      assert.deepStrictEqual(yield* refused({ entity: "acme" }), [
        404,
        "entity acme not found: this server has usr, ent, team"
      ])
      for (const variables of [
        { name: "../up" },
        { project: "a/b" },
        { name: " x" },
        { config: "[1]" },
        { config: "{" },
        { state: "flying" }
      ]) {
        assert.strictEqual((yield* refused(variables))[0], 400, JSON.stringify(variables))
      }
      assert.strictEqual(yield* runState("r"), undefined)
    }).pipe(Effect.provide(server))
  )

  it.effect("tells who resumes whether a run was begun, and where it stands", () =>
    Effect.gen(function* () {
      assert.strictEqual(at(yield* resume("r"), "model", "bucket"), null)
      const { run } = yield* sweepWithRun
      const fresh = at(yield* resume(run), "model", "bucket")
      assert.strictEqual(at(fresh, "wandbConfig"), "{}")
      yield* begin("r", { config: `{"_wandb":{"value":{"t":{"1":[2]},"m":[]}}}`, displayName: "R" })
      yield* stream("r", {
        files: {
          "wandb-history.jsonl": { offset: 0, content: [`{"loss":1,"_step":0}`, `{"loss":NaN,"_step":1}`] },
          "wandb-events.jsonl": { offset: 0, content: [`{"system.cpu":1}`] },
          "output.log": { offset: 0, content: ["a", "b", "c"] }
        }
      })
      assert.deepStrictEqual(at(yield* resume("r"), "model", "bucket"), {
        id: base64("Run:v1:r:proj:ent"),
        name: "r",
        summaryMetrics: "{}",
        displayName: "R",
        logLineCount: 3,
        historyLineCount: 2,
        eventsLineCount: 1,
        historyTail: `["{\\"loss\\": \\"NaN\\", \\"_step\\": 1}"]`,
        eventsTail: `["{\\"system.cpu\\": 1}"]`,
        config: `{"_wandb":{"value":{"t":{"1":[2]},"m":[]}}}`,
        tags: [],
        notes: "",
        wandbConfig: `{"t": {"1": [2]}}`
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("follows a plain run from its beginning to its end, and begins it anew", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* runState("r"), undefined)
      yield* begin("r")
      assert.strictEqual(yield* runState("r"), "running")
      yield* finish("r", 0)
      assert.strictEqual(yield* runState("r"), "finished")
      yield* begin("r")
      assert.strictEqual(yield* runState("r"), "running")
      yield* finish("r", 3)
      assert.strictEqual(yield* runState("r"), "failed")
      yield* finish("r", 0)
      assert.strictEqual(yield* runState("r"), "failed")
      yield* begin("r")
      yield* stream("r", { preempting: true })
      assert.strictEqual(yield* runState("r"), "preempting")
      yield* finish("r", 143)
      assert.strictEqual(yield* runState("r"), "preempted")
    }).pipe(Effect.provide(server))
  )

  it.effect("follows the run of a sweep the same way, and the sweep sees it", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const { agent, run, sweep } = yield* sweepWithRun
      assert.strictEqual(yield* runState(run), "pending")
      yield* begin(run, { sweep })
      assert.strictEqual(yield* runState(run), "running")
      yield* stream(run, { preempting: true })
      assert.strictEqual(yield* runState(run), "preempting")
      yield* finish(run, 143)
      assert.strictEqual(yield* runState(run), "preempted")
      assert.include(yield* heartbeat(agent), `"type": "resume", "run_id": "${run}"`)
      assert.strictEqual(yield* runState(run), "pending")
      yield* begin(run, { sweep })
      yield* stream(run, {
        files: { "wandb-summary.json": { offset: 0, content: [`{"loss":0.25,"_step":4,"_wandb":{"runtime":1}}`] } }
      })
      yield* finish(run, 0)
      assert.strictEqual(yield* runState(run), "finished")
      const [record] = yield* api.runs(SweepId.make(sweep))
      assert.deepStrictEqual([record?.state, record?.attempt, record?.exitCode], ["finished", 2, 0])
      assert.deepStrictEqual([...(record?.summary ?? [])], [["loss", 0.25]])
    }).pipe(Effect.provide(server))
  )

  it.effect("starts the run of a sweep with its first lines, too", () =>
    Effect.gen(function* () {
      const { run } = yield* sweepWithRun
      assert.deepStrictEqual(yield* stream(run, {}), {})
      assert.strictEqual(yield* runState(run), "running")
    }).pipe(Effect.provide(server))
  )

  it.effect("asks a run to stop by both ways, and calls it killed when it has", () =>
    Effect.gen(function* () {
      const { run } = yield* sweepWithRun
      yield* begin("plain")
      yield* begin(run)
      const stopped = (name: string) =>
        Effect.map(
          gql(
            "query RunStoppedStatus($projectName: String, $entityName: String, $runId: String!) { project(name:$projectName, entityName:$entityName) { run(name:$runId) { stopped shouldStop } } }",
            { projectName: "proj", entityName: "ent", runId: name }
          ),
          (data) => at(data, "project", "run")
        )
      for (const name of ["plain", run]) {
        assert.deepStrictEqual(yield* stopped(name), { stopped: false, shouldStop: false })
        assert.deepStrictEqual(yield* stream(name, {}), {})
        assert.deepStrictEqual(yield* stopRun(name), { stopRun: { clientMutationId: null, success: true } })
        assert.deepStrictEqual(yield* stopped(name), { stopped: true, shouldStop: true })
        assert.strictEqual(yield* runState(name), "running")
        assert.deepStrictEqual(yield* stream(name, {}), { stopped: true })
        yield* finish(name, 255)
        assert.strictEqual(yield* runState(name), "killed")
      }
      assert.strictEqual(
        (yield* refusedBy("mutation StopRun ($id: ID!) { stopRun(input: {id:$id}) { success } }", {
          id: base64("Run:v1:none:proj:ent")
        }))[0],
        404
      )
    }).pipe(Effect.provide(server))
  )

  it.effect("calls a stopped run that finishes all the same finished, and one that never began killed", () =>
    Effect.gen(function* () {
      yield* begin("plain")
      yield* stopRun("plain")
      yield* finish("plain", 0)
      assert.strictEqual(yield* runState("plain"), "finished")
      const { run } = yield* sweepWithRun
      yield* stopRun(run)
      assert.strictEqual(yield* runState(run), "killed")
      assert.deepStrictEqual(yield* stream(run, {}), { stopped: true })
      assert.strictEqual(yield* runState(run), "killed")
    }).pipe(Effect.provide(server))
  )

  it.effect("takes a running run without traffic for crashed, and for running once it is heard of again", () =>
    Effect.gen(function* () {
      const { run } = yield* sweepWithRun
      yield* begin("plain")
      yield* begin(run)
      yield* TestClock.adjust("4 minutes")
      yield* stream("plain", {})
      yield* TestClock.adjust("90 seconds")
      assert.strictEqual(yield* runState("plain"), "running")
      assert.strictEqual(yield* runState(run), "crashed")
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* runState("plain"), "crashed")
      for (const name of ["plain", run]) {
        yield* stream(name, {})
        assert.strictEqual(yield* runState(name), "running")
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("takes no run for crashed whose client was suspended with the server, unless it stays away", () =>
    Effect.gen(function* () {
      let suspended = 0
      const shifted = yield* shiftedBy(() => suspended)
      yield* Effect.gen(function* () {
        yield* TestClock.adjust("10 minutes")
        const { run } = yield* sweepWithRun
        yield* begin(run)
        yield* begin("plain")
        suspended = 8 * 3_600_000
        yield* TestClock.adjust("1 minute")
        yield* stream("plain", {})
        yield* TestClock.adjust("3 minutes")
        assert.deepStrictEqual([yield* runState("plain"), yield* runState(run)], ["running", "running"])
        yield* TestClock.adjust("90 seconds")
        assert.deepStrictEqual([yield* runState("plain"), yield* runState(run)], ["running", "crashed"])
      }).pipe(Effect.provide(server), Effect.withClock(shifted))
    })
  )

  it.effect("takes a silent run for crashed, and a sweep for finished, also where its clock was set back", () =>
    Effect.gen(function* () {
      let moved = 0
      const shifted = yield* shiftedBy(() => moved)
      yield* Effect.gen(function* () {
        yield* TestClock.adjust("12 hours")
        const { run } = yield* sweepWithRun
        yield* begin(run)
        yield* begin("plain")
        const last = yield* createSweep({ config: `${sweepConfig}run_cap: 1\n` })
        const agents = [yield* registerAgent(last), yield* registerAgent(last)]
        const only = textAt(JSON.parse(yield* heartbeat(agents[0] ?? "")), 0, "run_id")
        yield* begin(only)
        moved = -8 * 3_600_000
        yield* TestClock.adjust("1 minute")
        yield* stream("plain", {})
        yield* stream(only, { complete: true, exitcode: 0 })
        const sweepState = Effect.map(
          gql(`{ project(name: "proj", entityName: "ent") { sweep(sweepName: "${last}") { state } } }`),
          (data) => at(data, "project", "sweep", "state")
        )
        yield* TestClock.adjust("3 minutes")
        assert.deepStrictEqual([yield* runState("plain"), yield* runState(run)], ["running", "running"])
        assert.strictEqual(yield* sweepState, "FINISHED")
        const agent = agents[0] ?? ""
        yield* heartbeat(agent)
        assert.strictEqual((yield* AgentDocument.get(agent))?.heartbeatAt, yield* shifted.currentTimeMillis)
        yield* TestClock.adjust("90 seconds")
        assert.deepStrictEqual([yield* runState("plain"), yield* runState(run)], ["running", "crashed"])
      }).pipe(Effect.provide(server), Effect.withClock(shifted))
    })
  )

  it.effect("takes a silent run for crashed also where what is kept of others can't be read", () =>
    Effect.gen(function* () {
      yield* begin("plain")
      const documents = yield* Documents
      yield* documents.write((writer) => {
        for (const [key, text] of [
          ["live/ent/proj/bad", ""],
          ["run/ent/proj/bad", "{}"],
          ["settling/ ", "1"]
        ] as const) {
          writer.set(key, text)
        }
      })
      yield* TestClock.adjust("6 minutes")
      assert.strictEqual(yield* runState("plain"), "crashed")
    }).pipe(Effect.provide(server))
  )

  it.effect("never takes a pending run for crashed", () =>
    Effect.gen(function* () {
      const { run } = yield* sweepWithRun
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* runState(run), "pending")
    }).pipe(Effect.provide(server))
  )

  it.effect("leaves the end of a run to the agent that watches its process, where there is one", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const { run, sweep } = yield* sweepWithRun
      yield* begin(run, { sweep })
      yield* finish(run, 1)
      assert.strictEqual(yield* runState(run), "running")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* runState(run), "running")
      const [record] = yield* api.runs(SweepId.make(sweep))
      assert.strictEqual(record?.exitCode, undefined)
      yield* begin("plain")
      yield* finish("plain", 1)
      assert.strictEqual(yield* runState("plain"), "failed")
    }).pipe(Effect.provide(serverWith({ runEnds: "agent" })))
  )

  it.effect("leaves it to the agent, too, where the sweep has a server of its own elsewhere", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = SweepId.make(yield* createSweep())
      const run = yield* api.createRun({ sweep, trial: new Map() })
      yield* Endpoint.obtain(sweep, Redacted.make("secret"))
      yield* begin(run, { sweep })
      yield* TestClock.adjust("1 hour")
      yield* finish(run, 1)
      assert.strictEqual(yield* runState(run), "running")
    }).pipe(Effect.provide(server))
  )

  it.effect(
    "hears from the client of an agent how its run ends, also where somebody else works on the sweep by now",
    () =>
      Effect.gen(function* () {
        const { run, sweep } = yield* sweepWithRun
        yield* begin(run, { sweep })
        yield* Endpoint.obtain(SweepId.make(sweep), Redacted.make("secret"))
        yield* finish(run, 1)
        assert.strictEqual(yield* runState(run), "failed")
        yield* begin(run, { sweep })
        assert.strictEqual(yield* runState(run), "running")
      }).pipe(Effect.provide(server))
  )

  it.effect("adds a run that a client chose to its sweep, with the sweep's parameters", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = yield* createSweep()
      const config = `{"lr":{"value":0.25},"seed":{"value":1},"_wandb":{"value":{}}}`
      yield* begin("own", { sweep, config })
      const [record] = yield* api.runs(SweepId.make(sweep))
      assert.strictEqual(record?.id, "own")
      assert.strictEqual(record?.state, "running")
      assert.deepStrictEqual([...(record?.trial ?? [])], [["lr", 0.25]])
      assert.strictEqual((yield* refusedBy(upsertBucket, { name: "lost", sweep: "nosweep0" }))[0], 404)
      const other = yield* createSweep()
      const [status] = yield* refusedBy(upsertBucket, { name: "own", project: "elsewhere", sweep: other })
      assert.strictEqual(status, 409)
    }).pipe(Effect.provide(server))
  )

  it.effect("creates a run that waits, and puts a dead one back, where a client says pending", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const sweep = yield* createSweep()
      yield* begin("own", { sweep, state: "pending", host: null })
      assert.strictEqual(yield* runState("own"), "pending")
      yield* begin("own", { sweep })
      yield* finish("own", 1)
      yield* begin("own", { sweep, state: "pending", host: null })
      assert.strictEqual(yield* runState("own"), "pending")
      const [record] = yield* api.runs(SweepId.make(sweep))
      assert.strictEqual(record?.attempt, 2)
    }).pipe(Effect.provide(server))
  )

  it.effect("sets the state of a plain run, and deletes it, but not those of a sweep", () =>
    Effect.gen(function* () {
      const update =
        "mutation UpdateRunState($input: UpdateRunStateInput!) { updateRunState(input: $input) { success } }"
      const remove = "mutation DeleteRun($id: ID!, ) { deleteRun(input: { id: $id, }) { clientMutationId } }"
      const { run } = yield* sweepWithRun
      yield* begin("plain")
      yield* gql(update, { input: { id: base64("Run:v1:plain:proj:ent"), state: "failed" } })
      assert.strictEqual(yield* runState("plain"), "failed")
      yield* gql(remove, { id: base64("Run:v1:plain:proj:ent") })
      assert.strictEqual(yield* runState("plain"), undefined)
      const id = base64(`Run:v1:${run}:proj:ent`)
      assert.strictEqual((yield* refusedBy(update, { input: { id, state: "failed" } }))[0], 400)
      assert.strictEqual((yield* refusedBy(remove, { id }))[0], 400)
    }).pipe(Effect.provide(server))
  )

  it.effect("knows no sweep of a name that is blank", () =>
    Effect.gen(function* () {
      for (const blank of ["", "  ", base64("Sweep:v1: :proj:ent")]) {
        assert.strictEqual((yield* refusedBy(createAgent, { host: "h", sweep: blank }))[0], 404)
        const data = yield* gql(
          'query S($s: String!) { project(name: "proj", entityName: "ent") { sweep(sweepName: $s) { id } } }',
          { s: blank }
        )
        assert.strictEqual(at(data, "project", "sweep"), null)
      }
      assert.strictEqual((yield* refusedBy(upsertSweep, { id: "  ", config: sweepConfig }))[0], 404)
      yield* begin("plain", { sweep: "  " })
      assert.strictEqual(yield* runState("plain"), "running")
    }).pipe(Effect.provide(server))
  )

  it.effect("keeps projects apart", () =>
    Effect.gen(function* () {
      yield* begin("r")
      yield* begin("r", { project: "other" })
      yield* finish("r", 0)
      assert.strictEqual(yield* runState("r"), "finished")
      assert.strictEqual(yield* runState("r", "other"), "running")
      assert.strictEqual(yield* runState("r", "none"), undefined)
      const { run } = yield* sweepWithRun
      assert.strictEqual(yield* runState(run, "other"), undefined)
    }).pipe(Effect.provide(server))
  )

  it.effect("tells its log of what a run alerts", () => {
    const told: Array<unknown> = []
    const log = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ annotations, message }) => {
        told.push([message, Option.getOrNull(HashMap.get(annotations, "title"))])
      })
    )
    return Effect.gen(function* () {
      const alert =
        'mutation NotifyScriptableRunAlert($run: String!, $severity: AlertSeverity = INFO, $wait: Duration) { notifyScriptableRunAlert(input: {entityName: "ent", projectName: "proj", runName: $run, title: "loss is NaN", text: "look", severity: $severity, waitDuration: $wait}) { success } }'
      yield* begin("r")
      const answer = yield* gql(alert, { run: "r", severity: "ERROR", wait: 60_000 })
      assert.strictEqual(at(answer, "notifyScriptableRunAlert", "success"), true)
      assert.deepInclude(told, [["A run alerts"], "loss is NaN"])
      assert.strictEqual((yield* refusedBy(alert, { run: "none" }))[0], 404)
    }).pipe(Effect.provide(Layer.merge(server, log)))
  })
})
