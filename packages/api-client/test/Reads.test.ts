import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Layer, Option, TestClock } from "effect"
import { Reads } from "../src/Reads.js"
import * as ReadsModule from "../src/Reads.js"
import { WandbClient } from "../src/WandbClient.js"
import * as FakeServer from "./FakeServer.js"

describe("the reads of a pass", () => {
  for (const [workers, requests] of [
    [0, 1],
    [1, 1],
    [8, 1],
    [64, 1],
    [250, 1],
    [251, 2],
    [1000, 4]
  ] as const) {
    it.effect(`of ${workers} runs with their items, sweep and own run are ${requests} requests`, () =>
      Effect.gen(function* () {
        const server = FakeServer.make(FakeServer.graph(wandb()))
        const found = yield* Effect.provide(pass(workers), FakeServer.project(server))
        assert.strictEqual(server.calls.length, requests)
        assert.deepStrictEqual(found.sweep, Either.right(Option.some("RUNNING")))
        assert.deepStrictEqual(found.own, Either.right(Either.right("running")))
        assert.strictEqual(found.runs.length, workers)
        for (const [n, { item, state }] of found.runs.entries()) {
          assert.deepStrictEqual(state, Either.right(Either.right(n % 2 === 0 ? "running" : "finished")))
          assert.deepStrictEqual(item, Either.right(Option.some("claimed")))
        }
      })
    )
  }

  it.effect("find the own run where it is, and the items where the queue is", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb()))
      yield* Effect.provide(pass(3), FakeServer.project(server))
      const { document = "", variables = {} } = server.calls[0] ?? {}
      assert.deepStrictEqual(Object.keys(variables), Object.keys(variables).sort())
      assert.strictEqual(document.match(/project\(/g)?.length, 3)
    })
  )

  it.effect("fail one by one", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(
        FakeServer.graph(
          wandb({
            run: (name) => {
              if (name === "run1") throw new Error("no permission")
              return name === "run2" ? null : { state: name === "run3" ? "odd" : "running" }
            },
            item: (id) => {
              if (id === "item0") throw new Error("no such item here")
              return id === "item4" ? { id, state: "LOST" } : { id, state: "PENDING" }
            }
          })
        )
      )
      const { runs, sweep } = yield* Effect.provide(pass(5), FakeServer.project(server))
      assert.isTrue(Either.isRight(sweep))
      assert.deepStrictEqual(
        runs.map(({ state }) => outcome(state)),
        ["running", "CommError", "SweepNotFoundError", "bad: odd", "running"]
      )
      assert.deepStrictEqual(
        runs.map(({ item }) => Either.match(item, { onLeft: ({ _tag }) => _tag, onRight: Option.getOrNull })),
        ["CommError", "pending", "pending", "pending", "CommError"]
      )
    })
  )

  it.effect("find a run gone only where the server says so", () =>
    Effect.gen(function* () {
      const answers: ReadonlyArray<readonly [FakeServer.Outcome, string]> = [
        [{ body: { data: { p0: null } } }, "SweepNotFoundError"],
        [{ body: { data: { p0: { r0: null, r1: null } } } }, "SweepNotFoundError"],
        [{ body: { data: {} } }, "CommError"],
        [{ body: { data: { p0: {} } } }, "CommError"],
        [{ body: { data: { p0: { r0: 5, r1: "x" } } } }, "CommError"],
        [{ body: { data: { p0: null }, errors: [{ message: "no", path: ["p0"] }] } }, "CommError"],
        [{ body: { data: { p0: { r0: null, r1: null } }, errors: [{ message: "no" }] } }, "CommError"],
        [{ body: "<html>" }, "CommError"],
        [{ status: 403, body: "" }, "CommError"],
        ["silence", "CommError"],
        [{ broken: "ECONNRESET" }, "CommError"]
      ]
      for (const [answer, tag] of answers) {
        const server = FakeServer.make(() => answer)
        const fiber = yield* Effect.fork(Effect.provide(runsOnly(2), FakeServer.project(server)))
        yield* TestClock.adjust("20 seconds")
        assert.deepStrictEqual((yield* Fiber.join(fiber)).map(outcome), [tag, tag], JSON.stringify(answer))
      }
    })
  )

  it.effect("read unknown states as what they are", () =>
    Effect.gen(function* () {
      const states = ["CANCELLED", "canceled", "STOPPED", "Finished", "paused", "PENDING", "CRASHED", null]
      const found: Array<string | null> = []
      for (const state of states) {
        const server = FakeServer.make(FakeServer.graph(wandb({ sweep: { id: "x", state } })))
        const { sweep } = yield* Effect.provide(pass(1), FakeServer.project(server))
        found.push(Option.getOrNull(Either.getOrThrow(sweep)))
      }
      assert.deepStrictEqual(found, ["CANCELED", "CANCELED", "CANCELED", "FINISHED", "PAUSED", "PENDING", null, null])
    })
  )
})

