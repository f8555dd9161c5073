import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, TestClock } from "effect"
import { SweepId } from "@sweepline/core/SweepId"
import { Documents } from "@sweepline/core/Documents"
import * as ApiKey from "../src/ApiKey.js"
import * as Endpoint from "../src/Endpoint.js"
import { at, begin, gql, refusedBy, server, stream, sweepWithRun } from "./support.js"

const runs = (filters: unknown, more = "") =>
  Effect.map(
    gql(
      `query Runs($project: String!, $entity: String!, $cursor: String, $perPage: Int = 50, $order: String, $filters: JSONString) { project(name: $project, entityName: $entity) { internalId runCount(filters: $filters) readOnly runs(filters: $filters, after: $cursor, first: $perPage, order: $order) { edges { node { name } cursor } pageInfo { endCursor hasNextPage } } } }`,
      { project: "proj", entity: "ent", filters: JSON.stringify(filters), order: more === "" ? null : more }
    ),
    (data) => {
      const edges = at(data, "project", "runs", "edges")
      return Array.isArray(edges) ? edges.map((edge) => at(edge, "node", "name")) : edges
    }
  )

const three = Effect.gen(function* () {
  for (const [name, lr, loss] of [
    ["a", 0.1, 3],
    ["b", 0.2, 1],
    ["c", 0.3, 2]
  ] as const) {
    yield* begin(name, {
      config: `{"lr":{"value":${lr}},"opt":{"value":{"name":"adam${name}"}}}`,
      tags: [`t${name}`, "all"],
      groupName: "g"
    })
    yield* stream(name, { files: { "wandb-summary.json": { offset: 0, content: [`{"loss":${loss}}`] } } })
  }
  yield* stream("b", { complete: true, exitcode: 0 })
})

