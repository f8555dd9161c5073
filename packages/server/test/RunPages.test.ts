import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { Documents } from "@sweepline/core/Documents"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as RunChanges from "../src/RunChanges.js"
import {
  at,
  base64,
  begin,
  createSweep,
  gql,
  heartbeat,
  refusedBy,
  registerAgent,
  server,
  stream,
  sweepWithRun,
  textAt
} from "./support.js"

const query =
  'query Runs($cursor: String, $perPage: Int = 2, $order: String, $filters: JSONString) { project(name: "proj", entityName: "ent") { runCount(filters: $filters) runs(filters: $filters, after: $cursor, first: $perPage, order: $order) { edges { node { name } cursor } pageInfo { endCursor hasNextPage } } } }'

interface Asked {
  readonly order?: string
  readonly filters?: unknown
  readonly cursor?: unknown
}

const page = ({ cursor, filters = {}, order = "+created_at" }: Asked = {}) =>
  Effect.map(gql(query, { cursor, order, filters: JSON.stringify(filters) }), (data) => {
    const edges = at(data, "project", "runs", "edges")
    return {
      names: Array.isArray(edges) ? edges.map((edge) => at(edge, "node", "name")) : [],
      count: at(data, "project", "runCount"),
      cursor: at(data, "project", "runs", "pageInfo", "endCursor"),
      more: at(data, "project", "runs", "pageInfo", "hasNextPage")
    }
  })

const summarised = (name: string, summary: string) =>
  Effect.zipRight(begin(name), stream(name, { files: { "wandb-summary.json": { offset: 0, content: [summary] } } }))