describe("a server that refuses several questions in one request", () => {
  for (const status of [400, 404, 422]) {
    it.effect(`with status ${status} gets them one by one, from then on`, () =>
      Effect.gen(function* () {
        const server = FakeServer.make(
          FakeServer.either(
            ({ operation }) => (operation === "Reads" ? { status, body: "no aliases here" } : undefined),
            FakeServer.graph(wandb())
          )
        )
        const twice = Effect.all([pass(3), pass(3)])
        for (const { own, runs, sweep } of yield* Effect.provide(twice, FakeServer.project(server))) {
          assert.isTrue(Either.isRight(own) && Either.isRight(sweep))
          assert.isTrue(runs.every(({ item, state }) => Either.isRight(item) && Either.isRight(state)))
        }
        const operations = server.operations()
        assert.strictEqual(operations.filter((name) => name === "Reads").length, 1)
        assert.strictEqual(operations.filter((name) => name === "RunState").length, 8)
        assert.strictEqual(operations.filter((name) => name === "GetSweepState").length, 2)
        assert.strictEqual(operations.filter((name) => name === "GetRunQueueItem").length, 6)
      })
    )
  }

  it.effect("with errors alone is asked once more, since they may pass", () =>
    Effect.gen(function* () {
      const refused = { body: { errors: [{ message: "too complex" }] } }
      const server = FakeServer.make(
        FakeServer.either(({ operation }) => (operation === "Reads" ? refused : undefined), FakeServer.graph(wandb()))
      )
      const [first, second] = yield* Effect.provide(Effect.all([runsOnly(2), runsOnly(2)]), FakeServer.project(server))
      assert.deepStrictEqual(first?.map(outcome), ["CommError", "CommError"])
      assert.deepStrictEqual(second?.map(outcome), ["running", "finished"])
    })
  )

  it.effect("with errors now and then keeps getting them together", () =>
    Effect.gen(function* () {
      let n = 0
      const server = FakeServer.make(
        FakeServer.either(
          () => (n++ % 2 === 0 ? { body: { errors: [{ message: "try again" }] } } : undefined),
          FakeServer.graph(wandb())
        )
      )
      yield* Effect.provide(Effect.repeatN(runsOnly(2), 9), FakeServer.project(server))
      assert.deepStrictEqual(new Set(server.operations()), new Set(["Reads"]))
    })
  )

  it.effect("is told nothing of it by an outage", () =>
    Effect.gen(function* () {
      let away = true
      const server = FakeServer.make(
        FakeServer.either(() => (away ? { status: 502, body: "" } : undefined), FakeServer.graph(wandb()))
      )
      const program = Effect.gen(function* () {
        yield* runsOnly(2)
        away = false
        return yield* runsOnly(2)
      })
      const fiber = yield* Effect.fork(Effect.provide(program, FakeServer.project(server)))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(outcome), ["running", "finished"])
      assert.deepStrictEqual(new Set(server.operations()), new Set(["Reads"]))
    })
  )
})

describe("queue items", () => {
  const listed = {
    edges: [
      { node: { id: "item0", state: "PENDING" } },
      { node: { id: "item1", state: "CLAIMED", associatedRunId: "x" } }
    ]
  }
  const itemStates = (found: Effect.Effect.Success<ReturnType<typeof pass>>) =>
    found.runs.map(({ item }) => Either.match(item, { onLeft: ({ _tag }) => _tag, onRight: Option.getOrNull }))

  it.effect("that a server can't look up by id are read from the listing, in the same request", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(
        FakeServer.either(
          ({ document }) =>
            document.includes("runQueueItem(")
              ? {
                  status: 400,
                  body: { errors: [{ message: 'Cannot query field "runQueueItem" on type "RunQueue".' }] }
                }
              : undefined,
          FakeServer.graph(wandb({ listing: listed }))
        )
      )
      const [first, second] = yield* Effect.provide(Effect.all([pass(3), pass(3)]), FakeServer.project(server))
      assert.deepStrictEqual(first && itemStates(first), ["pending", "claimed", null])
      assert.deepStrictEqual(second && itemStates(second), ["pending", "claimed", null])
      assert.deepStrictEqual(server.operations(), ["Reads", "Reads", "Reads"])
    })
  )

  it.effect("that are null by id, but listed, are read from the listing from then on", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb({ item: () => null, listing: listed })))
      const [first, second] = yield* Effect.provide(Effect.all([pass(2), pass(2)]), FakeServer.project(server))
      assert.deepStrictEqual(first && itemStates(first), ["pending", "claimed"])
      assert.deepStrictEqual(second && itemStates(second), ["pending", "claimed"])
      assert.deepStrictEqual(server.operations(), ["Reads", "GetRunQueueItem", "Reads"])
    })
  )

  it.effect("that have left the queue are looked for in the listing once", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(
        FakeServer.graph(wandb({ item: (id) => (id === "item1" ? null : { id, state: "CLAIMED" }) }))
      )
      const found = yield* Effect.provide(Effect.all([pass(2), pass(2), pass(2)]), FakeServer.project(server))
      for (const it of found) assert.deepStrictEqual(itemStates(it), ["claimed", null])
      assert.deepStrictEqual(server.operations(), ["Reads", "GetRunQueueItem", "Reads", "Reads"])
    })
  )

  it.effect("of a queue that isn't there aren't either", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(FakeServer.graph(wandb({ queue: null })))
      assert.deepStrictEqual(itemStates(yield* Effect.provide(pass(2), FakeServer.project(server))), [null, null])
    })
  )
})

