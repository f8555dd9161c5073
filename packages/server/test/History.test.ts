import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { RunLog } from "@sweepline/core/RunLog"
import { SweepId } from "@sweepline/core/SweepId"
import { at, begin, gql, server, stream, sweepWithRun } from "./support.js"

const run = (selection: string, variables: Record<string, unknown> = {}, declared = "") =>
  Effect.map(
    gql(
      `query Q($entity: String!, $project: String!, $run: String!${declared}) { project(name: $project, entityName: $entity) { run(name: $run) { ${selection} } } }`,
      { entity: "ent", project: "proj", run: "r", ...variables }
    ),
    (data) => at(data, "project", "run")
  )

const sampled = (spec: unknown) =>
  Effect.map(run("sampledHistory(specs: [$spec])", { spec: JSON.stringify(spec) }, ", $spec: JSONString!"), (data) =>
    at(data, "sampledHistory", 0)
  )

const logged = Effect.gen(function* () {
  yield* begin("r")
  const content = Array.from(
    { length: 10 },
    (_, n) => `{"_step":${n * 2},"loss":${n === 3 ? "NaN" : `${n}.5`}${n % 2 === 0 ? `,"val":{"acc":${n}}` : ""}}`
  )
  yield* stream("r", { files: { "wandb-history.jsonl": { offset: 0, content } } })
})