describe("Projects", () => {
  it.effect("tells who asks, and what the server can do", () =>
    Effect.gen(function* () {
      const data = yield* gql(
        "query GetViewer { viewer { ...UserFragment } serverInfo { features { name isEnabled } cliVersionInfo latestLocalVersionInfo { outOfDate latestVersionString versionOnThisInstanceString } } } fragment UserFragment on User { id name username email admin flags entity deletedAt apiKeys { edges { node { id name description } } } teams { edges { node { name } } } }"
      )
      assert.deepStrictEqual(data, {
        viewer: {
          id: "VXNlcjp2MTp1c3I=",
          name: "usr",
          username: "usr",
          email: "u@example.org",
          admin: false,
          flags: "{}",
          entity: "ent",
          deletedAt: null,
          apiKeys: { edges: [] },
          teams: { edges: [{ node: { name: "ent" } }, { node: { name: "team" } }] }
        },
        serverInfo: {
          features: [],
          cliVersionInfo: { max_cli_version: "99.0.0" },
          latestLocalVersionInfo: {
            outOfDate: false,
            latestVersionString: "0.1.0",
            versionOnThisInstanceString: "0.1.0"
          }
        }
      })
      const weave =
        "query OrganizationCoreWeaveOrganizationID ($entityName: String!) { entity(name: $entityName) { organization { coreWeaveOrganizationId } } }"
      assert.deepStrictEqual(yield* gql(weave, { entityName: "ent" }), { entity: { organization: null } })
      assert.deepStrictEqual(yield* gql(weave, { entityName: "acme" }), { entity: null })
    }).pipe(Effect.provide(server))
  )

  it.effect("has a project once something is in it", () =>
    Effect.gen(function* () {
      const project = (name: string, entity = "ent") =>
        Effect.map(
          gql(
            "query GetProject($name: String!, $entity: String!) { project(name: $name, entityName: $entity) { __typename name entityName access } }",
            { name, entity }
          ),
          (data) => at(data, "project")
        )
      assert.strictEqual(yield* project("new"), null)
      yield* begin("r", { project: "new" })
      assert.deepStrictEqual(yield* project("new"), {
        __typename: "Project",
        name: "new",
        entityName: "ent",
        access: "PRIVATE"
      })
      assert.strictEqual(yield* project("new", "team"), null)
      assert.strictEqual(yield* project("model-registry", "acme"), null)
      const created = yield* gql(
        "mutation CreateProject($input: UpsertModelInput!) { result: upsertModel(input: $input) { project { name description } model { name } inserted } }",
        { input: { name: "made", entityName: "team", description: "d" } }
      )
      assert.strictEqual(at(created, "result", "inserted"), true)
      const list = yield* gql(
        "query GetProjects($entity: String) { models(entityName: $entity, first: 50) { pageInfo { endCursor hasNextPage } edges { node { name description } } } }",
        { entity: "team" }
      )
      assert.deepStrictEqual(at(list, "models", "edges"), [{ node: { name: "made", description: "d" } }])
    }).pipe(Effect.provide(server))
  )

  it.effect("lists the runs of a project, those of its sweeps among them", () =>
    Effect.gen(function* () {
      const { run, sweep } = yield* sweepWithRun
      yield* TestClock.adjust("1 seconds")
      yield* begin("plain")
      assert.deepStrictEqual(yield* runs({}), [run, "plain"])
      assert.deepStrictEqual(yield* runs({ $and: [{ sweep }] }), [run])
      for (const filters of [{ $and: { sweep } }, { $or: ["x"] }, { $nor: null }, { $not: [] }]) {
        const [, message] = yield* refusedBy(
          'query R($filters: JSONString) { project(name: "proj", entityName: "ent") { runCount(filters: $filters) } }',
          { filters: JSON.stringify(filters) }
        )
        assert.match(String(message), /^filters: \$\w+ needs an? (list of )?objects?$/)
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("filters and orders runs as clients ask", () =>
    Effect.gen(function* () {
      yield* three
      const expected: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
        [{ state: "finished" }, ["b"]],
        [{ state: { $ne: "finished" } }, ["a", "c"]],
        [{ "config.lr": 0.2 }, ["b"]],
        [{ "config.lr.value": { $gte: 0.2, $lt: 0.3 } }, ["b"]],
        [{ "config.opt.value.name": "adama" }, ["a"]],
        [{ "config.opt.name": { $regex: "^adam[ab]$" } }, ["a", "b"]],
        [{ "summary_metrics.loss": { $lte: 2 } }, ["b", "c"]],
        [{ "summary_metrics.none": { $exists: false } }, ["a", "b", "c"]],
        [{ tags: "tc" }, ["c"]],
        [{ tags: { $in: ["ta", "tb"] } }, ["a", "b"]],
        [{ $or: [{ name: "a" }, { display_name: "c" }] }, ["a", "c"]],
        [{ $nor: [{ name: "a" }], group: "g" }, ["b", "c"]],
        [{ $not: { name: { $nin: ["a"] } } }, ["a"]],
        [{ job_type: "x" }, []],
        [{ constructor: { $exists: true } }, []],
        [{ username: "usr", entity: "ent", project: "proj" }, ["a", "b", "c"]],
        [{ user: { $ne: "usr" } }, []],
        [{ tags: { $not: { $in: ["ta"] } } }, ["b", "c"]],
        [{ tags: { $all: ["ta", "tb"] } }, []],
        [{ tags: { $regex: "^T[AB]$", $options: "i" } }, ["a", "b"]],
        [{ name: { $regex: "(?i)^A" } }, ["a"]],
        [{ historyLineCount: 0, duration: { $gte: 0 }, updatedAt: { $gt: "1969" } }, ["a", "b", "c"]]
      ]
      for (const [filters, names] of expected)
        assert.deepStrictEqual(yield* runs(filters), names, JSON.stringify(filters))
      assert.deepStrictEqual(yield* runs({}, "+summary_metrics.loss"), ["b", "c", "a"])
      assert.deepStrictEqual(yield* runs({}, "-config.lr.value"), ["c", "b", "a"])
      assert.deepStrictEqual(yield* runs({}, "-summary_metrics.none"), ["a", "b", "c"])
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses filters that it doesn't know", () =>
    Effect.gen(function* () {
      const query =
        'query Q($filters: JSONString) { project(name: "proj", entityName: "ent") { runCount(filters: $filters) } }'
      for (const filters of [
        `{"$where": "1"}`,
        `{"name": {"$near": 1}}`,
        `{"name": {"$regex": "("}}`,
        `{"name": {"$options": "i"}}`,
        `{"name": {"$regex": "a", "$options": "g"}}`,
        `{"name": {"$regex": "(?y)a"}}`,
        "["
      ]) {
        const [, message] = yield* refusedBy(query, { filters })
        assert.include(String(message), "filters:", filters)
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("keeps where the server of a sweep listens", () =>
    Effect.gen(function* () {
      const sweep = SweepId.make("abcd1234")
      const secret = yield* ApiKey.secret
      const first = yield* Endpoint.obtain(sweep, secret)
      assert.strictEqual(first.port, undefined)
      assert.match(Redacted.value(first.apiKey), /^[0-9a-f]{40}$/)
      yield* Endpoint.keepPort(sweep, 4711)
      const second = yield* Endpoint.obtain(sweep, secret)
      assert.strictEqual(second.port, 4711)
      assert.strictEqual(Redacted.value(second.apiKey), Redacted.value(first.apiKey))
      const other = yield* Endpoint.obtain(SweepId.make("other000"), secret)
      assert.notStrictEqual(Redacted.value(other.apiKey), Redacted.value(first.apiKey))
      const documents = yield* Documents
      const stored = yield* documents.read((reader) => JSON.stringify(reader.list({ prefix: "" })))
      for (const kept of [secret, first.apiKey]) assert.notInclude(stored, Redacted.value(kept))
      // As folders have it that were made before.
      yield* documents.write((writer) => writer.set("endpoint/before00", `{"port":4712,"apiKey":"${"b".repeat(60)}"}`))
      const before = yield* Endpoint.obtain(SweepId.make("before00"), secret)
      assert.deepStrictEqual([before.port, Redacted.value(before.apiKey)], [4712, "b".repeat(60)])
      yield* Endpoint.keepPort(SweepId.make("before00"), 4713)
      assert.strictEqual(
        Redacted.value((yield* Endpoint.obtain(SweepId.make("before00"), secret)).apiKey),
        "b".repeat(60)
      )
      const environment = Endpoint.environment({ port: 4711, apiKey: first.apiKey, entity: "ent", project: "proj" })
      assert.strictEqual(environment.get("WANDB_BASE_URL"), "http://127.0.0.1:4711")
    }).pipe(Effect.provide(server))
  )
})
