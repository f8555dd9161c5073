import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  at,
  createSweep,
  gql,
  heartbeatMutation,
  post,
  refusedBy,
  registerAgent,
  server,
  serverWith
} from "./support.js"

const push = (selection: string) =>
  `mutation pushToRunQueueByName($entityName: String!, $projectName: String!, $queueName: String!, $runSpec: JSONString!) { pushToRunQueueByName(input: {entityName: $entityName, projectName: $projectName, queueName: $queueName, runSpec: $runSpec}) { ${selection} } }`

describe("GraphQL", () => {
  it.effect("refuses what the schema doesn't know, with status 200 and the real server's words", () =>
    Effect.gen(function* () {
      const variables = { entityName: "ent", projectName: "model-registry", queueName: "q", runSpec: "{}" }
      assert.deepStrictEqual(yield* refusedBy(push("runQueueItemId spec"), variables), [
        200,
        'Cannot query field "spec" on type "PushToRunQueueByNamePayload".'
      ])
      assert.deepStrictEqual(yield* refusedBy("mutation Fly { fly { high } }"), [
        200,
        'Cannot query field "fly" on type "Mutation".'
      ])
      const [status, message] = yield* refusedBy("query Broken {")
      assert.strictEqual(status, 200)
      assert.include(String(message), "Syntax Error")
      const [missing, what] = yield* refusedBy("query RunState($name: String!) { project(name: $name) { id } }", {})
      assert.strictEqual(missing, 200)
      assert.include(String(what), 'Variable "$name" of required type "String!" was not provided.')
    }).pipe(Effect.provide(server))
  )

  it.effect("answers what clients up to 0.18 look for before a run, and what they ask because of it", () =>
    Effect.gen(function* () {
      const probe =
        'query ProbeServerSettings { ServerSettingsType: __type(name: "ServerSettings") { ...fieldData } } fragment fieldData on __Type { fields { name } }'
      assert.deepStrictEqual(yield* gql(probe), { ServerSettingsType: { fields: [{ name: "serverMessages" }] } })
      const begun = yield* gql(
        'mutation UpsertBucket { upsertBucket(input: {name: "r", modelName: "proj", host: "h"}) { inserted serverSettings { serverMessages { utfText plainText htmlText messageType messageLevel } } } }'
      )
      assert.deepStrictEqual(at(begun, "upsertBucket"), { inserted: true, serverSettings: { serverMessages: [] } })
      const project = yield* gql(
        "mutation upsertModel($name: String, $entity: String) { upsertModel(input: { name: $name, entityName: $entity }) { project { name } } }",
        { name: "older", entity: "ent" }
      )
      assert.strictEqual(at(project, "upsertModel", "project", "name"), "older")
    }).pipe(Effect.provide(server))
  )

  it.effect("takes the operation's name from the document where the request has none", () =>
    Effect.gen(function* () {
      const query = "query Viewer { viewer { id entity } }"
      const expected = `{"data":{"viewer":{"id":"VXNlcjp2MTp1c3I=","entity":"ent"}}}`
      for (const body of [{ query }, { query, operationName: "" }, { query, operationName: "Viewer" }]) {
        assert.deepStrictEqual(yield* post(body), { status: 200, text: expected })
      }
      assert.deepStrictEqual(yield* post({ query, operationName: null, variables: null }), {
        status: 200,
        text: expected
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("takes a text for a list of texts, and variables that the document doesn't declare", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      const query =
        "query SweepWithRuns($entity: String, $project: String, $sweep: String!, $specs: [JSONString!]!) { project(name: $project, entityName: $entity) { sweep(sweepName: $sweep) { runs { edges { node { sampledHistory(specs: $specs) } } } } } }"
      const data = yield* gql(query, { entity: "ent", project: "proj", sweep, specs: "{}", undeclared: 1 })
      assert.deepStrictEqual(at(data, "project", "sweep", "runs", "edges"), [])
    }).pipe(Effect.provide(server))
  )

  it.effect("answers many aliased reads in one request, and one that fails fails alone", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep()
      const count = 250
      const parts = Array.from(
        { length: count },
        (_, n) => `s${n}: sweep(sweepName: "${n % 2 === 0 ? sweep : "none"}") { state }`
      )
      const data = yield* gql(
        `query Reads { p0: project(name: "proj", entityName: "ent") { ${parts.join(" ")} } viewer { id } }`
      )
      assert.deepStrictEqual(at(data, "p0", "s0"), { state: "PENDING" })
      assert.strictEqual(at(data, "p0", "s1"), null)
      assert.deepStrictEqual(at(data, "p0", "s248"), { state: "PENDING" })
    }).pipe(Effect.provide(server))
  )

  it.effect("answers aliased mutations in their order, with the errors of those that fail beside the others", () =>
    Effect.gen(function* () {
      const agent = yield* registerAgent(yield* createSweep())
      const query = `mutation Heartbeats($a: ID!, $b: ID!) { h0: agentHeartbeat(input: {id: $a}) { commands } h1: agentHeartbeat(input: {id: $b}) { commands } }`
      const { status, text } = yield* post({ query, variables: { a: agent, b: "nobody" }, operationName: "" })
      assert.strictEqual(status, 200)
      const body: unknown = JSON.parse(text)
      assert.include(String(at(body, "data", "h0", "commands")), `"type": "run"`)
      assert.strictEqual(at(body, "data", "h1"), null)
      assert.deepStrictEqual(at(body, "errors"), [
        { message: "agent nobody not found", path: ["h1"], locations: [{ line: 1, column: 90 }] }
      ])
    }).pipe(Effect.provide(server))
  )

  it.effect("says with its status how the one operation of a document fails", () =>
    Effect.gen(function* () {
      const variables = { id: "nobody", metrics: "{}", runState: "{}" }
      assert.deepStrictEqual(yield* refusedBy(heartbeatMutation, variables), [404, "agent nobody not found"])
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses a query that nests too deep, also through fragments", () =>
    Effect.gen(function* () {
      const deep = (levels: number) =>
        `query Deep { project(name: "proj", entityName: "ent") { ${"runs { edges { node { project { ".repeat(levels)} id ${"} } } } ".repeat(levels)} } }`
      assert.strictEqual((yield* post({ query: deep(1) })).status, 200)
      const refused = [200, "The query nests deeper than 20 levels."] as const
      assert.deepStrictEqual(yield* refusedBy(deep(6)), refused)
      // More levels than the parser's stack has room for.
      assert.deepStrictEqual(yield* refusedBy(deep(5000)), refused)
      const circle =
        'query C { project(name: "p") { ...A } } fragment A on Project { runs { edges { node { project { ...A } } } } }'
      assert.deepStrictEqual(yield* refusedBy(circle), refused)
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses a body that is too long, or no JSON, or no request", () =>
    Effect.gen(function* () {
      const query = "query Viewer { viewer { id } }"
      assert.strictEqual((yield* post({ query, variables: { filler: "x".repeat(2000) } })).status, 413)
      assert.strictEqual((yield* post({ query })).status, 200)
      assert.strictEqual((yield* post("query")).status, 400)
      assert.strictEqual((yield* post({ document: query })).status, 400)
    }).pipe(Effect.provide(serverWith({ maxQuery: 1000 })))
  )
})