describe("History", () => {
  it.effect("gives the rows that have the keys, between two steps, with these keys", () =>
    Effect.gen(function* () {
      yield* logged
      assert.deepStrictEqual(
        yield* sampled({ keys: ["_step", "loss", "_step"], minStep: 2, samples: 1000, maxStep: 6 }),
        [
          { _step: 2, loss: 1.5 },
          { _step: 4, loss: 2.5 },
          { _step: 6, loss: "NaN" }
        ]
      )
      assert.deepStrictEqual(yield* sampled({ keys: ["_step", "val.acc"], maxStep: 4 }), [
        { _step: 0, "val.acc": 0 },
        { _step: 4, "val.acc": 2 }
      ])
      assert.deepStrictEqual(yield* sampled({ keys: ["nothing"] }), [])
    }).pipe(Effect.provide(server))
  )

  it.effect("thins rows out evenly, with the first and the last", () =>
    Effect.gen(function* () {
      yield* logged
      assert.deepStrictEqual(yield* sampled({ keys: ["_step"], samples: 4 }), [
        { _step: 0 },
        { _step: 6 },
        { _step: 12 },
        { _step: 18 }
      ])
      assert.deepStrictEqual(yield* sampled({ keys: ["_step"], samples: 1 }), [{ _step: 18 }])
      assert.deepStrictEqual(yield* sampled({ keys: ["_step"], samples: 0 }), [])
    }).pipe(Effect.provide(server))
  )

  it.effect("thins a long history out the same way, and what machines were like", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const lines = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, n) => (n + from === 2500 ? "torn" : `{"_step":${n + from}}`))
      const send = (name: string, offset: number, end: number) =>
        stream("r", { files: { [name]: { offset, content: lines(offset, end) } } })
      yield* send("wandb-history.jsonl", 0, 5001)
      yield* send("wandb-events.jsonl", 0, 101)
      yield* send("wandb-events.jsonl", 1000, 1001)
      const steps = (field: string) =>
        Effect.map(
          run(field),
          (found) =>
            JSON.stringify(found)
              .match(/(?<=_step[^0-9]*)[0-9]+/g)
              ?.map(Number) ?? []
        )
      assert.deepStrictEqual(yield* steps("history(samples: 5)"), [0, 1250, 3750, 5000])
      assert.deepStrictEqual(yield* steps("history(samples: 1)"), [5000])
      assert.deepStrictEqual(yield* steps("history(samples: 0)"), [])
      assert.strictEqual((yield* steps("history(samples: 5001)")).length, 5000)
      assert.deepStrictEqual(yield* steps("events(samples: 11)"), [0, 100, 1000])
    }).pipe(Effect.provide(server))
  )

  it.effect("gives a page of rows as JSON texts, its end not among them", () =>
    Effect.gen(function* () {
      yield* logged
      const page = yield* run(
        "history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize)",
        { minStep: 4, maxStep: 8, pageSize: 1000 },
        ", $minStep: Int64!, $maxStep: Int64!, $pageSize: Int!"
      )
      assert.deepStrictEqual(page, {
        history: [`{"_step": 4, "loss": 2.5, "val": {"acc": 2}}`, `{"_step": 6, "loss": "NaN"}`]
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("gives any page of a long history, also where a line of it can't be read", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const content = Array.from({ length: 5000 }, (_, n) => (n === 2500 ? "torn" : `{"_step":${n * 3}}`))
      yield* stream("r", { files: { "wandb-history.jsonl": { offset: 0, content } } })
      for (const [minStep, maxStep] of [
        [0, 9],
        [7400, 7600],
        [3, 14_000],
        [14_990, 20_000],
        [15_000, 20_000]
      ] as const) {
        const expected = Array.from({ length: 5000 }, (_, n) => n * 3).filter(
          (step) => step >= minStep && step <= maxStep && step !== 7500
        )
        assert.deepStrictEqual(
          yield* sampled({ keys: ["_step"], minStep, maxStep, samples: 10_000 }),
          expected.map((step) => ({ _step: step }))
        )
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("gives every row of some steps, also where steps fall: within a batch, or from one to the next", () =>
    Effect.gen(function* () {
      const steps = [0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 6, 7]
      const content = steps.map((step, place) => `{"_step":${step},"place":${place}}`)
      for (const [name, batches] of [
        ["within", [[0, 12]]],
        [
          "between",
          [
            [0, 6],
            [6, 12]
          ]
        ],
        [
          "later",
          [
            [6, 12],
            [0, 6]
          ]
        ]
      ] as const) {
        yield* begin(name)
        for (const [from, to] of batches) {
          yield* stream(name, { files: { "wandb-history.jsonl": { offset: from, content: content.slice(from, to) } } })
        }
        const page = yield* run("history(minStep: 5, maxStep: 6, samples: 100)", { run: name })
        assert.deepStrictEqual(
          page,
          { history: [5, 9].map((place) => `{"_step": ${steps[place]}, "place": ${place}}`) },
          name
        )
      }
    }).pipe(Effect.provide(server))
  )

  it.effect("tells the last step, and that nothing was exported", () =>
    Effect.gen(function* () {
      yield* begin("r")
      assert.strictEqual(at(yield* run("historyKeys"), "historyKeys"), null)
      yield* logged
      assert.strictEqual(at(yield* run("historyKeys"), "historyKeys", "lastStep"), 18)
      const exported = yield* run(
        "parquetHistory(liveKeys: $liveKeys) { parquetUrls liveData }",
        { liveKeys: ["_step"] },
        ", $liveKeys: [String!]!"
      )
      assert.deepStrictEqual(exported, { parquetHistory: { parquetUrls: [], liveData: [] } })
    }).pipe(Effect.provide(server))
  )

  it.effect("passes over lines that a client left out, however many, and refuses numbers that no stream comes to", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const send = (offset: number, step: number) =>
        stream("r", { files: { "wandb-history.jsonl": { offset, content: [`{"_step":${step}}`] } } })
      yield* send(0, 0)
      yield* send(2e9, 1)
      assert.deepStrictEqual(at(yield* run("history(minStep: 0, maxStep: 5)"), "history"), [
        `{"_step": 0}`,
        `{"_step": 1}`
      ])
      assert.deepStrictEqual(at(yield* run("history(minStep: 1, maxStep: 5)"), "history"), [`{"_step": 1}`])
      assert.strictEqual(at(yield* send(2e9 + 1, 2), "status"), 400)
    }).pipe(Effect.provide(server))
  )

  it.effect("tells what was logged under which names, and its last values", () =>
    Effect.gen(function* () {
      yield* begin("r")
      yield* stream("r", {
        files: {
          "wandb-history.jsonl": { offset: 0, content: [`{"_step":0,"loss":2}`, `{"_step":1,"loss":0.1}`] },
          "wandb-summary.json": {
            offset: 0,
            content: [
              `{"loss":0.1,"val":{"acc":1.0},"name":"x","nan":NaN,"img":{"_type":"image-file","path":"p"},"_wandb":{}}`
            ]
          }
        }
      })
      const key = (type: string, previousValue: unknown) => ({
        typeCounts: [{ type, count: 2 }],
        monotonic: false,
        previousValue
      })
      assert.deepStrictEqual(at(yield* run("historyKeys"), "historyKeys"), {
        sets: [],
        keys: {
          loss: key("number", 0.1),
          "val.acc": key("number", 1),
          name: key("string", "x"),
          nan: key("number", "NaN"),
          img: key("image-file", null)
        },
        lastStep: 1
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("gives what machines were like", () =>
    Effect.gen(function* () {
      yield* begin("r")
      const content = [`{"system.cpu":1.5,"_wandb":true}`, `{"system.cpu":2.5,"_wandb":true}`]
      yield* stream("r", { files: { "wandb-events.jsonl": { offset: 0, content } } })
      assert.deepStrictEqual(yield* run("events(samples: 1) systemMetrics eventsLineCount"), {
        events: [`{"system.cpu": 2.5, "_wandb": true}`],
        systemMetrics: `{"system.cpu": 2.5, "_wandb": true}`,
        eventsLineCount: 2
      })
    }).pipe(Effect.provide(server))
  )

  it.effect("shows what a run printed, where its client streamed nothing", () =>
    Effect.gen(function* () {
      const log = yield* RunLog
      const { run: name, sweep } = yield* sweepWithRun
      yield* log.append({
        sweep: SweepId.make(sweep),
        key: RunKey.make(RunId.make(name), 1),
        rows: [{ step: 3, at: 1500, values: new Map([["loss", 0.5]]) }],
        offset: 10
      })
      assert.deepStrictEqual(yield* run("history(minStep: 0, maxStep: 10)", { run: name }), {
        history: [`{"loss": 0.5, "_step": 3, "_timestamp": 1.5}`]
      })
      assert.strictEqual(at(yield* run("historyKeys", { run: name }), "historyKeys", "lastStep"), 3)
    }).pipe(Effect.provide(server))
  )
})
