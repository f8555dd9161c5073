import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Layer, Logger, Scope, TestClock } from "effect"
import { isRecord } from "effect/Predicate"
import { RunId } from "@sweepline/core/RunId"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { SweepId } from "@sweepline/core/SweepId"
import * as OutputLog from "../src/OutputLog.js"
import type { OwnRunConfig } from "../src/OwnRunConfig.js"
import * as WandbSchedulerRun from "../src/WandbSchedulerRun.js"
import * as FakeServer from "./FakeServer.js"

const sweep = SweepId.make("k3p9x0qa")

describe("the own run", () => {
  it.scoped("is created with the sweep's id, its name and its config", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb()))
      const { own, run } = yield* started(server, { config: new Map([["queue", "q"]]), host: "here" })
      assert.deepStrictEqual([own.id, own.config], [RunId.make(sweep), new Map([["queue", "q"]])])
      assert.deepStrictEqual(server.operations().slice(0, 3), ["GetSweepState", "RunResumeStatus", "UpsertBucket"])
      assert.deepStrictEqual(server.calls[2]?.variables, {
        name: sweep,
        entity: "ent",
        project: "proj",
        displayName: "Scheduler.k3p9x0qa",
        host: "here",
        config: '{"queue": {"value": "q"}, "_wandb": {"value": {"t": {}, "cli_version": "0.30.0"}}}'
      })
      assert.deepStrictEqual(yield* run.state(sweep), Either.right("running"))
    })
  )

  it.scoped("is the run of the launch agent that started it, and is looked up where the server put it (RD29)", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb({ place: { entity: "Ent", project: "Proj" } })))
      const { own, run } = yield* started(server, {
        id: RunId.make("agentrun"),
        entity: "ent2",
        project: "proj2",
        launchKeys: new Map([["launch_queue_name", "q"]])
      })
      assert.strictEqual(own.id, "agentrun")
      const upsert = server.calls[2]?.variables ?? {}
      assert.deepStrictEqual([upsert["entity"], upsert["project"]], ["ent2", "proj2"])
      assert.include(String(upsert["config"]), '"launch_queue_name": "q"')
      yield* run.state(sweep)
      assert.deepStrictEqual(server.calls.at(-1)?.variables, { project: "Proj", entity: "Ent", name: "agentrun" })
      assert.include(server.calls.at(3)?.url ?? "", "/files/Ent/Proj/agentrun/file_stream")
    })
  )

  it.scoped("goes on where it was, if it has begun before", () =>
    Effect.gen(function* () {
      const before = {
        name: sweep,
        logLineCount: 7,
        config:
          '{"queue": {"value": "old"}, "scheduler": {"value": {"num_workers": 3}}, "_wandb": {"value": {"t": {"1": 2}}}}',
        wandbConfig: '{"t": {"1": 2}}'
      }
      const server = FakeServer.make(FakeServer.graph(wandb({ before })))
      const { output, own } = yield* started(server, { config: new Map([["queue", "new"]]) })
      assert.deepStrictEqual(
        [...own.config],
        [
          ["queue", "new"],
          ["scheduler", new Map([["num_workers", 3n]])]
        ]
      )
      assert.include(String(server.calls[2]?.variables["config"]), '"t": {"1": 2}')
      output.write("again")
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(streamed(server).at(-1), { files: { "output.log": { offset: 7, content: ["again"] } } })
    })
  )

  it.scoped("begins anew where the server only reserved it", () =>
    Effect.gen(function* () {
      const before = { name: sweep, logLineCount: 7, config: '{"a": {"value": 1}}', wandbConfig: "{}" }
      const { own } = yield* started(FakeServer.make(FakeServer.graph(wandb({ before }))))
      assert.strictEqual(own.config.size, 0)
    })
  )

  it.effect("is not created for a sweep that isn't there", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb({ sweep: null })))
      const error = yield* Effect.flip(Effect.scoped(started(server)))
      assert.strictEqual(error._tag, "SweepNotFoundError")
      assert.deepStrictEqual(server.operations(), ["GetSweepState"])
    })
  )

  it.effect("is created in spite of answers that are garbled, and of conflicts", () =>
    Effect.gen(function* () {
      const seen = new Map<string, number>()
      const server = FakeServer.make(
        FakeServer.either(({ operation }) => {
          const n = (seen.get(operation) ?? 0) + 1
          seen.set(operation, n)
          if (n === 1) return { body: { errors: [{ message: "busy" }] } }
          return n === 2
            ? { body: "[]" }
            : n === 3 && operation === "UpsertBucket"
              ? { status: 409, body: "" }
              : undefined
        }, FakeServer.graph(wandb()))
      )
      const fiber = yield* Effect.fork(Effect.scoped(started(server)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).own.id, RunId.make(sweep))
    })
  )
})