describe("a client that can't even ask", () => {
  it.effect("answers every read", () =>
    Effect.gen(function* () {
      const broken = Effect.provideService(WandbClient, {
        request: () => Effect.dieMessage("a bug"),
        ask: () => Effect.dieMessage("a bug"),
        post: () => Effect.dieMessage("a bug")
      })
      const reads = yield* Layer.build(ReadsModule.layer).pipe(broken)
      const exits = yield* Effect.forEach(
        ["a", "b"],
        (run) =>
          Effect.exit(
            Effect.provide(
              Effect.flatMap(Reads, (it) => it.run({ ...ours, run })),
              reads
            )
          ),
        { batching: true }
      )
      assert.isTrue(exits.every((exit) => exit._tag === "Failure"))
    }).pipe(Effect.scoped)
  )
})

// fixtures

const ours = { entity: "ent", project: "proj" }

/** Looks at everything as a scheduler does. */
const pass = (workers: number) =>
  Effect.flatMap(Reads, (reads) =>
    Effect.all(
      {
        sweep: Effect.either(reads.sweep({ ...ours, sweep: "s" })),
        own: Effect.either(reads.ownRun({ entity: "ent", project: "own", run: "me" })),
        runs: Effect.forEach(
          Array.from({ length: workers }, (_, n) => n),
          (n) =>
            Effect.all(
              {
                state: Effect.either(reads.run({ ...ours, run: `run${n}` })),
                item: Effect.either(
                  reads.item({ entity: "ent", project: "model-registry", queue: "q", item: `item${n}` })
                )
              },
              { batching: true }
            ),
          { batching: true }
        )
      },
      { batching: true }
    )
  )

const runsOnly = (count: number) =>
  Effect.flatMap(Reads, (reads) =>
    Effect.forEach(
      Array.from({ length: count }, (_, n) => n),
      (n) => Effect.either(reads.run({ ...ours, run: `run${n}` })),
      { batching: true }
    )
  )

const outcome = (read: Either.Either<Either.Either<string, string>, { readonly _tag: string }>): string =>
  Either.match(read, {
    onLeft: ({ _tag }) => _tag,
    onRight: Either.match({ onLeft: (text) => `bad: ${text}`, onRight: (state) => state })
  })

/** A server with one sweep, whose odd runs have finished. */
const wandb = (
  options: {
    readonly run?: (name: string) => unknown
    readonly item?: (id: string) => unknown
    readonly sweep?: unknown
    readonly listing?: unknown
    readonly queue?: null
  } = {}
) => {
  const run = options.run ?? ((name: string) => ({ state: Number(name.slice(3)) % 2 === 0 ? "running" : "finished" }))
  const item = options.item ?? ((id: string) => ({ id, state: "CLAIMED", associatedRunId: "x" }))
  const queue = {
    runQueueItem: ({ id }: { readonly id: string }) => item(id),
    runQueueItems: options.listing ?? { edges: [] }
  }
  return {
    query: {
      project: ({ name }: { readonly name: string }) => ({
        run: ({ name: id }: { readonly name: string }) => (name === "own" ? { state: "running" } : run(id)),
        sweep: () => (options.sweep === undefined ? { id: "x", state: "RUNNING" } : options.sweep),
        runQueue: () => (name === "model-registry" && options.queue !== null ? queue : null)
      })
    }
  }
}
