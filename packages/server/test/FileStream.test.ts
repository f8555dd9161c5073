import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { RunId } from "@sweepline/core/RunId"
import { RunLog } from "@sweepline/core/RunLog"
import { SweepId } from "@sweepline/core/SweepId"
import {
  at,
  begin,
  createSweep,
  gql,
  heartbeat,
  key,
  registerAgent,
  runState,
  send,
  server,
  serverWith,
  stream,
  sweepConfig,
  sweepWithRun,
  textAt
} from "./support.js"

const history = (offset: number, ...content: ReadonlyArray<string>) => ({
  files: { "wandb-history.jsonl": { offset, content } }
})

const rowsOf = (sweep: string, run: string) =>
  Effect.gen(function* () {
    const log = yield* RunLog
    const rows = yield* Stream.runCollect(log.rows({ sweep: SweepId.make(sweep), run: RunId.make(run) }))
    return [...rows].map(({ at, step, values }) => ({ at, step, values: [...values] }))
  })

const output = (run: string, page = "first: 100") =>
  Effect.map(
    gql(
      `query RunConsoleLogPage($entity: String!, $project: String!, $runName: String!) { project(name: $project, entityName: $entity) { run(name: $runName) { logLineCount logLines(${page}, useImprovedPagination: true) { edges { node { number timestamp level label line } } pageInfo { endCursor hasNextPage } } } } }`,
      { entity: "ent", project: "proj", runName: run }
    ),
    (data) => at(data, "project", "run")
  )

