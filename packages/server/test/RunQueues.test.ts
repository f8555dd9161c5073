import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import {
  at,
  begin,
  heartbeat,
  createQueue,
  createRunQueue,
  gql,
  post,
  refusedBy,
  runState,
  server,
  stopRun,
  sweepWithRun,
  textAt
} from "./support.js"

const pushByName = (declared = "", sent = "") =>
  `mutation pushToRunQueueByName($entityName: String!, $projectName: String!, $queueName: String!, $runSpec: JSONString!${declared}) { pushToRunQueueByName(input: {entityName: $entityName, projectName: $projectName, queueName: $queueName, runSpec: $runSpec${sent}}) { runQueueItemId runSpec } }`

const queue = { entityName: "ent", projectName: "model-registry", queueName: "q" }

const push = (runSpec: string, priority?: number) =>
  Effect.map(
    priority === undefined
      ? gql(pushByName(), { ...queue, runSpec })
      : gql(pushByName(", $priority: Int", ", priority: $priority"), { ...queue, runSpec, priority }),
    (data) => textAt(data, "pushToRunQueueByName", "runQueueItemId")
  )

const popMutation =
  "mutation popFromRunQueue($entity: String!, $project: String!, $queueName: String!, $launchAgentId: ID) { popFromRunQueue(input: { entityName: $entity, projectName: $project, queueName: $queueName, launchAgentId: $launchAgentId }) { runQueueItemId runSpec } }"
const popVariables = { entity: "ent", project: "model-registry", queueName: "q", launchAgentId: "a" }

const pop = Effect.map(gql(popMutation, popVariables), (data) => at(data, "popFromRunQueue"))

const item = (itemId: string, runQueue = "q") =>
  Effect.map(
    gql(
      "query GetRunQueueItem($projectName: String!, $entityName: String!, $runQueue: String!, $itemId: ID!) { project(name: $projectName, entityName: $entityName) { runQueue(name: $runQueue) { runQueueItem(id: $itemId) { id state associatedRunId } } } }",
      { projectName: "model-registry", entityName: "ent", runQueue, itemId }
    ),
    (data) => at(data, "project", "runQueue", "runQueueItem")
  )

const ack = (itemId: string, runId: string) =>
  gql(
    "mutation ackRunQueueItem($itemId: ID!, $runId: String!) { ackRunQueueItem(input: { runQueueItemId: $itemId, runName: $runId }) { success } }",
    { itemId, runId }
  )

const fail = (runQueueItemId: string) =>
  gql(
    "mutation failRunQueueItem($runQueueItemId: ID!, $message: String!, $stage: String!, $filePaths: [String!]) { failRunQueueItem(input: { runQueueItemId: $runQueueItemId message: $message stage: $stage filePaths: $filePaths }) { success } }",
    { runQueueItemId, message: "boom", stage: "agent" }
  )

const launchAgentQuery =
  "query LaunchAgent($agentId: ID!) { launchAgent(id: $agentId) { id name runQueues hostname agentStatus stopPolling heartbeatAt } }"