describe("Pages of runs", () => {
  it.effect("go on where the last one ended, also when its last run is no longer wanted or gone", () =>
    Effect.gen(function* () {
      for (const name of ["a", "b", "c", "d", "e"]) yield* begin(name)
      const filters = { state: "running" }
      const first = yield* page({ filters })
      assert.deepStrictEqual([first.names, first.count, first.more], [["a", "b"], 5, true])
      yield* stream("b", { complete: true, exitcode: 0 })
      const second = yield* page({ filters, cursor: first.cursor })
      assert.deepStrictEqual([second.names, second.count, second.more], [["c", "d"], 4, true])
      yield* gql("mutation D($id: ID!) { deleteRun(input: {id: $id}) { clientMutationId } }", {
        id: base64("Run:v1:d:proj:ent")
      })
      const third = yield* page({ filters, cursor: second.cursor })
      assert.deepStrictEqual([third.names, third.count, third.more], [["e"], 3, false])
      assert.deepStrictEqual((yield* page({ filters })).names, ["a", "c"])
    }).pipe(Effect.provide(server))
  )

  it.effect("of a sweep and of its agent keep to the filters and the order that a client asks for, too", () =>
    Effect.gen(function* () {
      const sweep = yield* createSweep({
        config: "method: random\nprogram: t.py\nparameters: {x: {min: 0.0, max: 1.0}}\n"
      })
      const agent = yield* registerAgent(sweep)
      const ids: Array<string> = []
      for (const loss of [1, 2]) {
        const run = textAt(JSON.parse(yield* heartbeat(agent)), 0, "run_id")
        ids.push(run)
        yield* begin(run)
        const files = { "wandb-summary.json": { offset: 0, content: [`{"loss": ${loss}}`] } }
        yield* stream(run, loss === 2 ? { files } : { files, complete: true, exitcode: 0 })
      }
      const of = (path: string, filters: unknown, order = "") =>
        Effect.map(
          gql(
            `query S($filters: JSONString, $order: String) { project(name: "proj", entityName: "ent") { sweep(sweepName: "${sweep}") { ${path.replace("runs", "runs(filters: $filters, order: $order, first: 2) { edges { node { name } } }")} } } }`,
            { filters: JSON.stringify(filters), order }
          ),
          (data) => JSON.stringify(data).match(new RegExp(ids.join("|"), "g")) ?? []
        )
      for (const path of ["runs", `agent(agentName: "${agent}") { runs }`]) {
        assert.deepStrictEqual(yield* of(path, {}), ids)
        assert.deepStrictEqual(yield* of(path, {}, "-summary_metrics.loss"), ids.toReversed())
        assert.deepStrictEqual(yield* of(path, { state: "finished" }), ids.slice(0, 1))
        assert.deepStrictEqual(yield* of(path, { state: "running" }), ids.slice(1))
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("of a sweep go on behind a run that the filters let through no longer", () =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const config = "{method: random, command: ['true'], parameters: {x: {min: 0.5, max: 1.5}}}"
      const sweep = yield* api.createSweep({ config, name: "", seed: 0 })
      const ids = yield* Effect.replicateEffect(api.createRun({ sweep, trial: new Map() }), 3)
      for (const id of ids) yield* begin(id)
      const running = (after = "") =>
        Effect.map(
          gql(
            `query S($filters: JSONString, $after: String) { project(name: "proj", entityName: "ent") { sweep(sweepName: "${sweep}") { runs(filters: $filters, after: $after, first: 1) { edges { node { name } } pageInfo { endCursor } } } } }`,
            { filters: '{"state": "running"}', after }
          ),
          (data) => at(data, "project", "sweep", "runs")
        )
      const seen: Array<string> = []
      let page = yield* running()
      for (const _ of ids) {
        const run = textAt(page, "edges", 0, "node", "name")
        seen.push(run)
        // The first one goes on: who began anew would come by it again.
        if (seen.length > 1) yield* stream(run, { complete: true, exitcode: 0 })
        page = yield* running(textAt(page, "pageInfo", "endCursor"))
      }
      assert.deepStrictEqual(seen, [...ids])
      assert.deepStrictEqual(at(page, "edges"), [])
    }).pipe(Effect.provide(server))
  )

  it.effect("forget a run that is gone, also where far more than that has changed since", () =>
    Effect.gen(function* () {
      for (const name of ["a", "b", "c"]) yield* begin(name)
      assert.strictEqual((yield* page()).count, 3)
      yield* gql("mutation D($id: ID!) { deleteRun(input: {id: $id}) { clientMutationId } }", {
        id: base64("Run:v1:b:proj:ent")
      })
      const documents = yield* Documents
      const place = { entity: "ent", project: "proj", name: "a" }
      yield* documents.write((writer) => {
        for (let n = 0; n < 3000; n++) RunChanges.note(writer, place)
      })
      const found = yield* page()
      assert.deepStrictEqual([found.names, found.count, found.more], [["a", "c"], 2, false])
    }).pipe(Effect.provide(server))
  )

  it.effect("tell of runs as they have become since the page before", () =>
    Effect.gen(function* () {
      yield* summarised("a", '{"loss": 1}')
      yield* summarised("b", '{"loss": 2}')
      const order = "-summary_metrics.loss"
      assert.deepStrictEqual((yield* page({ order })).names, ["b", "a"])
      yield* summarised("a", '{"loss": 3}')
      yield* summarised("c", '{"loss": 4}')
      assert.deepStrictEqual((yield* page({ order })).names, ["c", "a"])
      assert.deepStrictEqual((yield* page({ order, filters: { "summary_metrics.loss": 2 } })).names, ["b"])
    }).pipe(Effect.provide(server))
  )

  it.effect("tell of the runs of a sweep as its agents and clients go on", () =>
    Effect.gen(function* () {
      const { agent, run, sweep } = yield* sweepWithRun
      const filters = { $and: [{ sweep }] }
      assert.deepStrictEqual((yield* page({ filters })).names, [run])
      assert.deepStrictEqual((yield* page({ filters: { sweep, state: "finished" } })).names, [])
      yield* begin(run, { sweep })
      yield* stream(run, { complete: true, exitcode: 0 })
      assert.deepStrictEqual((yield* page({ filters: { sweep, state: "finished" } })).names, [run])
      yield* heartbeat(agent, JSON.stringify({ [run]: false }))
      assert.strictEqual((yield* page({ filters })).count, 2)
    }).pipe(Effect.provide(server))
  )

  it.effect("have runs of the same second in the order in which they began", () =>
    Effect.gen(function* () {
      for (const name of ["z", "y", "x"]) {
        yield* begin(name)
        yield* TestClock.adjust("5 millis")
      }
      assert.deepStrictEqual((yield* page()).names, ["z", "y"])
      assert.deepStrictEqual((yield* page({ order: "-created_at" })).names, ["x", "y"])
    }).pipe(Effect.provide(server))
  )

  it.effect("have runs without the value last, and those whose value is no number", () =>
    Effect.gen(function* () {
      yield* begin("none")
      for (const [name, loss] of [
        ["nan", "NaN"],
        ["two", "2"],
        ["worst", "Infinity"],
        ["one", "1.5"]
      ] as const) {
        yield* summarised(name, `{"loss": ${loss}}`)
      }
      const all = (order: string) =>
        Effect.gen(function* () {
          const first = yield* page({ order })
          const second = yield* page({ order, cursor: first.cursor })
          const third = yield* page({ order, cursor: second.cursor })
          return [...first.names, ...second.names, ...third.names]
        })
      assert.deepStrictEqual(yield* all("+summary_metrics.loss"), ["one", "two", "worst", "nan", "none"])
      assert.deepStrictEqual(yield* all("-summary_metrics.loss"), ["worst", "two", "one", "nan", "none"])
    }).pipe(Effect.provide(server))
  )

  it.effect("begin after a cursor only", () =>
    Effect.gen(function* () {
      yield* begin("a")
      const [status, message] = yield* refusedBy(query, { cursor: "elsewhere", filters: "{}" })
      assert.deepStrictEqual([status, message], [200, "after: this is no cursor of a list of runs"])
    }).pipe(Effect.provide(server))
  )
})