describe("FileStream", () => {
  it.effect("gives a sweep's rows to its log, with their steps and times, without W&B's own keys", () =>
    Effect.gen(function* () {
      const { run, sweep } = yield* sweepWithRun
      yield* begin(run)
      const rows = [
        `{"loss":1,"nested":{"x":[1,2.0]},"nan":NaN,"inf":-Infinity,"_timestamp":12.5,"_runtime":0.1,"_step":0}`,
        `{"_step":7,"loss":0.5}`
      ]
      yield* stream(
        run,
        `{"files":{"wandb-history.jsonl":{"offset":0,"content":[${rows.map((row) => JSON.stringify(row)).join(",")}]}}}`
      )
      assert.deepStrictEqual(yield* rowsOf(sweep, run), [
        {
          at: 12500,
          step: 0,
          values: [
            ["loss", 1n],
            ["nested", new Map([["x", [1n, 2]]])],
            ["nan", Number.NaN],
            ["inf", Number.NEGATIVE_INFINITY]
          ]
        },
        { at: 0, step: 7, values: [["loss", 0.5]] }
      ])
    }).pipe(Effect.provide(server))
  )

  it.effect(
    "counts a row by its place whose step is no finite number, and takes it as of now without such a time",
    () =>
      Effect.gen(function* () {
        const { run, sweep } = yield* sweepWithRun
        yield* begin(run)
        const rows = [
          `{"_step":NaN,"_timestamp":NaN,"loss":2}`,
          `{"_step":Infinity,"_timestamp":-Infinity,"loss":1}`,
          `{"_timestamp":1e306,"loss":0}`
        ]
        assert.deepStrictEqual(yield* stream(run, history(0, ...rows)), {})
        assert.deepStrictEqual(
          (yield* rowsOf(sweep, run)).map(({ at, step }) => [at, step]),
          [
            [0, 0],
            [0, 1],
            [0, 2]
          ]
        )
        const keys = yield* gql(`{ project(name: "proj", entityName: "ent") { run(name: "${run}") { historyKeys } } }`)
        assert.strictEqual(at(keys, "project", "run", "historyKeys", "lastStep"), 2)
      }).pipe(Effect.provide(server))
  )

  it.effect("finds a run by names of any length that there may be", () =>
    Effect.gen(function* () {
      const [project, name] = ["p".repeat(128), "\u{1f680}".repeat(128)]
      yield* begin(name, { project })
      const reply = yield* send("POST", `/files/ent/${project}/${encodeURIComponent(name)}/file_stream`, {
        key,
        body: JSON.stringify({ complete: true, exitcode: 0 })
      })
      assert.strictEqual(reply.status, 200)
      assert.strictEqual(yield* runState(name, project), "finished")
    }).pipe(Effect.provide(server))
  )

  it.effect("tells an exit code of Windows, which has 32 bits and no sign, as the same bits with one", () =>
    Effect.gen(function* () {
      yield* begin("r")
      yield* stream("r", { complete: true, exitcode: 0xc000013a })
      const data = yield* gql(`{ project(name: "proj", entityName: "ent") { run(name: "r") { state exitcode } } }`)
      assert.deepStrictEqual(at(data, "project", "run"), { state: "failed", exitcode: -1073741510 })
    }).pipe(Effect.provide(server))
  )

  it.effect("takes lines that come again once", () =>
    Effect.gen(function* () {
      const { run, sweep } = yield* sweepWithRun
      yield* begin(run)
      yield* stream(run, history(0, `{"loss":3}`, `{"loss":2}`))
      yield* stream(run, history(0, `{"loss":3}`, `{"loss":2}`))
      yield* stream(run, history(1, `{"loss":2}`, `{"loss":1}`))
      assert.deepStrictEqual(
        (yield* rowsOf(sweep, run)).map(({ step, values }) => [step, values]),
        [
          [0, [["loss", 3n]]],
          [1, [["loss", 2n]]],
          [2, [["loss", 1n]]]
        ]
      )
      const data = yield* gql(
        `{ project(name: "proj", entityName: "ent") { run(name: "${run}") { historyLineCount history } } }`
      )
      assert.deepStrictEqual(at(data, "project", "run"), {
        historyLineCount: 3,
        history: [`{"loss": 3}`, `{"loss": 2}`, `{"loss": 1}`]
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("replaces output at its offset", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const write = (offset: number, ...content: ReadonlyArray<string>) =>
        stream("r", { files: { "output.log": { offset, content } } })
      yield* write(0, "2026-01-02T03:04:05.678901 10%", "two")
      yield* write(0, "2026-01-02T03:04:06.000000 20%")
      yield* write(2, "ERROR 2026-01-02T03:04:07.000000 boom: é")
      const line = (number: number, text: string, timestamp: string | null = null, level = "info") => ({
        node: { number, timestamp, level, label: null, line: text }
      })
      const lines = [
        line(0, "20%", "2026-01-02T03:04:06.000000"),
        line(1, "two"),
        line(2, "boom: é", "2026-01-02T03:04:07.000000", "error")
      ]
      assert.deepStrictEqual(yield* output("r"), {
        logLineCount: 3,
        logLines: { edges: lines, pageInfo: { endCursor: "2", hasNextPage: false } }
      })
      assert.deepStrictEqual(at(yield* output("r", 'first: 1, after: "0"'), "logLines"), {
        edges: lines.slice(1, 2),
        pageInfo: { endCursor: "1", hasNextPage: true }
      })
      assert.deepStrictEqual(at(yield* output("r", "last: 2"), "logLines", "edges"), lines.slice(1))
    }).pipe(Effect.provide(server))
  )

  it.effect("pages through output by the numbers of its lines, also where a client left some out", () =>
    Effect.gen(function* () {
      yield* begin("r")
      yield* stream("r", { files: { "output.log": { offset: 0, content: ["a", "b"] } } })
      yield* stream("r", { files: { "output.log": { offset: 5, content: ["c", "d"] } } })
      const seen: Array<unknown> = []
      let page = at(yield* output("r", "first: 2"), "logLines")
      for (const _ of [1, 2]) {
        for (const n of [0, 1])
          seen.push([at(page, "edges", n, "node", "number"), at(page, "edges", n, "node", "line")])
        const after = textAt(page, "pageInfo", "endCursor")
        page = at(yield* output("r", `first: 2, after: "${after}"`), "logLines")
      }
      assert.deepStrictEqual(seen, [
        [0, "a"],
        [1, "b"],
        [5, "c"],
        [6, "d"]
      ])
      assert.deepStrictEqual(at(page, "edges"), [])
    }).pipe(Effect.provide(server))
  )

  it.effect("shows the whole summary that a client sent, what is no number as W&B does", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const summary = `{"loss":1.0,"nan":NaN,"deep":{"inf":Infinity},"_wandb":{"runtime":3}}`
      yield* stream("r", {
        files: { "wandb-summary.json": { offset: 0, content: ["{}", summary] } },
        uploaded: ["x"],
        new: 1
      })
      const data = yield* gql(`{ project(name: "proj", entityName: "ent") { run(name: "r") { summaryMetrics } } }`)
      assert.strictEqual(
        at(data, "project", "run", "summaryMetrics"),
        `{"loss": 1.0, "nan": "NaN", "deep": {"inf": "Infinity"}, "_wandb": {"runtime": 3}}`
      )
    }).pipe(Effect.provide(server))
  )

  it.effect("refuses runs that there aren't, what is no batch, and a body that is too long", () =>
    Effect.gen(function* () {
      assert.strictEqual(at(yield* stream("none", {}), "status"), 404)
      yield* begin("r")
      for (const body of [
        "[]",
        "{",
        history(-1, "{}"),
        history(0.5, "{}"),
        { exitcode: "0" },
        { files: { "output.log": {} } }
      ]) {
        assert.strictEqual(at(yield* stream("r", body), "status"), 400, JSON.stringify(body))
      }
      assert.strictEqual(at(yield* stream("r", history(0, "x".repeat(1000))), "status"), 413)
      assert.strictEqual((yield* send("POST", "/files/acme/proj/r/file_stream", { key, body: "{}" })).status, 404)
    }).pipe(Effect.provide(serverWith({ maxStream: 500 })))
  )

  it.effect("stops a run early by its stream, and by its agent's heartbeat", () =>
    Effect.gen(function* () {
      const config = `${sweepConfig}early_terminate: {type: hyperband, min_iter: 1}\n`
      const agent = yield* registerAgent(yield* createSweep({ config }))
      const run = textAt(JSON.parse(yield* heartbeat(agent)), 0, "run_id")
      yield* begin(run)
      yield* stream(run, history(0, `{"loss":1000}`))
      assert.strictEqual(yield* heartbeat(agent, `{"${run}": true}`), `[{"type": "stop", "run_id": "${run}"}]`)
      assert.deepStrictEqual(yield* stream(run, {}), { stopped: true })
      yield* stream(run, { complete: true, exitcode: 255 })
      assert.strictEqual(yield* runState(run), "killed")
    }).pipe(Effect.provide(server))
  )
})