describe("the own run's stream", () => {
  it.scoped("tells at once and every 30 s that the run lives", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb()))
      yield* started(server)
      yield* TestClock.adjust("91 seconds")
      const beats = server.calls.filter(({ operation }) => operation === "file_stream")
      assert.deepStrictEqual(
        beats.map(({ at }) => at / 1000),
        [0, 30, 60, 90]
      )
      assert.deepStrictEqual(new Set(beats.map(({ body }) => body)), new Set(["{}"]))
      assert.strictEqual(beats[0]?.url, "https://wandb.example/files/ent/proj/k3p9x0qa/file_stream")
      assert.match(beats[0]?.headers["authorization"] ?? "", /^Basic /)
    })
  )

  it.scoped("carries the log's lines, numbered from the first one on", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb()))
      const { output } = yield* started(server)
      output.write("one\ntwo")
      yield* TestClock.adjust("15 seconds")
      output.write("three")
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(streamed(server).slice(1), [
        { files: { "output.log": { offset: 0, content: ["one", "two"] } } },
        { files: { "output.log": { offset: 2, content: ["three"] } } }
      ])
    })
  )

  it.scoped("sends lines again that the server didn't take", () =>
    Effect.gen(function* () {
      let away = true
      const server = FakeServer.make(
        FakeServer.either(
          ({ operation }) => (away && operation === "file_stream" ? { status: 502, body: "" } : undefined),
          FakeServer.graph(wandb())
        )
      )
      const { output } = yield* started(server)
      output.write("one")
      yield* TestClock.adjust("2 minutes")
      away = false
      output.write("two")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(linesOf(server), ["one", "two"])
    })
  )

  it.scoped("stops the scheduler where the server says so", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(
        FakeServer.either(
          ({ at, operation }) => (at > 0 && operation === "file_stream" ? { body: { stopped: true } } : undefined),
          FakeServer.graph(wandb())
        )
      )
      const { run } = yield* started(server)
      assert.deepStrictEqual(yield* run.state(sweep), Either.right("running"))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(yield* run.state(sweep), Either.right("killed"))
    })
  )

  it.scoped("isn't taken for crashed because the server could not hear of it for a while", () =>
    Effect.gen(function* () {
      let away = false
      let state = "running"
      const server = FakeServer.make(
        FakeServer.either(
          ({ operation }) => (away && operation === "file_stream" ? { broken: "ECONNRESET" } : undefined),
          FakeServer.graph(wandb({ state: () => state }))
        )
      )
      const { run } = yield* started(server)
      away = true
      yield* TestClock.adjust("10 minutes")
      state = "crashed"
      assert.deepStrictEqual(yield* run.state(sweep), Either.right("running"))
      away = false
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* run.state(sweep), Either.right("crashed"))
      state = "failed"
      assert.deepStrictEqual(yield* run.state(sweep), Either.right("failed"))
    })
  )

  it.effect("ends with its scope, and leaves the run to whoever comes next", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb()))
      yield* Effect.scoped(started(server))
      const count = server.calls.length
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(server.calls.length, count)
      assert.isFalse(streamed(server).some((message) => "complete" in message))
    })
  )

  it.effect("says that the run failed where the scheduler could not begin", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb()))
      yield* Effect.exit(Effect.scoped(Effect.zipRight(started(server), Effect.fail("no"))))
      assert.deepStrictEqual(streamed(server).at(-1), { complete: true, exitcode: 1 })
    })
  )
})

describe("finishing the own run", () => {
  for (const exitCode of [0, 5, 130]) {
    it.scoped(`tells exit code ${exitCode} with the last lines, and then nothing more`, () =>
      Effect.gen(function* () {
        const server = FakeServer.make(FakeServer.graph(wandb()))
        const { output, run } = yield* started(server)
        output.write("the end")
        yield* run.finish(sweep, exitCode)
        assert.deepStrictEqual(streamed(server).at(-1), {
          files: { "output.log": { offset: 0, content: ["the end"] } },
          complete: true,
          exitcode: exitCode
        })
        const count = server.calls.length
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(server.calls.length, count)
      })
    )
  }

  it.scoped("sends what is left of a long log first", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb()))
      const { output, run } = yield* started(server)
      const lines = Array.from({ length: 2500 }, (_, n) => `line ${n}`)
      output.write(lines.join("\n"))
      yield* run.finish(sweep, 0)
      assert.deepStrictEqual(linesOf(server), lines)
      assert.strictEqual(streamed(server).filter((message) => "complete" in message).length, 1)
    })
  )

  it.scoped("is tried for a minute, through whatever passes", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(
        FakeServer.either(
          ({ at, operation }) => (at < 20_000 && operation === "file_stream" ? { status: 500, body: "" } : undefined),
          FakeServer.graph(wandb())
        )
      )
      const { run } = yield* started(server)
      const fiber = yield* Effect.fork(run.finish(sweep, 0))
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(streamed(server).at(-1), { complete: true, exitcode: 0 })
    })
  )

  it.scoped("fails for a sweep whose scheduler isn't here", () =>
    Effect.gen(function* () {
      const { run } = yield* started(FakeServer.make(FakeServer.graph(wandb())))
      assert.strictEqual((yield* Effect.flip(run.finish(SweepId.make("other"), 0)))._tag, "CommError")
    })
  )
})