describe("RunQueues", () => {
  it.effect("creates and lists the queues of a project that is always there", () =>
    Effect.gen(function* () {
      const list = Effect.map(
        gql(
          "query ProjectRunQueues($entity: String!, $projectName: String!){ project(entityName: $entity, name: $projectName) { runQueues { id name createdBy access } } }",
          { entity: "ent", projectName: "model-registry" }
        ),
        (data) => at(data, "project", "runQueues")
      )
      assert.deepStrictEqual(yield* list, [])
      const id = yield* createQueue("q")
      assert.deepStrictEqual(yield* list, [{ id, name: "q", createdBy: "usr", access: "PROJECT" }])
      const again = { entity: "ent", project: "model-registry", queueName: "q", access: "PROJECT" }
      assert.deepStrictEqual(yield* refusedBy(createRunQueue, again), [400, "run queue q is there already"])
      assert.strictEqual((yield* refusedBy(createRunQueue, { ...again, access: "EVERYBODY" }))[0], 200)
      assert.strictEqual((yield* refusedBy(createRunQueue, { ...again, entity: "acme" }))[0], 404)
      const unconfigured = { ...again, queueName: "other", defaultResourceConfigID: "none" }
      assert.deepStrictEqual(yield* refusedBy(createRunQueue, unconfigured), [404, "resource config none not found"])
    }).pipe(Effect.provide(server))
  )

  it.effect("takes a spec as text, answers it as text, and hands it out as the object that it is, byte for byte", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      const runSpec = `{"overrides": {"run_config": {"lr": 1.0, "tiny": 1e-05, "big": 12345678901234567890, "10": 1, "2": "\\u00e9"}}, "resource": null}`
      const pushed = yield* post({ query: pushByName(), variables: { ...queue, runSpec }, operationName: "" })
      const id = textAt(JSON.parse(pushed.text), "data", "pushToRunQueueByName", "runQueueItemId")
      assert.strictEqual(
        pushed.text,
        `{"data":{"pushToRunQueueByName":{"runQueueItemId":"${id}","runSpec":${JSON.stringify(runSpec)}}}}`
      )
      const popped = yield* post({ query: popMutation, variables: popVariables, operationName: "" })
      assert.strictEqual(popped.text, `{"data":{"popFromRunQueue":{"runQueueItemId":"${id}","runSpec":${runSpec}}}}`)
      assert.strictEqual(yield* pop, null)
    }).pipe(Effect.provide(server))
  )

  it.effect("hands out a job with what its queue prescribes, template variables filled in, where it says nothing", () =>
    Effect.gen(function* () {
      const made = yield* gql(
        'mutation CreateDefaultResourceConfig($config: JSONString!, $templateVariables: JSONString) { createDefaultResourceConfig(input: {entityName: "ent", resource: "kubernetes", config: $config, templateVariables: $templateVariables}) { defaultResourceConfigID success } }',
        {
          config: `{"resource_args": {"kubernetes": {"cpu": "{{cpu}}", "name": "{{ who }}-{{cpu}}", "as": "{{is}}"}}}`,
          templateVariables: `{"cpu": {"schema": {"type": "integer", "default": 1}}, "who": {"schema": {"type": "string"}}}`
        }
      )
      yield* gql(createRunQueue, {
        entity: "ent",
        project: "model-registry",
        queueName: "q",
        access: "PROJECT",
        defaultResourceConfigID: textAt(made, "createDefaultResourceConfig", "defaultResourceConfigID")
      })
      const templated = pushByName(
        ", $templateVariableValues: JSONString",
        ", templateVariableValues: $templateVariableValues"
      )
      yield* gql(templated, { ...queue, runSpec: `{"resource": null}`, templateVariableValues: `{"who": "kim"}` })
      yield* push(`{"resource": "kubernetes", "resource_args": {"own": 1}}`)
      yield* push(`{"resource": "local-process"}`)
      const specs = [yield* pop, yield* pop, yield* pop].map((item) => at(item, "runSpec"))
      assert.deepStrictEqual(specs, [
        { resource: "kubernetes", resource_args: { kubernetes: { cpu: 1, name: "kim-1", as: "{{is}}" } } },
        { resource: "kubernetes", resource_args: { own: 1 } },
        { resource: "local-process" }
      ])
    }).pipe(Effect.provide(server))
  )

  it.effect("makes an item of every push, also of one that was made before", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      const spec = `{"run_id": "b7d2m4zz"}`
      const ids = [yield* push(spec), yield* push(spec), yield* push(spec)]
      assert.strictEqual(new Set(ids).size, 3)
      const listing = yield* gql(
        "query GetRunQueueItem($projectName: String!, $entityName: String!, $runQueue: String!) { project(name: $projectName, entityName: $entityName) { runQueue(name: $runQueue) { runQueueItems { edges { node { id state associatedRunId } } } } } }",
        { projectName: "model-registry", entityName: "ent", runQueue: "q" }
      )
      assert.deepStrictEqual(
        at(listing, "project", "runQueue", "runQueueItems", "edges"),
        ids.map((id) => ({ node: { id, state: "PENDING", associatedRunId: null } }))
      )
      for (const id of ids) assert.strictEqual(at(yield* pop, "runQueueItemId"), id)
    }).pipe(Effect.provide(server))
  )

  it.effect("hands out the most urgent first, then the oldest; 2 is the priority of who names none", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      const pushed = new Map<string, string>()
      for (const [name, priority] of [
        ["c", undefined],
        ["d", 2],
        ["e", 3],
        ["a", 0],
        ["b", 0],
        ["first", -1]
      ] as const) {
        pushed.set(yield* push(`{"name": "${name}"}`, priority), name)
      }
      const order: Array<string | undefined> = []
      for (let n = 0; n < 6; n++) order.push(pushed.get(textAt(yield* pop, "runQueueItemId")))
      assert.deepStrictEqual(order, ["first", "a", "b", "c", "d", "e"])
    }).pipe(Effect.provide(server))
  )

  it.effect("leases an item for a minute, and keeps who claimed it", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      const id = yield* push(`{}`)
      assert.deepStrictEqual(yield* item(id), { id, state: "PENDING", associatedRunId: null })
      yield* pop
      assert.strictEqual(at(yield* item(id), "state"), "LEASED")
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* pop, null)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(at(yield* item(id), "state"), "PENDING")
      assert.strictEqual(at(yield* pop, "runQueueItemId"), id)
      assert.deepStrictEqual(yield* ack(id, "run1"), { ackRunQueueItem: { success: true } })
      assert.deepStrictEqual(yield* ack(id, "run1"), { ackRunQueueItem: { success: true } })
      assert.deepStrictEqual(yield* ack(id, "another"), { ackRunQueueItem: { success: false } })
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* item(id), { id, state: "CLAIMED", associatedRunId: "run1" })
      assert.strictEqual(yield* pop, null)
      assert.deepStrictEqual(yield* ack("noitem00", "run1"), { ackRunQueueItem: { success: false } })
    }).pipe(Effect.provide(server))
  )

  it.effect("fails items, and knows none of another queue", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      yield* createQueue("other")
      const id = yield* push(`{}`)
      yield* pop
      assert.deepStrictEqual(yield* fail(id), { failRunQueueItem: { success: true } })
      assert.strictEqual(at(yield* item(id), "state"), "FAILED")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* pop, null)
      assert.strictEqual(yield* item(id, "other"), null)
      assert.strictEqual(yield* item("noitem00"), null)
      assert.strictEqual(yield* item(id, "noqueue"), undefined)
      const warn =
        "mutation updateRunQueueItemWarning($runQueueItemId: ID!, $message: String!, $stage: String!, $filePaths: [String!]) { updateRunQueueItemWarning(input: { runQueueItemId: $runQueueItemId message: $message stage: $stage filePaths: $filePaths }) { success } }"
      const warned = yield* gql(warn, { runQueueItemId: id, message: "hm", stage: "run", filePaths: null })
      assert.deepStrictEqual(warned, { updateRunQueueItemWarning: { success: true } })
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses a queue that there isn't, and a spec that is none", () =>
    Effect.gen(function* () {
      const variables = { ...queue, runSpec: "{}" }
      assert.deepStrictEqual(yield* refusedBy(pushByName(), variables), [
        404,
        "run queue q not found in ent/model-registry"
      ])
      assert.strictEqual(yield* pop, null)
      const queueID = yield* createQueue("q")
      for (const runSpec of ["[]", "{", ""]) {
        assert.strictEqual((yield* refusedBy(pushByName(), { ...queue, runSpec }))[0], 400)
      }
      const byId =
        "mutation pushToRunQueue( $queueID: ID!, $runSpec: JSONString! ) { pushToRunQueue( input: {queueID: $queueID, runSpec: $runSpec} ) { runQueueItemId } }"
      const data = yield* gql(byId, { queueID, runSpec: "{}" })
      assert.strictEqual(at(yield* item(textAt(data, "pushToRunQueue", "runQueueItemId")), "state"), "PENDING")
      assert.strictEqual((yield* refusedBy(byId, { queueID: "none", runSpec: "{}" }))[0], 404)
    }).pipe(Effect.provide(server))
  )

  it.effect("doesn't hand out the item of a run that was stopped meanwhile", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      const { run, sweep } = yield* sweepWithRun
      const id = yield* push(`{"sweep_id": "${sweep}", "run_id": "${run}"}`)
      const next = yield* push(`{"run_id": "other"}`)
      yield* stopRun(run)
      assert.strictEqual(yield* runState(run), "killed")
      assert.strictEqual(at(yield* pop, "runQueueItemId"), next)
      assert.strictEqual(at(yield* item(id), "state"), "FAILED")
    }).pipe(Effect.provide(server))
  )

  it.effect("calls a run failed whose item failed before it began, so that it isn't handed out for ever", () =>
    Effect.gen(function* () {
      yield* createQueue("q")
      const { agent, run, sweep } = yield* sweepWithRun
      const id = yield* push(`{"sweep_id": "${sweep}", "run_id": "${run}"}`)
      yield* pop
      yield* fail(id)
      assert.strictEqual(yield* runState(run), "failed")
      const next = textAt(JSON.parse(yield* heartbeat(agent)), 0, "run_id")
      assert.notStrictEqual(next, run)
      yield* begin(next)
      yield* fail(yield* push(`{"sweep_id": "${sweep}", "run_id": "${next}"}`))
      assert.strictEqual(yield* runState(next), "running")
    }).pipe(Effect.provide(server))
  )

  it.effect("registers launch agents and keeps their status", () =>
    Effect.gen(function* () {
      const id = yield* createQueue("q")
      const created = yield* gql(
        "mutation createLaunchAgent($entity: String!, $project: String!, $queues: [ID!]!, $hostname: String!, $agentConfig: JSONString, $version: String) { createLaunchAgent(input: {entityName: $entity, projectName: $project, runQueues: $queues, hostname: $hostname, agentConfig: $agentConfig, version: $version}) { launchAgentId } }",
        {
          entity: "ent",
          project: "model-registry",
          queues: [id],
          hostname: "h",
          agentConfig: "{}",
          version: "wandb@0.30.0"
        }
      )
      const agentId = textAt(created, "createLaunchAgent", "launchAgentId")
      const team = yield* gql("query EntityIsTeam($entity: String!) { entity(name: $entity) { id isTeam } }", {
        entity: "ent"
      })
      assert.strictEqual(at(team, "entity", "isTeam"), true)
      const update = yield* gql(
        "mutation updateLaunchAgent($agentId: ID!, $agentStatus: String){ updateLaunchAgent( input: { launchAgentId: $agentId agentStatus: $agentStatus } ) { success } }",
        { agentId, agentStatus: "RUNNING" }
      )
      assert.deepStrictEqual(update, { updateLaunchAgent: { success: true } })
      assert.deepStrictEqual(yield* gql(launchAgentQuery, { agentId }), {
        launchAgent: {
          id: agentId,
          name: "launch-agent-1",
          runQueues: [id],
          hostname: "h",
          agentStatus: "RUNNING",
          stopPolling: false,
          heartbeatAt: "1970-01-01T00:00:00Z"
        }
      })
      assert.deepStrictEqual(yield* gql(launchAgentQuery, { agentId: "none" }), { launchAgent: null })
    }).pipe(Effect.provide(server))
  )
})