describe("the output log", () => {
  it.effect("takes what is logged, line by line", () =>
    Effect.gen(function* () {
      const output = yield* OutputLog.make
      const format = Logger.make<unknown, string>(({ message }) => `sched: ${String(message)}`)
      yield* Effect.log("hello").pipe(
        Effect.provide(Layer.provide(OutputLog.layerLogger(format), Layer.succeed(OutputLog.OutputLog, output)))
      )
      assert.deepStrictEqual(output.peek(10), { first: 0, content: ["sched: hello"] })
    })
  )

  it.effect("loses its oldest lines, not its memory, while nobody takes them", () =>
    Effect.gen(function* () {
      const output = yield* OutputLog.make
      for (let n = 0; n < 100_000; n++) output.write(`line ${n}`)
      const { content, first } = output.peek(1_000_000)
      assert.isAtLeast(content.length, OutputLog.capacity)
      assert.isAtMost(content.length, 2 * OutputLog.capacity)
      assert.strictEqual(content[0], `line ${first}`)
      assert.strictEqual(content.at(-1), "line 99999")
      output.drop(first + 5)
      assert.strictEqual(output.peek(1).content[0], `line ${first + 5}`)
      // What was taken before the oldest were lost is dropped only as far as it is there.
      output.drop(first)
      assert.strictEqual(output.peek(1).first, first + 5)
    })
  )
})

// fixtures

const defaults: OwnRunConfig = {
  id: undefined,
  entity: undefined,
  project: undefined,
  config: new Map(),
  launchKeys: new Map(),
  host: "there"
}

/** A started own run, in the scope of the caller. */
const started = (server: FakeServer.FakeServer, options: Partial<OwnRunConfig> = {}) =>
  Effect.gen(function* () {
    const scope = yield* Scope.Scope
    const context = yield* Layer.buildWithScope(
      Layer.provideMerge(
        WandbSchedulerRun.layer({ ...defaults, ...options }),
        Layer.merge(FakeServer.project(server), OutputLog.layer)
      ),
      scope
    )
    return yield* Effect.gen(function* () {
      const run = yield* SchedulerRun
      const own = yield* run.start(sweep)
      yield* Effect.yieldNow()
      yield* TestClock.adjust(0)
      return { run, own, output: yield* OutputLog.OutputLog }
    }).pipe(Effect.provide(context))
  })

/** What was streamed, request by request. */
const streamed = (server: FakeServer.FakeServer): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  server.calls.flatMap(({ body, operation }) => {
    const message: unknown = operation === "file_stream" ? JSON.parse(body) : undefined
    return isRecord(message) ? [message] : []
  })

/** The output as the server has it: lines in their places. */
const linesOf = (server: FakeServer.FakeServer): ReadonlyArray<unknown> => {
  const lines: Array<unknown> = []
  for (const { files } of streamed(server)) {
    const file = isRecord(files) ? files["output.log"] : undefined
    if (!isRecord(file) || !Array.isArray(file["content"])) continue
    for (const [n, line] of file["content"].entries()) lines[Number(file["offset"]) + n] = line
  }
  return lines
}

/** A server with a sweep, and perhaps an own run of earlier. */
const wandb = (
  options: {
    readonly sweep?: null
    readonly before?: Readonly<Record<string, unknown>>
    readonly place?: { readonly entity: string; readonly project: string }
    readonly state?: () => string
  } = {}
) => ({
  query: {
    project: () => ({
      sweep: () => (options.sweep === null ? null : { id: "X", state: "RUNNING" }),
      run: () => ({ state: options.state?.() ?? "running" })
    }),
    model: () => (options.before === undefined ? null : { bucket: () => options.before })
  },
  mutation: {
    upsertBucket: ({ input }: { readonly input: Readonly<Record<string, unknown>> }) => ({
      bucket: {
        id: "X",
        name: input["name"],
        project: {
          name: options.place?.project ?? input["modelName"],
          entity: { name: options.place?.entity ?? input["entityName"] }
        }
      }
    })
  }
})
